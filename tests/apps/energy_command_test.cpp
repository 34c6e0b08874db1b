#include "apps/energy_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/atomic_file.h"
#include "energy/accelerator_energy.h"
#include "tests/support/expect_user_error.h"
#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string printed(const std::vector<std::string>& args) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(run_energy(args), 0);
  return testing::internal::GetCapturedStdout();
}

TEST(EnergyCommand, PrintsEveryComponentAndEverySource) {
  const std::string text = printed({});
  const EnergyModel model = accelerator_energy(MachineConfig{}, CostModel{EnergyConfig{}});
  for (const Component& component : model.machine().components) {
    EXPECT_THAT(text, HasSubstr(" " + component.name + " "));
  }
  for (const NumberSource& source : model.sources()) EXPECT_THAT(text, HasSubstr(source.text));
}

TEST(EnergyCommand, WritesATableThatItTakesBack) {
  const TemporaryFolder folder;
  const std::string table = folder.file("ert.yaml");
  printed({"-o", table, "--set", "energy.node_nm=22"});
  // At 45 nm, but with all numbers from the file.
  printed({"--energy", table, "-o", folder.file("back.yaml")});
  EXPECT_EQ(read_file(folder.file("back.yaml")), read_file(table));
  printed({"--energy", table, "-o", folder.file("back.csv")});
  EXPECT_THAT(read_file(folder.file("back.csv")), HasSubstr("ring_maps, user (user)"));
}

TEST(EnergyCommand, SaysWhatItTakesOfTheUsersTable) {
  const TemporaryFolder folder;
  const std::string table =
      folder.write("ert.yaml",
                   "technology: {node_nm: 65}\nERT:\n  version: '0.4'\n  tables:\n"
                   "  - {name: chip.line_adders, actions: [{name: add, energy: 7}]}\n"
                   "  - {name: chip.host, actions: [{name: run, energy: 7}]}\n");
  testing::internal::CaptureStderr();
  printed({"--energy", table});
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              AllOf(HasSubstr("components: line_adders\n"),
                    HasSubstr("left out, being nothing that this machine has: chip.host\n"),
                    HasSubstr("is of 65 nm, and what it leaves out of 45 nm (energy.node_nm)")));
}

TEST(EnergyCommand, RefusesAMisspeltComponent) {
  const TemporaryFolder folder;
  const std::string table = folder.file("ert.yaml");
  printed({"-o", table});
  std::string text = read_file(table);
  text.replace(text.find("ring_values"), 11, "ring_vlaues");
  write_file(table, text);
  EXPECT_USER_ERROR(run_energy({"--energy", table}),
                    AllOf(HasSubstr("ert.yaml:"), HasSubstr("ring_vlaues"),
                          HasSubstr("did you mean 'ring_values'?")));
  EXPECT_USER_ERROR(run_energy({"--energy", folder.write("empty.yaml", "")}),
                    HasSubstr("empty.yaml"));
}

TEST(EnergyCommand, FollowsTheMachine) { EXPECT_NE(printed({"--set", "blocks=2"}), printed({})); }

TEST(EnergyCommand, SaysWhatThereIsAndHowToGiveOnesOwn) {
  const auto own = HasSubstr("escalate energy --classes -o FILE.yaml writes a table");
  EXPECT_USER_ERROR(run_energy({"--set", "energy.node_nm=5"}),
                    AllOf(HasSubstr("expected 65, 45, 32, 28, 22, 16 or 7, got 5"), own));
  EXPECT_USER_ERROR(run_energy({"--set", "energy.dram_type=ddr5"}),
                    AllOf(HasSubstr("ddr4, hbm2, hbm2e"), HasSubstr("did you mean"), own));
}

TEST(EnergyCommand, WritesATableOfClassesAsABeginning) {
  const TemporaryFolder folder;
  const std::string table = folder.file("own.yaml");
  printed({"--classes", "-o", table, "--set", "energy.node_nm=16"});
  printed({"--energy", table, "-o", folder.file("own.csv")});
  printed({"--set", "energy.node_nm=16", "-o", folder.file("built-in.csv")});
  EXPECT_EQ(read_file(folder.file("own.csv")), read_file(folder.file("built-in.csv")));
  EXPECT_USER_ERROR(run_energy({"--classes"}), HasSubstr("expected -o FILE.yaml"));
  EXPECT_USER_ERROR(run_energy({"--classes", "--energy", table, "-o", folder.file("x.yaml")}),
                    HasSubstr("--energy"));
}

TEST(EnergyCommand, WritesTextAndRefusesOtherForms) {
  const TemporaryFolder folder;
  printed({"-o", folder.file("e.md")});
  EXPECT_THAT(read_file(folder.file("e.md")),
              AllOf(HasSubstr("| group | component |"), HasSubstr("| source | kind | text |")));
  EXPECT_USER_ERROR(run_energy({"-o", folder.file("e.pdf")}), HasSubstr(".yaml, .csv or .md"));
  EXPECT_EQ(folder.num_entries(), 1);
}

}  // namespace
}  // namespace escalate
