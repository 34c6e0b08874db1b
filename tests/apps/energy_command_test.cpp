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

TEST(EnergyCommand, FollowsTheMachine) {
  EXPECT_NE(printed({"--set", "blocks=2"}), printed({}));
  EXPECT_USER_ERROR(run_energy({"--set", "energy.node_nm=7"}), HasSubstr("expected 65"));
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
