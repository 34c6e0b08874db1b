// The CA unit of the what-if `ideal.ca`: all the work of an element in one cycle
// (docs/microarchitecture.md, section 6).
#pragma once

#include <deque>
#include <optional>

#include "machine/config.h"
#include "machine/counters.h"
#include "pe/cycle/adder_tree.h"
#include "pe/cycle/concentrator.h"
#include "pe/cycle/dilution.h"
#include "pe/cycle/element_queue.h"

namespace escalate {

class IdealCaClocked {
 public:
  struct Result {
    bool released = false;  ///< the entry in front has been read
    bool began = false;     ///< the oldest element that is not pushed is at hand for the first time
    bool ended = false;     ///< it has been pushed, or dropped
    bool blocked = false;   ///< it could be pushed but for the element queue
  };

  explicit IdealCaClocked(const MachineConfig& machine);

  /// One cycle with the entry in front, or without one (null).
  Result tick(const RowInput* input, ElementWriter& queue);

  MachineCounters counters() const;

 private:
  void make(const RowInput& input);

  DilutionClocked dilution_;
  SlotQueue slot_queue_;
  ConcentratorClocked concentrator_;
  AdderTreeClocked adder_tree_;
  ElementQueue made_;                           // the element in the making, if it is not dropped
  std::deque<std::optional<Element>> waiting_;  // made, and their final step is to come
  bool began_ = false;                          // the oldest of them has been at hand
};

}  // namespace escalate
