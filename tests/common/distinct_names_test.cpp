#include "common/distinct_names.h"

#include <gtest/gtest.h>

#include <set>

namespace escalate {
namespace {

using Names = std::vector<std::string>;

TEST(DistinctNames, AreTheFilesNamesWithoutEnding) {
  EXPECT_EQ(distinct_names({"x/a.yaml", "y/b.onnx"}), (Names{"a", "b"}));
  EXPECT_EQ(distinct_names({}), Names{});
}

TEST(DistinctNames, HaveAsManyFoldersAsTellThemApart) {
  EXPECT_EQ(distinct_names({"A/net.yaml", "B/net.yaml", "C/other.yaml"}),
            (Names{"A/net", "B/net", "other"}));
  EXPECT_EQ(distinct_names({"x/1/net.yaml", "y/1/net.yaml"}), (Names{"x/1/net", "y/1/net"}));
  EXPECT_EQ(distinct_names({"net.yaml", "./a/../b/net.yaml"}), (Names{"net", "b/net"}));
}

TEST(DistinctNames, HaveTheirEndingWhereThatTellsThemApart) {
  EXPECT_EQ(distinct_names({"a/net.yaml", "a/net.onnx"}), (Names{"net.yaml", "net.onnx"}));
  EXPECT_EQ(distinct_names({"net.yaml.onnx", "net.yaml", "net.onnx"}),
            (Names{"net.yaml", "net.yaml (2)", "net.onnx"}));
}

TEST(DistinctNames, DifferInMoreThanCase) {
  EXPECT_EQ(distinct_names({"a/Net.yaml", "b/net.yaml"}), (Names{"a/Net", "b/net"}));
  EXPECT_EQ(distinct_names({"Net.yaml", "net.yaml"}), (Names{"Net.yaml", "net.yaml (2)"}));
}

TEST(DistinctNames, AreNumberedWhereThePathsAreTheSame) {
  EXPECT_EQ(distinct_names({"a/net.yaml", "a/net.yaml", "./a/net.yaml"}),
            (Names{"a/net.yaml", "a/net.yaml (2)", "a/net.yaml (3)"}));
}

TEST(NamesForFiles, StayWhereTheyCanStand) {
  EXPECT_EQ(names_for_files({"net", "resnet18-cifar10", "a_b.c"}),
            (Names{"net", "resnet18-cifar10", "a_b.c"}));
}

TEST(NamesForFiles, HaveNothingThatAFileSystemReads) {
  EXPECT_EQ(names_for_files({"A/net", "..", "", "a b", "net\n"}),
            (Names{"A_net", "_.", "unnamed", "a_b", "net_"}));
}

TEST(NamesForFiles, AreNeverTheSameFile) {
  EXPECT_EQ(names_for_files({"A/net", "A_net", "a\\net", "A_NET"}),
            (Names{"A_net-2", "A_net", "a_net-3", "A_NET-4"}));
}

}  // namespace
}  // namespace escalate
