#include "model/transaction/post_unit.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "common/error.h"

namespace escalate {

PostUnit::PostUnit(const sc_core::sc_module_name& name, const MachineConfig& machine,
                   const LayerClock& clock, GlobalBuffer& buffer, const BlockMemories& blocks,
                   OutputPath& outputs)
    : sc_module(name),
      clock_(clock),
      processor_(machine, buffer, blocks, outputs),
      completions_(clock) {}

void PostUnit::begin(const Instruction& instruction) {
  const Cycle now = clock_.now();
  const std::int64_t busy = std::visit(
      [&](const auto& operation) -> std::int64_t {
        using T = std::decay_t<decltype(operation)>;
        if constexpr (T::kStream == Stream::kPost) {
          return processor_.execute(operation);
        } else {
          throw InternalError(fmt::format("the post stream has a '{}'", T::kName));
        }
      },
      instruction.operation);
  const Cycle last = now + std::max<std::int64_t>(1, busy) - 1;
  completions_.push(last);
  clock_.wait_until(last + 1);
}

std::string PostUnit::describe() const {
  return fmt::format("{} operations at work", completions_.size());
}

}  // namespace escalate
