#include "apps/config_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "baselines/baselines_config.h"
#include "common/atomic_file.h"
#include "common/config.h"
#include "energy/run_config.h"
#include "tests/support/expect_user_error.h"
#include "tests/support/places.h"
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

TEST(ConfigCommand, DescribesEveryParameterOfOtherAccelerators) {
  BaselinesConfig config;
  ConfigView view;
  config.add_to(view, "");
  EXPECT_GT(view.fields().size(), 40U);
  for (const ConfigView::Field& field : view.fields()) {
    EXPECT_FALSE(field.doc.description.empty()) << field.name;
    EXPECT_FALSE(field.doc.source.empty()) << field.name << ": who says so?";
  }
}

TEST(ConfigCommand, TheFilesOfOtherAcceleratorsAreTheirPublishedParameters) {
  BaselinesConfig published;
  for (const std::string& name : published.registry().machine_names()) {
    const std::string path = source_folder() + "/configs/" + name + ".yaml";
    EXPECT_EQ(read_file(path), printed({"--accelerator", name, "--format", "yaml"}))
        << "run: escalate config --accelerator " << name << " --format yaml -o configs/" << name
        << ".yaml";
    BaselinesConfig read;
    ConfigView view;
    read.of_machine(name).add_to(view, "");
    view.read_yaml(path);
    EXPECT_EQ(read.of_machine(name).to_json(), published.of_machine(name).to_json()) << name;
  }
}

TEST(ConfigCommand, TakesSettingsAndFilesOfAnotherAccelerator) {
  const TemporaryFolder folder;
  const std::string path = folder.write("s.yaml", "pe_rows: 4\n");
  const std::vector<std::string> args = {"--accelerator", "scnn",         "--arch",   path,
                                         "--set",         "bank_queue=0", "--format", "csv"};
  EXPECT_THAT(printed(args),
              testing::AllOf(HasSubstr("pe_rows,4,"), HasSubstr("bank_queue,0,products,0 to 100")));
}

TEST(ConfigCommand, SaysWhichAcceleratorsHaveParameters) {
  EXPECT_USER_ERROR(run_config({"--accelerator", "eyeris"}), HasSubstr("did you mean 'eyeriss'"));
  EXPECT_USER_ERROR(run_config({"--accelerator", "dcnn-opt"}),
                    HasSubstr("has the parameters of 'dcnn'"));
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
  EXPECT_USER_ERROR(run_config({"--set", "energy.node_nm=5"}),
                    testing::AllOf(HasSubstr("energy.node_nm"), HasSubstr("65")));
}

TEST(ConfigCommand, SaysWhatEveryNumberOfTheMachineMayBe) {
  EXPECT_THAT(
      printed({"--format", "csv"}),
      testing::AllOf(HasSubstr("blocks,8,blocks,1 to 1024; blocks x slices x rows up to 131072,"),
                     HasSubstr("ca.chunk,64,channels,8 to 64; a multiple of 8,"),
                     HasSubstr("energy.clock_ratio,0.257,,0 or more,")));
}

TEST(ConfigCommand, ThePageOfTheDocumentationIsWhatItPrints) {
  EXPECT_EQ(read_file(source_folder() + "/docs/configuration.md"),
            printed({"--format", "markdown"}))
      << "run: escalate config --format markdown -o docs/configuration.md";
}

}  // namespace
}  // namespace escalate
