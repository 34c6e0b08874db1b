#include "baselines/published_figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/expect_user_error.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

using testing::HasSubstr;

PublishedFigures read(const std::string& text) {
  const TemporaryFolder folder;
  return PublishedFigures(folder.write("machine.yaml", text));
}

const std::string kGroup = "- source: a paper\n  kind: notes\n  figures:\n";

TEST(PublishedFigures, HaveUnitsSourcesAndHowTheyAreKnown) {
  const PublishedFigures figures =
      read(kGroup + "    time: 16.5 ms\n    share: < 20 %\n    pes: 4\n");
  EXPECT_EQ(figures.at("time").value, 16.5);
  EXPECT_EQ(figures.at("time").unit, "ms");
  EXPECT_EQ(figures.at("time").source, "a paper");
  EXPECT_EQ(figures.at("time").kind, Knowledge::kNotes);
  EXPECT_TRUE(figures.at("share").is_bound);
  EXPECT_EQ(figures.at("pes").unit, "");
  EXPECT_FALSE(figures.at("pes").is_bound);
}

TEST(PublishedFigures, NameLineAndKeyOfAFault) {
  EXPECT_USER_ERROR(read(kGroup + "    time: fast\n"),
                    testing::AllOf(HasSubstr("machine.yaml:4"), HasSubstr("'16.5 ms'")));
  EXPECT_USER_ERROR(read(kGroup + "    time: 1ms\n"), HasSubstr("machine.yaml:4"));
  EXPECT_USER_ERROR(read("- source: a paper\n  kind: rumour\n  figures:\n    time: 1\n"),
                    testing::AllOf(HasSubstr("machine.yaml:2"), HasSubstr("transcribed")));
  EXPECT_USER_ERROR(read(kGroup + "    time: 1\n" + kGroup + "    time: 2\n"),
                    testing::AllOf(HasSubstr("machine.yaml:8"), HasSubstr("given already")));
  EXPECT_USER_ERROR(read("time: 1\n"), HasSubstr("a list of groups"));
  EXPECT_USER_ERROR(read(kGroup + "    time: 1\n").at("tine"), HasSubstr("did you mean 'time'"));
}

TEST(PublishedFigures, AreReadFromTheFilesOfAllMachines) {
  for (const char* machine : {"eyeriss", "scnn", "sparten", "systolic", "tensor_core"}) {
    const PublishedFigures figures(source_folder() + "/configs/validation/" + machine + ".yaml");
    EXPECT_FALSE(figures.all().empty()) << machine;
  }
}

}  // namespace
}  // namespace escalate
