#include "common/suggestions.h"

#include <gtest/gtest.h>

namespace escalate {
namespace {

using Names = std::vector<std::string>;

const Names kKeys = {"rows",           "ca.lanes",        "ca.chunk",      "ring.chunks",
                     "dram.banks",     "dram.row_bytes",  "dram.burst_ns", "dram.burst_bytes",
                     "dma.row_window", "dma.burst_bytes", "post_lanes",    "dram"};

TEST(Suggestions, FindAWordInKeysOfAnyGroup) {
  EXPECT_EQ(similar_keys("lane", kKeys), (Names{"ca.lanes", "post_lanes"}));
  EXPECT_EQ(similar_keys("LANES", kKeys), (Names{"ca.lanes", "post_lanes"}));
}

TEST(Suggestions, BeginWithTheGroupThatWasNamed) {
  EXPECT_EQ(similar_keys("dma.burst", kKeys),
            (Names{"dma.burst_bytes", "dram.burst_ns", "dram.burst_bytes"}));
  EXPECT_EQ(similar_keys("ring.chunk", kKeys), (Names{"ring.chunks", "ca.chunk"}));
}

TEST(Suggestions, AreThreeAtMost) {
  EXPECT_EQ(similar_keys("row", {"rows", "row_a", "x.row", "y.row"}),
            (Names{"x.row", "y.row", "rows"}));
}

TEST(Suggestions, FindWhatIsSpelledAlike) {
  EXPECT_EQ(similar_keys("ca.lnes", kKeys), Names{"ca.lanes"});
  EXPECT_EQ(similar_keys("lanse", kKeys), Names{"ca.lanes"});
  EXPECT_EQ(similar_keys("drma.bank", kKeys), Names{"dram.banks"});
}

TEST(Suggestions, AreNotMadeForAGroupThatIsSpelledRightAlone) {
  EXPECT_EQ(similar_keys("dram.bandwidth", kKeys), Names{});
}

TEST(Suggestions, FindNamesThatContainAWordOrAreSpelledAlike) {
  const Names zoo = {"resnet18", "resnet20", "vgg16"};
  EXPECT_EQ(similar_names("resnet", zoo), (Names{"resnet18", "resnet20"}));
  EXPECT_EQ(similar_names("ResNet20", zoo), Names{"resnet20"});
  EXPECT_EQ(similar_names("vgg61", zoo), Names{"vgg16"});
  EXPECT_EQ(similar_names("transformer", zoo), Names{});
}

TEST(Suggestions, BecomeAQuestion) {
  EXPECT_EQ(did_you_mean_one_of({}), "");
  EXPECT_EQ(did_you_mean_one_of({"a"}), "; did you mean 'a'?");
  EXPECT_EQ(did_you_mean_one_of({"a", "b", "c"}), "; did you mean 'a', 'b' or 'c'?");
}

}  // namespace
}  // namespace escalate
