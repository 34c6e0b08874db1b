#include "apps/common_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/command_run.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr auto kAll = {CommonOption::kArch,   CommonOption::kView,  CommonOption::kInput,
                       CommonOption::kImages, CommonOption::kBatch, CommonOption::kLayers,
                       CommonOption::kSeed,   CommonOption::kJobs,  CommonOption::kOutput,
                       CommonOption::kJson,   CommonOption::kQuiet};

CommonOptions parsed(const std::vector<std::string>& args) {
  CommonOptions options;
  CommandLine line("simulate", "NETWORK", "Simulates.");
  line.common(options, kAll);
  EXPECT_TRUE(line.parse(args, 0, 1));
  return options;
}

std::string error_of(const std::vector<std::string>& args) {
  CommonOptions options;
  CommandLine line("simulate", "NETWORK", "Simulates.");
  line.common(options, kAll);
  try {
    line.parse(args, 1, 1);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(CommonOptions, AreAllRead) {
  const CommonOptions options = parsed({"--arch",
                                        "a.yaml",
                                        "--set",
                                        "a=1",
                                        "--set=b=2",
                                        "--view",
                                        "cycle",
                                        "--input",
                                        "synthetic",
                                        "--images",
                                        "8",
                                        "--batch",
                                        "2",
                                        "--layers",
                                        "conv*",
                                        "--layers",
                                        "fc",
                                        "--seed",
                                        "18446744073709551615",
                                        "--jobs",
                                        "3",
                                        "-o",
                                        "out",
                                        "--json",
                                        "-q"});
  EXPECT_EQ(options.arch, "a.yaml");
  EXPECT_EQ(options.settings, (std::vector<std::string>{"a=1", "b=2"}));
  EXPECT_EQ(options.view, View::kCycle);
  EXPECT_EQ(options.input, "synthetic");
  EXPECT_EQ(options.images, 8);
  EXPECT_EQ(options.batch, 2);
  EXPECT_EQ(options.layers, (std::vector<std::string>{"conv*", "fc"}));
  EXPECT_EQ(options.seed, 18446744073709551615u);
  EXPECT_TRUE(options.seed_given);
  EXPECT_EQ(options.jobs, 3);
  EXPECT_EQ(options.output, "out");
  EXPECT_TRUE(options.json);
  EXPECT_TRUE(options.quiet);
}

TEST(CommonOptions, KeepTheirDefaults) {
  const CommonOptions options = parsed({});
  EXPECT_EQ(options.view, View::kTransaction);
  EXPECT_EQ(options.images, 1);
  EXPECT_FALSE(options.seed_given);
  EXPECT_FALSE(options.json);
}

TEST(CommandLineOptions, SuggestTheNearestOne) {
  EXPECT_EQ(error_of({"--imgaes", "3", "net"}),
            "escalate simulate: unknown option '--imgaes'; did you mean '--images'?");
}

TEST(CommandLineOptions, AreNotAbbreviated) {
  EXPECT_THAT(error_of({"--image", "3", "net"}), HasSubstr("unknown option '--image'"));
}

TEST(CommandLineOptions, NameTheOptionWithAWrongValue) {
  EXPECT_EQ(error_of({"--images", "0", "net"}), "--images: expected 1 or more, got '0'");
  EXPECT_EQ(error_of({"--images", "many", "net"}), "--images: expected a whole number, got 'many'");
  EXPECT_EQ(error_of({"--seed", "-1", "net"}),
            "--seed: expected a whole number of 0 or more, got '-1'");
  EXPECT_EQ(error_of({"--view", "cycles", "net"}),
            "--view: expected transaction or cycle, got 'cycles'; did you mean 'cycle'?");
  EXPECT_THAT(error_of({"net", "--images"}), HasSubstr("--images"));
  EXPECT_THAT(error_of({"--images", "1", "--images", "2", "net"}), HasSubstr("more than once"));
}

TEST(CommandLineOptions, WantTheRightNumberOfOperands) {
  EXPECT_THAT(error_of({}), HasSubstr("expected NETWORK"));
  EXPECT_THAT(error_of({"a", "b"}), HasSubstr("unexpected argument 'b'"));
  EXPECT_EQ(error_of({"a"}), "");
}

TEST(CommandLineOptions, PrintHelpAndStop) {
  CommonOptions options;
  CommandLine line("simulate", "NETWORK", "Simulates.");
  line.common(options, kAll);
  testing::internal::CaptureStdout();
  EXPECT_FALSE(line.parse({"--help"}, 1, 1));
  const std::string help = testing::internal::GetCapturedStdout();
  EXPECT_THAT(help, HasSubstr("usage: escalate simulate NETWORK [OPTION...]\nSimulates.\n"));
  EXPECT_THAT(help, HasSubstr("--set KEY=VALUE"));
}

std::string help_of(const std::string& command) { return command_run({command, "--help"}).out; }

TEST(CommandLineOptions, SayTheDefaultOfTheCommandTheyStandIn) {
  EXPECT_THAT(help_of("evaluate"), AllOf(HasSubstr("(default: all)")));
  EXPECT_THAT(help_of("simulate"),
              AllOf(HasSubstr("how many images (default 1)"), HasSubstr("the workload's")));
  for (const std::string command : {"evaluate", "compress"}) {
    EXPECT_THAT(help_of(command),
                AllOf(HasSubstr("seed of synthetic images"), Not(HasSubstr("the workload's"))));
  }
}

}  // namespace
}  // namespace escalate
