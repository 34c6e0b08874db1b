#include "model/cycle/post_unit.h"

#include <fmt/format.h>

#include <variant>

#include "common/error.h"

namespace escalate::cycle {

PostUnit::PostUnit(const sc_core::sc_module_name& name, const MachineConfig& machine,
                   const LayerClock& clock, GlobalBuffer& buffer, const BlockMemories& blocks,
                   OutputObserver& observer)
    : sc_module(name),
      clock_(clock),
      collector_("output_collector", machine, blocks),
      resources_{machine.post_lanes, buffer, collector_, observer, counters_} {}

std::unique_ptr<PostOperation> PostUnit::operation_of(const Instruction& instruction) {
  const Operation& operation = instruction.operation;
  if (const auto* drain = std::get_if<Drain>(&operation)) {
    return std::make_unique<DrainOperation>(resources_, *drain,
                                            parameters_[std::size_t(drain->parameter_bank)]);
  }
  if (const auto* pool = std::get_if<Pool>(&operation)) {
    return std::make_unique<PoolOperation>(resources_, *pool);
  }
  if (const auto* add = std::get_if<Add>(&operation)) {
    return std::make_unique<AddOperation>(resources_, *add);
  }
  if (const auto* fill = std::get_if<Fill>(&operation)) {
    return std::make_unique<FillOperation>(resources_, *fill);
  }
  throw InternalError(fmt::format("the post stream has a '{}'", instruction.name()));
}

void PostUnit::begin(const Instruction& instruction) {
  Cycle cycle = clock_.now();
  const auto operation = operation_of(instruction);
  is_busy_ = true;
  for (bool is_last = false; !is_last; ++cycle) {
    clock_.wait_until(cycle);
    is_last = operation->tick();
    ++counters_.post_busy_cycles;
  }
  ++complete_;
  completed_.notify(sc_core::SC_ZERO_TIME);
  clock_.wait_until(cycle);
  is_busy_ = false;
}

void PostUnit::retire() {
  while (complete_ == 0) sc_core::wait(completed_);
  --complete_;
}

std::string PostUnit::describe() const {
  return is_busy_ ? "an operation at work" : "no operation at work";
}

void PostUnit::load_parameters(const LoadParameters& load, std::span<const std::uint8_t> bytes) {
  const auto word = [&](std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 4; i > 0; --i) value = value << 8 | bytes[at + i - 1];
    return std::int32_t(value);
  };
  auto& bank = parameters_[std::size_t(load.bank)];
  bank.clear();
  for (int k = 0; k < load.channels; ++k) {
    const std::size_t at = std::size_t(k) * LoadParameters::kBytesPerChannel;
    bank.push_back({word(at), {word(at + 4), int(bytes[at + 8])}});
  }
}

void PostUnit::list_signals(SignalList& list) const {
  list.add(*this, "busy", 1, [this] { return std::uint64_t(is_busy_); });
  collector_.list_signals(list);
}

}  // namespace escalate::cycle
