// The two output banks of a PE block: merged sums until they are drained
// (docs/microarchitecture.md, sections 8 and 12).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "common/error.h"
#include "machine/config.h"
#include "machine/counters.h"

namespace escalate {

/// The slice merges' side of the output banks.
class OutputBankWriter {
 public:
  virtual ~OutputBankWriter() = default;
  /// Writes a sum to bank 0 or 1, or adds it to what is there.
  virtual void write(int bank, std::int64_t word, std::int32_t sum, bool accumulate) = 0;
};

class OutputBanksClocked final : public OutputBankWriter {
 public:
  explicit OutputBanksClocked(const MachineConfig& machine) {
    banks_.fill(std::vector<std::int32_t>(std::size_t(machine.output_bank_words)));
  }

  void write(int bank, std::int64_t word, std::int32_t sum, bool accumulate) override {
    std::vector<std::int32_t>& words = banks_[std::size_t(bank)];
    ensure(word >= 0 && word < std::int64_t(words.size()), "a pass fits into its output bank");
    std::int32_t& there = words[std::size_t(word)];
    there = accumulate ? there + sum : sum;
    ++(accumulate ? counters_.output_words_accumulated : counters_.output_words_written);
  }

  const std::vector<std::int32_t>& bank(int number) const { return banks_[std::size_t(number)]; }
  const MachineCounters& counters() const { return counters_; }

 private:
  std::array<std::vector<std::int32_t>, 2> banks_;
  MachineCounters counters_;
};

}  // namespace escalate
