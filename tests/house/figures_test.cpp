// The pictures of docs/figures: remade by a script, readable wherever pages are read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <regex>

#include "tests/house/source_tree.h"
#include "tests/support/places.h"

namespace escalate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t kMostBytes = 60'000;

int exit_status_in_project(const std::string& command) {
  return std::system(("cd '" + source_folder() + "' && " + command).c_str());
}

bool has_python() { return exit_status_in_project("python3 -c '' 2>/dev/null") == 0; }

SourceTree figures() {
  SourceTree found;
  for (const auto& [path, text] : read_source_tree({".svg"})) {
    if (path.starts_with("docs/figures/")) found[path] = text;
  }
  return found;
}

/// What keeps a picture from being read in a page, in the dark, aloud, or without a network.
std::vector<std::string> faults_of(const std::string& svg) {
  std::vector<std::string> faults;
  if (svg.size() > kMostBytes) faults.push_back("too large");
  for (const char* wanted : {"<text", "<title", "<desc", "prefers-color-scheme:dark"}) {
    if (svg.find(wanted) == std::string::npos) faults.push_back(std::string("lacks ") + wanted);
  }
  for (const char* refused :
       {"<script", "<image", "<foreignObject", "href", "url(", "@import", "@font-face"}) {
    if (svg.find(refused) != std::string::npos) faults.push_back(std::string("has ") + refused);
  }
  return faults;
}

/// The pictures that Markdown files show, with a description for those who do not see them.
std::set<std::string> pictures_shown(const SourceTree& markdown) {
  static const std::regex kPicture(R"(!\[([^\]]+)\]\(([^)\s]+)\))");
  std::set<std::string> shown;
  for (const auto& [path, text] : markdown) {
    for (auto use = std::sregex_iterator(text.begin(), text.end(), kPicture);
         use != std::sregex_iterator(); ++use) {
      const auto folder = std::filesystem::path(path).parent_path();
      shown.insert((folder / std::string((*use)[2])).lexically_normal().generic_string());
    }
  }
  return shown;
}

TEST(Figures, AreWhatTheScriptDraws) {
  if (!has_python()) GTEST_SKIP() << "python3 is not installed";
  EXPECT_EQ(exit_status_in_project("scripts/figures --check"), 0) << "run scripts/figures";
}

TEST(Figures, AreSmallAndNeedNothingElse) {
  const SourceTree pictures = figures();
  EXPECT_GE(pictures.size(), 6u);
  for (const auto& [path, text] : pictures) EXPECT_THAT(faults_of(text), IsEmpty()) << path;
}

TEST(Figures, FaultsAreFound) {
  EXPECT_THAT(faults_of("<svg><title/><desc/><text/>prefers-color-scheme:dark</svg>"), IsEmpty());
  EXPECT_THAT(faults_of("<title/><desc/><text fill='url(a)'/><script/>"),
              ElementsAre("lacks prefers-color-scheme:dark", "has <script", "has url("));
  EXPECT_THAT(
      faults_of("<title/><desc/><text/>prefers-color-scheme:dark" + std::string(kMostBytes, ' ')),
      ElementsAre("too large"));
}

TEST(Figures, AreAllShownInAPage) {
  const auto shown = pictures_shown(read_source_tree({".md"}));
  for (const auto& [path, text] : figures()) EXPECT_EQ(shown.count(path), 1u) << path;
}

TEST(Figures, PicturesWithoutADescriptionDoNotCountAsShown) {
  EXPECT_THAT(pictures_shown({{"docs/a.md", "![](figures/b.svg) ![c](figures/c.svg)"},
                              {"d.md", "![d](docs/d.svg) [e](e.svg)"}}),
              ElementsAre("docs/d.svg", "docs/figures/c.svg"));
}

TEST(Figures, TextsThatCannotBeReadAreRefused) {
  if (!has_python()) GTEST_SKIP() << "python3 is not installed";
  EXPECT_EQ(exit_status_in_project("python3 tests/house/picture_test.py --quiet"), 0);
}

}  // namespace
}  // namespace escalate
