#include "report/timeline.h"

#include <algorithm>
#include <array>

#include "common/named_values.h"
#include "machine/clock.h"

namespace escalate {
namespace {

constexpr int kMachine = 1;  // process of layers and streams
constexpr int kBlocks = 2;   // process of the blocks' states
constexpr int kLayers = 0;   // thread

}  // namespace

Timeline::Timeline(const Program& program) : program_(program) {
  events_.push_back(
      {{"ph", "M"}, {"pid", kMachine}, {"name", "process_name"}, {"args", {{"name", "streams"}}}});
  events_.push_back({{"ph", "M"},
                     {"pid", kBlocks},
                     {"name", "process_name"},
                     {"args", {{"name", "states of PE rows, share of row-cycles"}}}});
  name_track(kMachine, kLayers, "layers");
  for (int s = 0; s < kNumStreams; ++s) {
    name_track(kMachine, s + 1, std::string(enum_name(static_cast<Stream>(s))));
  }
}

double Timeline::microseconds(Cycle cycle) const {
  return double(Clock(program_.machine).edge(cycle)) * 1e-6;
}

void Timeline::name_track(int process, int thread, const std::string& name) {
  events_.push_back({{"ph", "M"},
                     {"pid", process},
                     {"tid", thread},
                     {"name", "thread_name"},
                     {"args", {{"name", name}}}});
}

void Timeline::add_span(int process, int thread, const std::string& name, Cycle begin, Cycle end,
                        Json arguments) {
  arguments["begin"] = begin;
  arguments["end"] = end;
  events_.push_back({{"ph", "X"},
                     {"pid", process},
                     {"tid", thread},
                     {"name", name},
                     {"ts", microseconds(begin)},
                     {"dur", microseconds(end) - microseconds(begin)},
                     {"args", std::move(arguments)}});
}

void Timeline::add(const LayerRun& run) {
  const LayerCode& layer = program_.layers[std::size_t(run.layer)];
  add_span(kMachine, kLayers, layer.name, offset_, offset_ + run.cycles, {{"kind", layer.kind}});
  // Spans of one track may nest but not overlap: an instruction that begins while those before it
  // are not complete is shown from their completion on.
  std::array<Cycle, kNumStreams> shown{};
  for (const ExecutedInstruction& executed : run.executed) {
    const auto stream = static_cast<std::size_t>(executed.stream);
    const Instruction& instruction = program_.streams[stream][std::size_t(executed.index)];
    const Cycle begin = std::max(executed.begin, shown[stream]);
    const Cycle end = executed.complete + 1;
    if (end > begin) {
      add_span(kMachine, int(stream) + 1, std::string(instruction.name()), offset_ + begin,
               offset_ + end,
               {{"instruction", executed.index},
                {"begun", offset_ + executed.begin},
                {"code", to_text(instruction)}});
    }
    shown[stream] = std::max(shown[stream], end);
  }
  for (std::size_t block = 0; block < run.block_states.size(); ++block) {
    const RowStates& states = run.block_states[block];
    Json shares = Json::object();
    for (const auto& [name, cycles] : named_counts(states)) {
      shares[name] = states.total() > 0 ? double(cycles) / double(states.total()) : 0.0;
    }
    events_.push_back({{"ph", "C"},
                       {"pid", kBlocks},
                       {"name", "block " + std::to_string(block)},
                       {"ts", microseconds(offset_)},
                       {"args", std::move(shares)}});
  }
  offset_ += run.cycles;
}

Json Timeline::to_json() const { return {{"traceEvents", events_}, {"displayTimeUnit", "ns"}}; }

}  // namespace escalate
