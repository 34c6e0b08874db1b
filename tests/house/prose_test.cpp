// Pages are read line by line and thought by thought: neither may be long.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/house/prose_rules.h"
#include "tests/house/source_tree.h"

namespace escalate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Pages that a program writes as a whole, with rows that hold a source or a machine each.
const std::set<std::string> kWrittenPages = {
    "docs/configuration.md",                 // escalate config
    "docs/studies/accuracy/tables.md",       // escalate study
    "docs/studies/iso-area/tables.md",       // escalate study
    "docs/studies/sum-registers/tables.md",  // escalate study
    "docs/studies/headline/tables.md",       // scripts/headline
    "docs/studies/first-layer/tables.md",    // scripts/first_layer
};

std::string words(std::size_t count) {
  std::string text = "Words";
  for (std::size_t i = 1; i < count; ++i) text += i % 10 == 0 ? "\nmore" : " more";
  return text + ".";
}

TEST(Prose, HasNoLongLinesCellsOrSentences) {
  int num_pages = 0;
  for (const auto& [path, text] : read_source_tree({".md"})) {
    if (path != "README.md" && !path.starts_with("docs/")) continue;
    if (kWrittenPages.count(path) > 0) continue;
    ++num_pages;
    EXPECT_THAT(prose_faults(path, text), IsEmpty());
  }
  EXPECT_GE(num_pages, 20);
}

TEST(Prose, LongLinesAreFound) {
  const std::string longest(kMostLineCharacters, 'x');
  EXPECT_THAT(prose_faults("a.md", longest + "\n"), IsEmpty());
  EXPECT_THAT(prose_faults("a.md", "# A\n\n" + longest + "x\n"),
              ElementsAre("a.md:3: line of 121 characters"));
  EXPECT_THAT(prose_faults("a.md", "| " + longest + " |\n"),
              ElementsAre("a.md:1: line of 124 characters"));
}

TEST(Prose, LinesAreCountedInCharactersNotBytes) {
  std::string line;
  for (std::size_t i = 0; i < kMostLineCharacters; ++i) line += "\xc2\xb2";
  EXPECT_THAT(prose_faults("a.md", line + "\n"), IsEmpty());
}

TEST(Prose, LongCellsAreFoundInWhatAScriptWritesToo) {
  const std::string longest(kMostCellCharacters, 'x');
  const auto faults = [](const std::string& row) {
    return prose_faults("a.md", "<!-- t -->\n" + row + "\n<!-- end of t -->\n");
  };
  EXPECT_THAT(faults("| " + longest + " | " + longest + " |"), IsEmpty());
  EXPECT_THAT(faults("| a | " + longest + "x |"), ElementsAre("a.md:2: cell of 201 characters"));
  EXPECT_THAT(faults("| " + longest + "\\|x |"), ElementsAre("a.md:2: cell of 203 characters"));
}

TEST(Prose, LongSentencesAreFoundWhereTheyBegin) {
  EXPECT_THAT(prose_faults("a.md", words(40) + "\n"), IsEmpty());
  EXPECT_THAT(prose_faults("a.md", "Short.\n\n" + words(41) + "\n"),
              ElementsAre(testing::StartsWith("a.md:3: sentence of 41 words: Words more")));
  EXPECT_THAT(prose_faults("a.md", words(30) + " " + words(30) + "\n"), IsEmpty());
  EXPECT_THAT(prose_faults("a.md", words(30) + " more " + words(30) + "\n"),
              ElementsAre(testing::StartsWith("a.md:1: sentence of 61 words")));
}

TEST(Prose, ItemsOfAListAreSentencesOfTheirOwn) {
  const std::string item = words(25).substr(0, words(25).size() - 1);
  EXPECT_THAT(prose_faults("a.md", "- " + item + "\n- " + item + "\n1. " + item + "\n"), IsEmpty());
  EXPECT_THAT(prose_faults("a.md", "- " + item + "\n  " + item + "\n"),
              ElementsAre(testing::StartsWith("a.md:1: sentence of 50 words")));
}

TEST(Prose, CodeAndLinksCountAsWhatIsRead) {
  const std::string code = "`--a b --c d`", link = "[one two](a.md#b)";
  EXPECT_EQ(num_words(sentences_of("See " + code + " and " + link + ".")[0]), 5u);
  EXPECT_EQ(sentences_of("Version 1.0 is `a. B` (see c.). It ends.").size(), 2u);
}

TEST(Prose, CodeIsLeftOut) {
  const std::string line(200, 'x');
  EXPECT_THAT(prose_faults("a.md", "```\n" + line + "\n" + words(50) + "\n```\nEnd.\n"), IsEmpty());
  std::string formula;
  for (int row = 0; row < 5; ++row) formula += "    one two three four five six seven eight nine\n";
  EXPECT_THAT(prose_faults("a.md", "A formula:\n\n" + formula), IsEmpty());
  EXPECT_THAT(prose_faults("a.md", "A text:\n" + formula),
              ElementsAre(testing::StartsWith("a.md:1: sentence of 47 words: A text")));
}

TEST(Prose, WhatAScriptWritesIntoAPageMayHaveLongLines) {
  const std::string row = "| " + std::string(150, 'x') + " |\n";
  EXPECT_THAT(prose_faults("a.md", "<!-- t -->\n" + row + "<!-- end of t -->\n"), IsEmpty());
  EXPECT_THAT(prose_faults("a.md", "<!-- t -->\n<!-- end of t -->\n" + row),
              ElementsAre("a.md:3: line of 154 characters"));
}

}  // namespace
}  // namespace escalate
