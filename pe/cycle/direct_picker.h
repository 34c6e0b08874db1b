// What replaces the CA unit in direct mode: takes the non-zero activations whose kernels are not
// all zero from an entry, in channel order (docs/microarchitecture.md, section 10).
#pragma once

#include <cstdint>

#include "machine/config.h"
#include "machine/counters.h"
#include "machine/entry.h"
#include "pe/cycle/element_queue.h"

namespace escalate {

class DirectPickerClocked {
 public:
  using Input = RowInput;
  struct Result {
    bool began = false;     ///< the first cycle spent on the entry
    bool released = false;  ///< the entry has been read
    bool blocked = false;   ///< an element could be pushed but for the element queue
    bool pushed = false;    ///< an element was pushed
  };

  explicit DirectPickerClocked(const MachineConfig& machine)
      : chunk_channels_(machine.ca.chunk),
        multipliers_(machine.mac.multipliers),
        ideal_(machine.ideal.ca) {}

  /// One cycle with the entry in front.
  Result tick(const Input& input, ElementWriter& queue);

  const MachineCounters& counters() const { return counters_; }

 private:
  Result take_once(const Input& input, ElementWriter& queue);
  Element take(const Input& input, int chunk, std::uint64_t& matches) const;
  bool takes_more(const Input& input) const;
  void finish_chunk(const Input& input);

  int chunk_channels_;
  int multipliers_;
  bool ideal_;
  bool began_ = false;       // the entry in front has been seen
  int visit_ = 0;            // visited chunks done
  std::uint64_t taken_ = 0;  // channels of the chunk in hand that are done
  MachineCounters counters_;
};

}  // namespace escalate
