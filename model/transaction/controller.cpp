// sc_spawn()
#define SC_INCLUDE_DYNAMIC_PROCESSES

#include "model/transaction/controller.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"
#include "common/stack_marks.h"

namespace escalate {
namespace {

// Processes run whole passes, whose stacks grow larger under a sanitizer.
constexpr int kStackBytes = 1 << 20;

std::string stream_name(std::size_t stream) {
  return std::string(enum_name(static_cast<Stream>(stream)));
}

}  // namespace

Controller::Controller(const sc_core::sc_module_name& name, const Program& program,
                       const LayerClock& clock)
    : sc_module(name), units("units", kNumStreams), program_(program), clock_(clock) {
  sc_core::sc_spawn_options options;
  options.set_stack_size(kStackBytes);
  for (std::size_t s = 0; s < kNumStreams; ++s) {
    // SystemC would turn exceptions of a process into reports of its own.
    const auto guarded = [this](auto&& process) {
      return [this, process] {
        forget_marks_of_stack(kStackBytes);
        try {
          process();
        } catch (const std::exception&) {
          if (!failure_) failure_ = std::current_exception();
        }
      };
    };
    sc_core::sc_spawn(guarded([this, s] { issue(s); }), (stream_name(s) + "_issue").c_str(),
                      &options);
    sc_core::sc_spawn(guarded([this, s] { retire(s); }), (stream_name(s) + "_retire").c_str(),
                      &options);
  }
}

void Controller::begin_layer(const LayerCode& layer) {
  for (std::size_t s = 0; s < kNumStreams; ++s) {
    StreamState& state = states_[s];
    state.code =
        std::span(program_.streams[s])
            .subspan(std::size_t(layer.begin[s]), std::size_t(layer.end[s] - layer.begin[s]));
    state.begun = state.retired = 0;
    state.first = layer.begin[s];
  }
  times_ = {};
  instructions_ = 0;
  ++layers_begun_;
  layer_begins_.notify(sc_core::SC_ZERO_TIME);
}

bool Controller::layer_is_done() const {
  return std::all_of(states_.begin(), states_.end(),
                     [](const StreamState& state) { return state.retired == state.code.size(); });
}

void Controller::take_semaphores(std::size_t stream, std::uint8_t waits) {
  for (std::size_t from = 0; from < kNumStreams; ++from) {
    if ((waits >> from & 1) == 0) continue;
    states_[stream].waits_for = int(from);
    const Cycle asked = clock_.now();
    semaphore(from, stream).take(clock_);
    states_[stream].waits_for = -1;
    if (stream == StreamTimes::index(Stream::kCompute))
      times_.compute_waits[from] += clock_.now() - asked;
  }
}

void Controller::issue(std::size_t stream) {
  StreamState& state = states_[stream];
  for (std::int64_t layer = 1;; ++layer) {
    while (layers_begun_ < layer) sc_core::wait(layer_begins_);
    while (state.begun < state.code.size()) {
      const Instruction& instruction = state.code[state.begun];
      take_semaphores(stream, instruction.waits);
      state.executed.push_back(times_.executed.size());
      times_.executed.push_back(
          {static_cast<Stream>(stream), state.first + std::int64_t(state.begun), clock_.now(), 0});
      ++state.begun;
      ++instructions_;
      state.signals.push_back(instruction.signals);
      state.instruction_begins.notify(sc_core::SC_ZERO_TIME);
      units[stream]->begin(instruction);
    }
  }
}

void Controller::retire(std::size_t stream) {
  StreamState& state = states_[stream];
  for (;;) {
    while (state.signals.empty()) sc_core::wait(state.instruction_begins);
    units[stream]->retire();
    ++state.retired;
    times_.last_complete[stream] = clock_.now();
    times_.executed[state.executed.front()].complete = clock_.now();
    state.executed.pop_front();
    for (std::size_t to = 0; to < kNumStreams; ++to) {
      if ((state.signals.front() >> to & 1) != 0) semaphore(stream, to).signal(clock_.now() + 1);
    }
    state.signals.pop_front();
  }
}

std::string Controller::describe() const {
  std::string text;
  for (std::size_t s = 0; s < kNumStreams; ++s) {
    const StreamState& state = states_[s];
    text += fmt::format("{}: {} of {} instructions begun, {} complete", stream_name(s), state.begun,
                        state.code.size(), state.retired);
    if (state.waits_for >= 0) {
      text += fmt::format(", '{}' waits for a signal of {}", state.code[state.begun].name(),
                          stream_name(std::size_t(state.waits_for)));
    }
    text += fmt::format("; {}\n", units[s]->describe());
  }
  return text;
}

}  // namespace escalate
