#include "model/cycle/post_unit.h"

#include <fmt/format.h>

#include <utility>
#include <variant>

#include "common/error.h"

namespace escalate::cycle {
namespace {

/// Parameters as they stand in DRAM, taken from the front.
class ParameterBytes {
 public:
  explicit ParameterBytes(std::span<const std::uint8_t> bytes) : rest_(bytes) {}
  bool at_end() const { return rest_.empty(); }
  std::int32_t word() {
    std::uint32_t value = 0;
    for (std::size_t i = 4; i > 0; --i) value = value << 8 | rest_[i - 1];
    rest_ = rest_.subspan(4);
    return std::int32_t(value);
  }
  FixedPoint factor() {
    const std::int32_t multiplier = word();
    const int shift = rest_[0];
    rest_ = rest_.subspan(1);
    return {multiplier, shift};
  }

 private:
  std::span<const std::uint8_t> rest_;
};

}  // namespace

PostUnit::PostUnit(const sc_core::sc_module_name& name, const MachineConfig& machine,
                   OutputPath& outputs)
    : ClockedUnit(name),
      control("control"),
      parameter_banks("parameter_banks"),
      global_buffer("global_buffer"),
      output_banks("output_banks"),
      lanes_(machine.post_lanes),
      outputs_(outputs),
      collector_("output_collector", machine) {
  control.bind(*this);
  parameter_banks.bind(*this);
  collector_.output_banks(output_banks);
}

std::unique_ptr<PostOperation> PostUnit::operation_of(const Instruction& instruction) {
  const PostResources resources{lanes_,   *global_buffer[0], collector_,
                                outputs_, counters_,         {tables_[0], tables_[1]}};
  const Operation& operation = instruction.operation;
  if (const auto* drain = std::get_if<Drain>(&operation)) {
    return std::make_unique<DrainOperation>(resources, *drain,
                                            parameters_[std::size_t(drain->parameter_bank)]);
  }
  if (const auto* pool = std::get_if<Pool>(&operation)) {
    return std::make_unique<PoolOperation>(resources, *pool);
  }
  if (const auto* add = std::get_if<Add>(&operation)) {
    return std::make_unique<AddOperation>(resources, *add);
  }
  if (const auto* fill = std::get_if<Fill>(&operation)) {
    return std::make_unique<FillOperation>(resources, *fill);
  }
  throw InternalError(fmt::format("the post stream has a '{}'", instruction.name()));
}

void PostUnit::begin(const Instruction& instruction) {
  ensure(is_free(), "post-processing works on one operation at a time");
  operation_ = operation_of(instruction);
}

void PostUnit::tick() {
  is_busy_ = operation_ != nullptr;
  collector_.rest();
  if (!is_busy_) return;
  ++counters_.post_busy_cycles;
  if (!operation_->tick()) return;
  operation_.reset();
  ++completed_;
}

int PostUnit::take_completed() { return std::exchange(completed_, 0); }

std::string PostUnit::describe() const {
  return operation_ ? "an operation at work" : "no operation at work";
}

void PostUnit::load_parameters(const LoadParameters& load, std::span<const std::uint8_t> bytes) {
  auto& bank = parameters_[std::size_t(load.bank)];
  bank.clear();
  for (ParameterBytes rest(bytes); !rest.at_end();) {
    PostParameters made{rest.word(), rest.factor(), {}};
    made.negative = made.factor;
    bank.push_back(made);
  }
  ensure(int(bank.size()) == load.channels, "a load has the parameters of its channels");
}

void PostUnit::load_parameters(const LoadSlopedParameters& load,
                               std::span<const std::uint8_t> bytes) {
  auto& bank = parameters_[std::size_t(load.bank)];
  bank.clear();
  for (ParameterBytes rest(bytes); !rest.at_end();) {
    const std::int32_t bias = rest.word();
    const FixedPoint factor = rest.factor();
    bank.push_back({bias, factor, rest.factor()});
  }
  ensure(int(bank.size()) == load.channels, "a load has the parameters of its channels");
}

void PostUnit::load_table(const LoadTable& load, std::span<const std::uint8_t> bytes) {
  tables_[std::size_t(load.bank)] = {bytes.begin(), bytes.end()};
}

void PostUnit::list_signals(SignalList& list) const {
  list.add(*this, "busy", 1, [this] { return std::uint64_t(is_busy_); });
  collector_.list_signals(list);
}

}  // namespace escalate::cycle
