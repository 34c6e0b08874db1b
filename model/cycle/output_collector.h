// The output collector of the cycle view: takes merged sums from the output banks of the PE blocks,
// block by block (docs/microarchitecture.md, section 12).
#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "interconnect/cycle/signal_list.h"
#include "interconnect/cycle/stream_ports.h"
#include "machine/config.h"
#include "machine/isa.h"

namespace escalate::cycle {

/// A sum and the output that it is of.
struct CollectedSum {
  int group = 0;
  int channel = 0;  ///< channel of the round
  int p = 0, q = 0;
  std::int32_t sum = 0;
};

class OutputCollector : public sc_core::sc_module {
 public:
  sc_core::sc_port<OutputBankReadIf> output_banks;

  OutputCollector(const sc_core::sc_module_name& name, const MachineConfig& machine);

  /// A drain begins.
  void begin(const OutputMap& map);

  /// One cycle: up to `post_lanes` sums of the block in hand, in the order of their words. None if
  /// no block holds any.
  const std::vector<CollectedSum>& tick();

  /// A cycle without a drain.
  void rest() { taken_.clear(); }

  /// All sums have been taken.
  bool is_done() const { return group_ >= int(map_.groups.size()); }

  void list_signals(SignalList& list) const;

 private:
  std::int64_t words_of_block() const;
  void skip_empty_blocks();

  int lanes_;
  OutputMap map_;
  int group_ = 0;
  int member_ = 0;         // block of the group
  std::int64_t next_ = 0;  // sum of the block, counted over [channel][row][column]
  std::vector<CollectedSum> taken_;
};

}  // namespace escalate::cycle
