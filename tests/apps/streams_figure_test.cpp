// The run that docs/figures/streams.svg is drawn from is the one that the program makes.
#include <gtest/gtest.h>

#include "common/json.h"
#include "tests/support/command_run.h"
#include "tests/support/places.h"

namespace escalate {
namespace {

TEST(StreamsFigure, ShowsWhatTheProgramDoes) {
  const Json kept = read_json(source_folder() + "/docs/figures/streams.json");
  const TemporaryFolder folder;
  std::vector<std::string> args = kept["command"];
  for (const std::string& arg : {std::string("--timeline"), folder.file("timeline.json"),
                                 std::string("-o"), folder.file("r.json")}) {
    args.push_back(arg);
  }
  const CommandRun run = command_run(args);
  ASSERT_EQ(run.status, 0) << run.error;

  const Json timeline = read_json(folder.file("timeline.json"));
  std::map<int, std::string> tracks;
  Json instructions = Json::array();
  for (const Json& event : timeline["traceEvents"]) {
    const Json& details = event["args"];
    if (event["name"] == "thread_name") tracks[event["tid"]] = details["name"];
    if (event["ph"] != "X") continue;
    const std::string& stream = tracks.at(event["tid"]);
    if (stream == "layers") {
      EXPECT_EQ(details["end"], kept["cycles"]);
    } else {
      instructions.push_back({{"stream", stream},
                              {"begin", details["begun"]},
                              {"end", details["end"]},
                              {"code", details["code"]}});
    }
  }
  EXPECT_EQ(instructions, kept["instructions"])
      << "run: scripts/figures --run build/release/escalate";
}

}  // namespace
}  // namespace escalate
