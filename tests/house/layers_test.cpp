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

TEST(LayerChecker, FindsAViewThatReachesTheOtherOneThroughOtherFiles) {
  const SourceTree tree = {
      {"pe/transaction/mac.h", ""},
      {"pe/transaction/mac.cpp",
       "#include \"pe/transaction/mac.h\"\n#include \"pe/transaction/helper.h\"\n"},
      {"pe/transaction/helper.h", "#include \"buffers/cycle/ring.h\"\n"},
      {"buffers/cycle/ring.h", ""}};
  EXPECT_THAT(
      view_violations(tree),
      ElementsAre("pe/transaction/helper.h reaches buffers/cycle/ring.h, of the other view",
                  "pe/transaction/mac.cpp reaches buffers/cycle/ring.h, of the other view"));
}

TEST(LayerChecker, FindsAClockedUnitThatReachesATransactionThroughTheModel) {
  const SourceTree tree = {{"model/checks.h", "#include \"pe/transaction/concentrator.h\"\n"},
                           {"model/cycle/units.cpp", "#include \"model/checks.h\"\n"},
                           {"pe/transaction/concentrator.h", ""}};
  EXPECT_THAT(view_violations(tree),
              ElementsAre("model/cycle/units.cpp reaches pe/transaction/concentrator.h, of the "
                          "other view"));
}

TEST(LayerChecker, FindsASharedPartOfUnitsThatReachesAView) {
  const SourceTree tree = {{"buffers/dram.cpp", "#include \"buffers/cycle/ring.h\"\n"},
                           {"buffers/cycle/ring.h", "#include \"buffers/dram.h\"\n"},
                           {"buffers/dram.h", ""}};
  EXPECT_THAT(view_violations(tree),
              ElementsAre("buffers/dram.cpp reaches buffers/cycle/ring.h, of a view"));
}

TEST(LayerChecker, LetsTheModelPutTheViewsTogether) {
  const SourceTree tree = {{"model/accelerator.cpp",
                            "#include \"model/cycle/units.h\"\n"
                            "#include \"model/transaction/units.h\"\n"},
                           {"model/cycle/units.h", "#include \"pe/cycle/row.h\"\n"},
                           {"model/transaction/units.h", ""},
                           {"pe/cycle/row.h", "#include \"machine/entry.h\"\n"},
                           {"machine/entry.h", ""}};
  EXPECT_THAT(view_violations(tree), IsEmpty());
}

}  // namespace
}  // namespace escalate
