// Semaphores for a layer: instructions written down in one order become four streams that run at
// their own pace and still respect every conflict of that order.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "machine/isa.h"

namespace escalate {

/// Deals the instructions of one layer out to their streams and joins them by as few semaphores as
/// their conflicts need. Semaphores of the given instructions are ignored.
std::array<std::vector<Instruction>, kNumStreams> synchronize(
    std::span<const Instruction> instructions);

/// What is known to be complete when an instruction begins: of each stream, that many.
using Progress = std::array<int, kNumStreams>;

/// Takes the Progress of each instruction of one layer, by stream, from the semaphores alone.
/// UserError if the streams cannot run to their end or semaphores are left over.
std::array<std::vector<Progress>, kNumStreams> progress_at_begin(
    const std::array<std::span<const Instruction>, kNumStreams>& streams);

}  // namespace escalate
