#include "model/cycle/streams.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"

namespace escalate::cycle {
namespace {

constexpr bool has(std::uint8_t streams, std::size_t stream) {
  return (streams >> stream & 1) != 0;
}

}  // namespace

void StreamsClocked::begin_layer(
    const LayerCode& layer, const std::array<std::span<const Instruction>, kNumStreams>& code) {
  times_ = {};
  for (std::size_t s = 0; s < kNumStreams; ++s) {
    states_[s] = {};
    states_[s].code = code[s];
    states_[s].first = layer.begin[s];
  }
}

void StreamsClocked::complete(Stream stream, int count, Cycle now) {
  State& state = at(stream);
  ensure(count <= int(state.in_flight.size()), "an instruction is complete once");
  for (; count > 0; --count) {
    const InFlight& oldest = state.in_flight.front();
    times_.executed[oldest.executed].complete = now - 1;
    times_.last_complete[StreamTimes::index(stream)] = now - 1;
    for (std::size_t to = 0; to < kNumStreams; ++to) {
      if (has(oldest.signals, to)) ++states_[to].signals[StreamTimes::index(stream)];
    }
    state.in_flight.pop_front();
  }
}

const Instruction* StreamsClocked::issue(Stream stream, Cycle now) {
  State& state = at(stream);
  state.waits_for = -1;
  if (state.next == state.code.size()) return nullptr;
  const Instruction& instruction = state.code[state.next];
  for (std::size_t from = 0; from < kNumStreams; ++from) {
    if (!has(instruction.waits, from) || state.signals[from] > 0) continue;
    state.waits_for = int(from);
    if (stream == Stream::kCompute) ++times_.compute_waits[from];
    return nullptr;
  }
  for (std::size_t from = 0; from < kNumStreams; ++from) {
    if (has(instruction.waits, from)) --state.signals[from];
  }
  state.in_flight.push_back({times_.executed.size(), instruction.signals});
  times_.executed.push_back({stream, state.first + std::int64_t(state.next), now, -1});
  ++state.next;
  return &instruction;
}

bool StreamsClocked::all_complete() const {
  return std::all_of(states_.begin(), states_.end(), [](const State& state) {
    return state.next == state.code.size() && state.in_flight.empty();
  });
}

int StreamsClocked::in_flight() const {
  int sum = 0;
  for (const State& state : states_) sum += int(state.in_flight.size());
  return sum;
}

std::string StreamsClocked::describe(Stream stream) const {
  const State& state = at(stream);
  std::string text = fmt::format("{} of {} instructions begun, {} complete", state.next,
                                 state.code.size(), state.next - state.in_flight.size());
  if (state.waits_for >= 0) {
    text += fmt::format(", '{}' waits for a signal of {}", state.code[state.next].name(),
                        enum_name(static_cast<Stream>(state.waits_for)));
  }
  return text;
}

}  // namespace escalate::cycle
