#include "apps/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

#include "common/error.h"

namespace escalate {
namespace {

using testing::HasSubstr;

int succeed(const std::vector<std::string>& args) { return static_cast<int>(args.size()); }
int fail_user(const std::vector<std::string>&) { throw UserError({"a.yaml", 3, "k"}, "wrong"); }
int fail_internal(const std::vector<std::string>&) { throw InternalError("lost\nwork"); }
int fail_otherwise(const std::vector<std::string>&) { throw std::out_of_range("index"); }

struct Outcome {
  int status;
  std::string out;
  std::string error;
};

Outcome run(const std::vector<std::string>& args) {
  const std::vector<Command> commands = {{"simulate", "runs", succeed},
                                         {"user", "", fail_user},
                                         {"internal", "", fail_internal},
                                         {"otherwise", "", fail_otherwise}};
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int status = run_command_line(args, commands);
  return {status, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

TEST(CommandLine, HandsACommandTheArgumentsBehindItsName) {
  EXPECT_EQ(run({"simulate"}).status, 0);
  EXPECT_EQ(run({"simulate", "a"}).status, 1);
}

TEST(CommandLine, TurnsTheUsersFaultIntoOneLineAndStatus2) {
  const Outcome outcome = run({"user"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.error, "escalate: a.yaml:3: k: wrong\n");
}

TEST(CommandLine, TurnsOurFaultIntoOneLineAndStatus3) {
  EXPECT_EQ(run({"internal"}).status, 3);
  EXPECT_EQ(run({"internal"}).error, "escalate: internal error: lost work\n");
  EXPECT_EQ(run({"otherwise"}).status, 3);
}

TEST(CommandLine, SuggestsTheNearestCommand) {
  const Outcome outcome = run({"simulte"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.error, "escalate: unknown command 'simulte'; did you mean 'simulate'?\n");
  EXPECT_THAT(run({"zzz"}).error, HasSubstr("--help"));
}

TEST(CommandLine, WantsACommand) {
  EXPECT_EQ(run({}).status, 2);
  EXPECT_THAT(run({}).error, HasSubstr("expected a command"));
}

TEST(CommandLine, ListsTheCommandsAndTheExitStatuses) {
  const Outcome outcome = run({"--help"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.out, HasSubstr("  simulate   runs\n"));
  EXPECT_THAT(outcome.out, HasSubstr("exit status: 0 done"));
}

TEST(CommandLine, KnowsItsVersion) {
  EXPECT_THAT(run({"--version"}).out, testing::MatchesRegex("escalate [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(CommandLine, ShowsEveryCommandThatExistsOnce) {
  std::set<std::string_view> names;
  for (const Command& command : all_commands()) {
    EXPECT_TRUE(names.insert(command.name).second) << command.name;
    EXPECT_FALSE(command.summary.empty()) << command.name;
  }
}

}  // namespace
}  // namespace escalate
