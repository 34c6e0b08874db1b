#include "common/name_pattern.h"

#include <gtest/gtest.h>

namespace escalate {
namespace {

TEST(NamePattern, IsTheNameItselfWithoutStars) {
  EXPECT_TRUE(matches("conv1", "conv1"));
  EXPECT_FALSE(matches("conv10", "conv1"));
  EXPECT_FALSE(matches("conv", "conv1"));
  EXPECT_TRUE(matches("a[1].b", "a[1].b"));
}

TEST(NamePattern, StandsForAnyTextByAStar) {
  EXPECT_TRUE(matches("layer1.conv2", "layer1.*"));
  EXPECT_TRUE(matches("layer1.conv2", "*conv*"));
  EXPECT_TRUE(matches("aXbXab", "a*ab"));
  EXPECT_TRUE(matches("", "**"));
  EXPECT_FALSE(matches("layer2.conv", "layer1.*"));
  EXPECT_FALSE(matches("conv2x", "*conv2"));
}

TEST(NamePattern, StandsForOneCharacterByAQuestionMark) {
  EXPECT_TRUE(matches("conv1", "conv?"));
  EXPECT_FALSE(matches("conv12", "conv?"));
  EXPECT_FALSE(matches("conv", "conv?"));
}

TEST(NamePattern, OfManyOneIsEnoughAndNoneIsAll) {
  EXPECT_TRUE(matches_any("fc", {"conv*", "fc"}));
  EXPECT_FALSE(matches_any("pool", {"conv*", "fc"}));
  EXPECT_TRUE(matches_any("pool", {}));
}

}  // namespace
}  // namespace escalate
