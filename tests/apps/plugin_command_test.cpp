// Plug-ins on the command line: status and streams.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "common/json.h"
#include "tests/support/command_run.h"
#include "tests/support/places.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

CommandRun compare(const std::string& fault, std::vector<std::string> more = {}) {
  std::vector<std::string> args = {
      "compare", "-q",       source_folder() + "/workloads/zoo/resnet20-cifar10.yaml", "--layers",
      "conv1",   "--plugin", build_folder() + "/tests/plugins/" + fault + ".so"};
  args.insert(args.end(), more.begin(), more.end());
  return command_run(args);
}

TEST(PluginOfCompare, IsComparedWithTheOthers) {
  const TemporaryFolder folder;
  const std::string file = folder.file("c.json");
  EXPECT_EQ(compare("NO_FAULT", {"-o", file}).status, 0);
  const Json json = Json::parse(read_file(file));
  EXPECT_EQ(json.at("networks")[0].at("results").size(), 6U);
  EXPECT_EQ(json.at("networks")[0].at("results")[5].at("accelerator"), "faulty");
  EXPECT_EQ(compare("NO_FAULT",
                    {"--against", "faulty", "--reference", "scnn", "-o", folder.file("c.html")})
                .status,
            0);
  EXPECT_THAT(read_file(folder.file("c.html")), HasSubstr("faulty"));
}

TEST(PluginOfCompare, ThatIsNotAmongThoseComparedIsRefused) {
  const CommandRun run = compare("NO_FAULT", {"--against", "systolic"});
  EXPECT_EQ(run.status, 2);
  EXPECT_THAT(run.error,
              HasSubstr("--plugin: has no effect here: faulty is not among those compared"));
}

TEST(PluginOfCompare, ThatIsBadEndsWithOneLineAndStatus2) {
  for (const char* fault : {"THROWS_WHEN_RUN", "LOSES_A_PRODUCT", "is_not_there"}) {
    const CommandRun run = compare(fault);
    EXPECT_EQ(run.status, 2) << fault;
    EXPECT_EQ(run.out, "");
    EXPECT_THAT(run.error, AllOf(StartsWith("escalate: "), HasSubstr(fault)));
    EXPECT_EQ(std::count(run.error.begin(), run.error.end(), '\n'), 1) << run.error;
  }
}

TEST(PluginOfCompare, TakesSettingsAndFilesOfParameters) {
  const TemporaryFolder folder;
  const auto cycles = [&](const std::vector<std::string>& more) {
    const std::string file = folder.file("c.json");
    std::vector<std::string> all = {"--against", "faulty", "-o", file};
    all.insert(all.end(), more.begin(), more.end());
    EXPECT_EQ(compare("NO_FAULT", all).status, 0);
    const Json result = Json::parse(read_file(file)).at("networks")[0].at("results")[1];
    return result.at("total").at("cycles").get<std::int64_t>();
  };
  const std::int64_t usual = cycles({});
  EXPECT_EQ(cycles({"--set", "baselines.faulty.overhead=1100"}), usual + 1000);
  const std::string file = folder.write("f.yaml", "overhead: 600\n");
  EXPECT_EQ(cycles({"--accelerator-config", "faulty=" + file}), usual + 500);
}

}  // namespace
}  // namespace escalate
