#include "model/cycle/controller.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"

namespace escalate::cycle {

Controller::Controller(const sc_core::sc_module_name& name, const Program& program,
                       const LayerClock& layer_clock)
    : sc_module(name),
      clock("clock"),
      units("units", kNumStreams),
      program_(program),
      layer_clock_(layer_clock) {
  SC_HAS_PROCESS(Controller);
  SC_METHOD(at_edge);
  sensitive << clock.pos();
  dont_initialize();
}

void Controller::begin_layer(const LayerCode& layer) {
  std::array<std::span<const Instruction>, kNumStreams> code;
  for (std::size_t s = 0; s < kNumStreams; ++s) {
    code[s] = std::span(program_.streams[s])
                  .subspan(std::size_t(layer.begin[s]), std::size_t(layer.end[s] - layer.begin[s]));
  }
  streams_.begin_layer(layer, code);
  is_stuck_ = false;
}

void Controller::at_edge() {
  if (network_sent_.is_over()) work(layer_clock_.now());
}

void Controller::work(Cycle now) {
  for (std::size_t s = 0; s < kNumStreams; ++s) {
    streams_.complete(static_cast<Stream>(s), units[s]->take_completed(), now);
  }
  bool all_free = true;
  for (std::size_t s = 0; s < kNumStreams; ++s) {
    const bool is_free = units[s]->is_free();
    const Instruction* instruction =
        is_free ? streams_.issue(static_cast<Stream>(s), now) : nullptr;
    begins_[s] = instruction != nullptr;
    if (begins_[s]) units[s]->begin(*instruction);
    all_free = all_free && is_free;
  }
  is_stuck_ = all_free && streams_.in_flight() == 0 && !layer_is_done();
}

std::string Controller::describe() const {
  std::string text;
  for (int s = 0; s < kNumStreams; ++s) {
    const auto stream = static_cast<Stream>(s);
    text += fmt::format("{}: {}; {}\n", enum_name(stream), streams_.describe(stream),
                        units[std::size_t(s)]->describe());
  }
  return text;
}

void Controller::list_signals(SignalList& list) const {
  for (std::size_t s = 0; s < kNumStreams; ++s) {
    const auto stream = static_cast<Stream>(s);
    const std::string name(enum_name(stream));
    list.add(*this, name + "_begins", 1, [this, s] { return std::uint64_t(begins_[s]); });
    list.add(*this, name + "_in_flight", 16,
             [this, stream] { return std::uint64_t(streams_.in_flight(stream)); });
    // 0: for none; otherwise the number of the stream, from 1.
    list.add(*this, name + "_waits_for", 3,
             [this, stream] { return std::uint64_t(streams_.waits_for(stream)) + 1; });
  }
}

}  // namespace escalate::cycle
