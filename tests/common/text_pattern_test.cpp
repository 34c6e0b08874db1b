#include "common/text_pattern.h"

#include <gtest/gtest.h>

namespace escalate {
namespace {

TEST(TextPattern, WithoutWildcardsIsTheText) {
  EXPECT_TRUE(matches_pattern("conv1", "conv1"));
  EXPECT_FALSE(matches_pattern("conv1", "conv"));
  EXPECT_FALSE(matches_pattern("conv", "conv1"));
  EXPECT_TRUE(matches_pattern("", ""));
}

TEST(TextPattern, StarStandsForAnyTextAlsoNone) {
  EXPECT_TRUE(matches_pattern("", "*"));
  EXPECT_TRUE(matches_pattern("layer1.0.conv1", "layer1.*"));
  EXPECT_TRUE(matches_pattern("layer1.0.conv1", "*conv1"));
  EXPECT_TRUE(matches_pattern("layer1.0.conv1", "*.*.*"));
  EXPECT_FALSE(matches_pattern("layer1.0.conv1", "*conv2"));
  EXPECT_FALSE(matches_pattern("layer1.0.conv1", "*.*.*.*"));
}

TEST(TextPattern, StarTakesBackWhatItTookTooEarly) {
  EXPECT_TRUE(matches_pattern("aab", "*ab"));
  EXPECT_TRUE(matches_pattern("abcabd", "*ab?"));
  EXPECT_FALSE(matches_pattern("abcabd", "*abc"));
}

TEST(TextPattern, QuestionMarkStandsForOneCharacter) {
  EXPECT_TRUE(matches_pattern("conv1", "conv?"));
  EXPECT_FALSE(matches_pattern("conv", "conv?"));
  EXPECT_FALSE(matches_pattern("conv12", "conv?"));
}

}  // namespace
}  // namespace escalate
