// The CA unit of the what-if `ideal.ca`: all the work of an element in one cycle
// (docs/microarchitecture.md, section 6).
#pragma once

#include "common/counters.h"
#include "common/machine.h"
#include "pe/adder_tree_clocked.h"
#include "pe/concentrator_clocked.h"
#include "pe/dilution_clocked.h"
#include "pe/element_queue_clocked.h"

namespace escalate {

class IdealCaClocked {
 public:
  struct Result {
    bool began = false;     ///< the first cycle in which the entry is in front
    bool released = false;  ///< the element has been made and the entry read
    bool blocked = false;   ///< the element could be made but for the element queue
  };

  explicit IdealCaClocked(const MachineConfig& machine);

  /// One cycle with the entry in front.
  Result tick(const RowInput& input, ElementWriter& queue);

  MachineCounters counters() const;

 private:
  DilutionClocked dilution_;
  SlotQueue slot_queue_;
  ConcentratorClocked concentrator_;
  AdderTreeClocked adder_tree_;
  bool began_ = false;  // the entry in front has been seen
};

}  // namespace escalate
