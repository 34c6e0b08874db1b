#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/house/layer_rules.h"
#include "tests/house/source_tree.h"

namespace escalate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Layers, AreKeptByEveryFile) {
  const SourceTree tree = read_source_tree({".h", ".cpp"});
  ASSERT_GT(tree.size(), 20u) << "the tree was not found";
  EXPECT_THAT(layer_violations(tree), IsEmpty());
}

TEST(Layers, KeepTheTwoKindsOfCoresApart) {
  EXPECT_THAT(core_violations(read_source_tree({".h", ".cpp"})), IsEmpty());
}

TEST(Layers, KeepTheTwoViewsApart) {
  EXPECT_THAT(view_violations(read_source_tree({".h", ".cpp"})), IsEmpty());
}

TEST(Layers, NameOnlyFoldersThatComeEarlier) {
  // A table whose folders can be built one after the other has no cycle.
  std::set<std::string> built;
  while (built.size() < layer_rules().size()) {
    const std::size_t before = built.size();
    for (const auto& [folder, allowed] : layer_rules()) {
      if (std::all_of(allowed.begin(), allowed.end(), [&](const std::string& name) {
            return built.count(name) > 0 || built.count(folder_of(name)) > 0;
          })) {
        built.insert(folder);
      }
    }
    ASSERT_GT(built.size(), before) << "the layers go round in a circle";
  }
}

TEST(LayerChecker, FindsAnIncludeOfALowerLayer) {
  EXPECT_THAT(layer_violations({{"common/a.h", "#include \"pe/ca_unit.h\"\n"}}),
              ElementsAre("common/a.h includes pe/ca_unit.h: common may not know it"));
}

TEST(LayerChecker, FindsAnIncludeBetweenSiblings) {
  EXPECT_THAT(layer_violations({{"buffers/a.cpp", "  #  include \"energy/table.h\" // why\n"}}),
              ElementsAre("buffers/a.cpp includes energy/table.h: buffers may not know it"));
  EXPECT_THAT(layer_violations({{"compress/a.cpp", "#include \"compiler/program.h\"\n"}}),
              testing::SizeIs(1));
  EXPECT_THAT(layer_violations({{"pe/a.cpp", "#include \"workloads/graph.h\"\n"}}),
              testing::SizeIs(1));
}

TEST(LayerChecker, LetsTheModelSeeOnlyTheProgramOfTheCompiler) {
  EXPECT_THAT(layer_violations({{"model/a.h", "#include \"compiler/program.h\"\n"}}), IsEmpty());
  EXPECT_THAT(layer_violations({{"model/a.h", "#include \"compiler/mapping.h\"\n"}}),
              ElementsAre("model/a.h includes compiler/mapping.h: model may not know it"));
}

TEST(LayerChecker, LetsNobodyIncludeProgramsAndTests) {
  EXPECT_THAT(layer_violations({{"sweep/a.h", "#include \"apps/common_options.h\"\n"}}),
              ElementsAre("sweep/a.h includes apps/common_options.h: sweep may not know it"));
  EXPECT_THAT(layer_violations({{"apps/a.h", "#include \"tests/support/b.h\"\n"}}),
              ElementsAre("apps/a.h includes tests/support/b.h: nobody includes tests"));
}

TEST(LayerChecker, WantsIncludesFromTheRoot) {
  EXPECT_THAT(layer_violations({{"pe/a.h", "#include \"b.h\"\n"}}),
              ElementsAre("pe/a.h includes b.h: includes start at the root"));
}

TEST(LayerChecker, AllowsWhatTheTableAllows) {
  EXPECT_THAT(layer_violations({{"pe/a.h",
                                 "#include <vector>\n#include \"pe/b.h\"\n"
                                 "#include \"common/error.h\"\n#include \"buffers/ring.h\"\n"},
                                {"tests/apps/a.cpp", "#include \"apps/commands.h\"\n"},
                                {"apps/a.cpp", "#include \"model/accelerator.h\"\n"}}),
              IsEmpty());
}

TEST(LayerChecker, FindsACoreThatReachesTheOtherKindThroughOtherFiles) {
  const SourceTree tree = {{"pe/mac.h", ""},
                           {"pe/mac.cpp", "#include \"pe/mac.h\"\n#include \"pe/helper.h\"\n"},
                           {"pe/helper.h", "#include \"pe/ca_clocked.h\"\n"},
                           {"pe/mac_clocked.h", ""},
                           {"pe/ca.h", ""},
                           {"pe/ca_clocked.h", ""}};
  EXPECT_THAT(core_violations(tree),
              ElementsAre("pe/mac.h reaches pe/ca_clocked.h, a core of the other kind"));
}

TEST(LayerChecker, FindsAClockedCoreThatReachesATimelineOrAnyBitParallelCore) {
  EXPECT_THAT(core_violations({{"pe/row_timeline.h", ""},
                               {"pe/mac_clocked.h", ""},
                               {"pe/mac_clocked.cpp", "#include \"pe/row_timeline.h\"\n"}}),
              ElementsAre("pe/mac_clocked.h reaches pe/row_timeline.h, a core of the other kind"));
  EXPECT_THAT(core_violations(
                  {{"pe/ca_batch.h", ""}, {"model/cycle/row.h", "#include \"pe/ca_batch.h\"\n"}}),
              ElementsAre("model/cycle/row.h reaches pe/ca_batch.h, a core of the other kind"));
}

TEST(LayerChecker, FindsAClockedCoreThatIncludesItsTwin) {
  EXPECT_THAT(core_violations({{"pe/ca.h", ""}, {"pe/ca_clocked.h", "#include \"pe/ca.h\"\n"}}),
              ElementsAre("pe/ca_clocked.h reaches pe/ca.h, a core of the other kind"));
}

TEST(LayerChecker, FindsAViewThatReachesTheOtherOne) {
  const SourceTree tree = {{"model/segments.h", ""},
                           {"model/layer_clock.h", ""},
                           {"model/cycle/walk.h", ""},
                           {"model/cycle/walk.cpp",
                            "#include \"model/cycle/walk.h\"\n#include \"model/layer_clock.h\"\n"
                            "#include \"model/segments.h\"\n"},
                           {"model/controller.cpp", "#include \"model/cycle/walk.h\"\n"},
                           {"model/accelerator.h", ""},
                           {"model/accelerator.cpp",
                            "#include \"model/accelerator.h\"\n#include \"model/cycle/walk.h\"\n"}};
  EXPECT_THAT(view_violations(tree),
              ElementsAre("model/controller.cpp reaches model/cycle/walk.h, of the other view",
                          "model/cycle/walk.cpp reaches model/segments.h, of the other view"));
}

}  // namespace
}  // namespace escalate
