#include "common/text_pattern.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

namespace escalate {
namespace {

TEST(TextPattern, StarStandsForAnyTextAndQuestionMarkForOneCharacter) {
  EXPECT_TRUE(matches_pattern("stage2.block1.conv", "stage2.*"));
  EXPECT_TRUE(matches_pattern("stage2.block1.conv", "*.conv"));
  EXPECT_TRUE(matches_pattern("stage2.block1.conv", "stage?.block1.*onv"));
  EXPECT_TRUE(matches_pattern("conv", "conv*"));
  EXPECT_TRUE(matches_pattern("", "*"));
  EXPECT_FALSE(matches_pattern("stage2.block1.conv", "stage2"));
  EXPECT_FALSE(matches_pattern("conv", "conv?"));
  EXPECT_FALSE(matches_pattern("stage12", "stage?"));
  EXPECT_FALSE(matches_pattern("conv", ""));
}

TEST(TextPattern, GoesBackToALaterPlaceWhereTheFirstDoesNotFit) {
  EXPECT_TRUE(matches_pattern("ababac", "*abac"));
  EXPECT_TRUE(matches_pattern("a.b.conv1.conv2", "*.conv?"));
  EXPECT_FALSE(matches_pattern("ababab", "*abac"));
}

// The definition, by recursion.
bool matches_by_definition(const std::string& text, const std::string& pattern) {
  if (pattern.empty()) return text.empty();
  const std::string rest = pattern.substr(1);
  if (pattern[0] == '*') {
    for (std::size_t taken = 0; taken <= text.size(); ++taken) {
      if (matches_by_definition(text.substr(taken), rest)) return true;
    }
    return false;
  }
  return !text.empty() && (pattern[0] == '?' || pattern[0] == text[0]) &&
         matches_by_definition(text.substr(1), rest);
}

std::string letters(const std::string& choice) {
  std::string text;
  for (int left = *rc::gen::inRange(0, 12); left > 0; --left) {
    text += *rc::gen::elementOf(choice);
  }
  return text;
}

TEST(TextPattern, MatchesWhatItsDefinitionMatches) {
  EXPECT_TRUE(rc::check("random texts and patterns over few letters", [] {
    const auto text = letters("ab");
    const auto pattern = letters("ab*?*");
    RC_ASSERT(matches_pattern(text, pattern) == matches_by_definition(text, pattern));
  }));
}

}  // namespace
}  // namespace escalate
