#include "pe/cycle/adder_tree.h"

namespace escalate {

std::int32_t AdderTreeClocked::step(std::span<const LanePick> picks, bool final_step) {
  level_.assign(std::size_t(inputs_), 0);
  for (const LanePick& pick : picks) {
    level_[pick.lane] = pick.negative ? -std::int32_t{pick.value} : std::int32_t{pick.value};
  }
  while (level_.size() > 1) {
    const std::size_t pairs = level_.size() / 2;
    for (std::size_t i = 0; i < pairs; ++i) level_[i] = level_[2 * i] + level_[2 * i + 1];
    if (level_.size() % 2 != 0) level_[pairs] = level_.back();
    level_.resize((level_.size() + 1) / 2);
  }
  accumulator_ += level_.front();
  ++counters_.concentrator_steps;
  counters_.ca_additions += std::int64_t(picks.size());
  const std::int32_t value = accumulator_;
  if (final_step) {
    accumulator_ = 0;
    ++counters_.elements;
    if (value != 0) ++counters_.nonzero_elements;
  }
  return value;
}

void AdderTreeClocked::step(std::span<const LanePick> picks,
                            const ConcentratorClocked::Result& step, ElementWriter& queue) {
  const std::int32_t value = this->step(picks, step.final_step);
  if (!step.final_step || (value == 0 && !step.tag.line_end)) return;
  queue.push({step.tag, value, {}});
  ++counters_.elements_pushed;
}

}  // namespace escalate
