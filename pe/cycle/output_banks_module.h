// The output banks of a PE block as a module (docs/microarchitecture.md, section 12).
#pragma once

#include "interconnect/cycle/signal_list.h"
#include "pe/cycle/ports.h"

namespace escalate::cycle {

class OutputBanks : public sc_core::sc_module, public OutputBankIf {
 public:
  sc_core::sc_export<OutputBankIf> writer;

  OutputBanks(const sc_core::sc_module_name& name, const MachineConfig& machine)
      : sc_module(name), writer("writer"), core_(machine) {
    writer.bind(*this);
  }

  void write(int bank, std::int64_t word, std::int32_t sum, bool accumulate) override {
    core_.write(bank, word, sum, accumulate);
  }
  const std::vector<std::int32_t>& bank(int number) const { return core_.bank(number); }

  const MachineCounters& counters() const { return core_.counters(); }
  void list_signals(SignalList& list) const {
    list.add(*this, "output_words_written", 32,
             [this] { return std::uint32_t(core_.counters().output_words_written); });
    list.add(*this, "output_words_accumulated", 32,
             [this] { return std::uint32_t(core_.counters().output_words_accumulated); });
  }

 private:
  OutputBanksClocked core_;
};

}  // namespace escalate::cycle
