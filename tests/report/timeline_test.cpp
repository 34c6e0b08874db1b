#include "report/timeline.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "common/child_process.h"
#include "tests/support/simulated.h"
#include "workloads/quick_layer.h"

namespace escalate {
namespace {

// In a child: one run a process.
Json timeline_of(const Program& program, const std::vector<Activations>& images, View view) {
  return Json::parse(in_child_process([&] {
    Timeline timeline(program);
    SimulationOptions options;
    options.view = view;
    options.on_run = [&](const LayerRun& run) { timeline.add(run); };
    simulate(program, images, options);
    return timeline.to_json().dump();
  }));
}

TEST(Timeline, ShowsEveryInstructionOnceWithoutOverlapAndLayersOneAfterTheOther) {
  const IntegerNetwork network =
      draw_network(parse_quick_layer("C=32,K=24,R=3,H=12,density=0.3"), {}).network;
  const Program program = compile(network, {}, 2);
  const Json json = timeline_of(program, drawn_images(network, 4), View::kTransaction);
  std::map<std::pair<int, int>, Cycle> ends;
  std::map<int, int> instructions;
  for (const Json& event : json.at("traceEvents")) {
    if (event.at("ph") != "X") continue;
    const std::pair<int, int> track{event.at("pid"), event.at("tid")};
    const Cycle begin = event.at("args").at("begin");
    const Cycle end = event.at("args").at("end");
    EXPECT_LT(begin, end);
    EXPECT_GE(begin, ends[track]);
    ends[track] = end;
    ++instructions[track.second];
    EXPECT_NEAR(event.at("ts").get<double>(), double(begin) * 1.25e-3, 1e-9);
  }
  EXPECT_EQ(instructions[0], 2);  // the layer, for two batches
  for (int s = 0; s < kNumStreams; ++s) {
    EXPECT_EQ(instructions[s + 1], 2 * int(program.streams[std::size_t(s)].size())) << s;
    EXPECT_LE((ends[{1, s + 1}]), (ends[{1, 0}]));
  }
}

TEST(Timeline, IsTheSameInBothViews) {
  const IntegerNetwork network =
      draw_network(parse_quick_layer("C=16,K=8,R=3,H=6,density=0.3"), {}).network;
  const Program program = compile(network, {});
  const auto images = drawn_images(network, 1);
  EXPECT_EQ(timeline_of(program, images, View::kTransaction),
            timeline_of(program, images, View::kCycle));
}

}  // namespace
}  // namespace escalate
