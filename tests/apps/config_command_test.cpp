#include "apps/config_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/atomic_file.h"
#include "common/config.h"
#include "energy/run_config.h"
#include "tests/support/expect_user_error.h"
#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

using testing::HasSubstr;

std::string printed(const std::vector<std::string>& args) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(run_config(args), 0);
  return testing::internal::GetCapturedStdout();
}

TEST(ConfigCommand, PrintsEveryParameter) {
  RunConfig config;
  const std::string table = printed({});
  for (const std::string& name : ConfigView(config).names()) {
    EXPECT_THAT(table, HasSubstr("\n" + name + " "));
  }
}

TEST(ConfigCommand, WritesAFileThatArchTakesBack) {
  const TemporaryFolder folder;
  printed({"--set", "blocks=4", "--set", "ca.lanes=8", "--set", "energy.node_nm=65", "--format",
           "yaml", "-o", folder.file("m")});
  const RunConfig config = load_config<RunConfig>(folder.file("m"), {});
  EXPECT_EQ(config.machine.blocks, 4);
  EXPECT_EQ(config.machine.ca.lanes, 8);
  EXPECT_EQ(printed({"--arch", folder.file("m"), "--format", "yaml"}), read_file(folder.file("m")));
}

TEST(ConfigCommand, EchoesTheConfigurationAsJson) {
  EXPECT_EQ(printed({"--json"}), fields_to_json(RunConfig{}).dump(2) + "\n");
}

TEST(ConfigCommand, DescribesEveryParameter) {
  RunConfig config;
  for_each_field(config, [](const std::string& name, const FieldDoc& doc, const auto&) {
    EXPECT_FALSE(doc.description.empty()) << name;
    EXPECT_FALSE(doc.source.empty()) << name << ": who says so?";
  });
}

TEST(ConfigCommand, RefusesAnImpossibleMachine) {
  const TemporaryFolder folder;
  const std::string path = folder.write("m.yaml", "ca:\n  lanes: 0\n");
  try {
    run_config({"--arch", path});
    FAIL() << "accepted";
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(), HasSubstr(path + ":2: ca.lanes: "));
  }
}

TEST(ConfigCommand, RefusesANodeWithoutATable) {
  EXPECT_USER_ERROR(run_config({"--set", "energy.node_nm=7"}),
                    testing::AllOf(HasSubstr("energy.node_nm"), HasSubstr("65")));
}

}  // namespace
}  // namespace escalate
