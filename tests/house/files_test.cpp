// What holds for every file of the project.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <functional>
#include <regex>
#include <set>
#include <sstream>

#include "tests/house/source_tree.h"
#include "tests/support/places.h"

namespace escalate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Endings of the files that are text; others (images, tensors) are not looked into.
const std::set<std::string> kTextEndings = {".h",   ".cpp",   ".md",   ".yaml", ".yml", ".json",
                                            ".txt", ".cmake", ".py",   ".sh",   ".sv",  ".csv",
                                            ".cff", ".in",    ".html", ".js",   ".ys",  ""};

/// "file:line: text" of every line with a path of somebody's machine.
std::vector<std::string> machine_paths(const SourceTree& tree) {
  // Put together from pieces, or this file would find itself.
  static const std::regex kMachinePath("(^|[^A-Za-z0-9_.~}-])/(" + std::string("home|root|work|") +
                                       "Users|mnt|opt|srv|scratch)/[A-Za-z0-9_]");
  std::vector<std::string> found;
  for (const auto& [path, text] : tree) {
    std::istringstream lines(text);
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
      ++number;
      if (line.find('/') != std::string::npos && std::regex_search(line, kMachinePath)) {
        found.push_back(path + ":" + std::to_string(number) + ": " + line);
      }
    }
  }
  return found;
}

/// Markdown without its code blocks and `code`, in which nothing is a link.
std::string without_code(const std::string& markdown) {
  std::string prose;
  std::istringstream lines(markdown);
  bool in_block = false;
  for (std::string line; std::getline(lines, line);) {
    const bool fence = line.find("```") != std::string::npos;
    if (!fence && !in_block) prose += std::regex_replace(line, std::regex("`[^`]*`"), "") + "\n";
    if (fence) in_block = !in_block;
  }
  return prose;
}

/// "file: target" of every relative link of a Markdown file that leads nowhere in `tree`.
std::vector<std::string> broken_links(const SourceTree& markdown,
                                      const std::function<bool(const std::string&)>& exists) {
  static const std::regex kLink(R"(\]\(([^)\s#]+)(#[^)]*)?\))");
  std::vector<std::string> broken;
  for (const auto& [path, whole_text] : markdown) {
    const std::string text = without_code(whole_text);
    for (auto link = std::sregex_iterator(text.begin(), text.end(), kLink);
         link != std::sregex_iterator(); ++link) {
      const std::string target = (*link)[1];
      if (target.find("://") != std::string::npos || target.starts_with("mailto:")) continue;
      const auto resolved =
          (std::filesystem::path(path).parent_path() / target).lexically_normal().generic_string();
      if (!exists(resolved)) broken.push_back(path + ": " + target);
    }
  }
  return broken;
}

/// The anchors of a Markdown file's headings: small letters, blanks as hyphens, no punctuation.
std::set<std::string> anchors_of(const std::string& markdown) {
  std::set<std::string> anchors;
  std::istringstream lines(without_code(markdown));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("#")) continue;
    std::string anchor;
    for (const char c : line.substr(std::min(line.size(), line.find_first_not_of("# ")))) {
      const auto letter = static_cast<unsigned char>(c);
      if (c == ' ') anchor += '-';
      if (std::isalnum(letter) != 0 || c == '-' || c == '_') anchor += char(std::tolower(letter));
    }
    anchors.insert(anchor);
  }
  return anchors;
}

/// "file: #anchor" of every link to a heading that the Markdown file it leads to does not have.
std::vector<std::string> broken_anchors(const SourceTree& markdown) {
  static const std::regex kLink(R"(\]\(([^)\s#]*)#([^)]*)\))");
  std::vector<std::string> broken;
  for (const auto& [path, whole_text] : markdown) {
    const std::string text = without_code(whole_text);
    for (auto link = std::sregex_iterator(text.begin(), text.end(), kLink);
         link != std::sregex_iterator(); ++link) {
      const std::string target = (*link)[1];
      const auto page = target.empty() ? std::filesystem::path(path)
                                       : std::filesystem::path(path).parent_path() / target;
      const auto found = markdown.find(page.lexically_normal().generic_string());
      if (found != markdown.end() && anchors_of(found->second).count((*link)[2]) == 0) {
        broken.push_back(path + ": " + target + "#" + std::string((*link)[2]));
      }
    }
  }
  return broken;
}

/// "file: path" of every `folder/file.ending` in a Markdown file that does not exist. Parts in
/// capitals stand for names of the reader's.
std::vector<std::string> missing_files(const SourceTree& markdown,
                                       const std::function<bool(const std::string&)>& exists) {
  static const std::regex kPath("`([a-z_]+(?:/[a-z0-9_.-]+)+\\.[a-z]+)`");
  std::vector<std::string> missing;
  for (const auto& [path, text] : markdown) {
    for (auto use = std::sregex_iterator(text.begin(), text.end(), kPath);
         use != std::sregex_iterator(); ++use) {
      if (!exists((*use)[1])) missing.push_back(path + ": " + std::string((*use)[1]));
    }
  }
  return missing;
}

bool exists_in_project(const std::string& path) {
  return !path.starts_with("..") &&
         std::filesystem::exists(std::filesystem::path(source_folder()) / path);
}

int exit_status_of(const std::string& command) {
  return std::system(("cd '" + source_folder() + "' && " + command).c_str());
}

TEST(Files, NameNoPathOfAMachine) {
  EXPECT_THAT(machine_paths(read_source_tree(kTextEndings)), IsEmpty());
}

TEST(Files, MachinePathsAreFound) {
  const std::string planted = std::string("x = \"/") + "home/someone/data\"";
  EXPECT_THAT(machine_paths({{"a.cpp", "fine\n" + planted + "\n"}}),
              ElementsAre("a.cpp:2: " + planted));
  EXPECT_THAT(machine_paths({{"a.md", "see docs/work/x, ../opt/y and https://a.org/home/z\n"}}),
              IsEmpty());
}

TEST(Docs, LinksLeadSomewhere) {
  EXPECT_THAT(broken_links(read_source_tree({".md"}), exists_in_project), IsEmpty());
}

TEST(Docs, BrokenLinksAreFound) {
  const auto exists = [](const std::string& path) { return path == "docs/isa.md"; };
  EXPECT_THAT(
      broken_links(
          {{"docs/a.md",
            "```\n[code](none.md)\n```\n[ok](isa.md#top) [web](https://a.org) [no](../isa.md)"},
           {"b.md", "`[code](none.md)` [ok](docs/isa.md)\n[no](isa.md)"}},
          exists),
      ElementsAre("b.md: isa.md", "docs/a.md: ../isa.md"));
}

TEST(Docs, LinksLeadToHeadings) {
  EXPECT_THAT(broken_anchors(read_source_tree({".md"})), IsEmpty());
}

TEST(Docs, BrokenLinksToHeadingsAreFound) {
  EXPECT_THAT(
      broken_anchors({{"docs/a.md", "# Load_tile, or not\n[ok](#load_tile-or-not) [no](#x)"},
                      {"b.md", "[ok](docs/a.md#load_tile-or-not)\n[no](docs/a.md#y)"}}),
      ElementsAre("b.md: docs/a.md#y", "docs/a.md: #x"));
}

TEST(Docs, NameOnlyFilesThatExist) {
  EXPECT_THAT(missing_files(read_source_tree({".md"}), exists_in_project), IsEmpty());
}

TEST(Docs, MissingFilesAreFound) {
  const auto exists = [](const std::string& path) { return path == "pe/ring.h"; };
  EXPECT_THAT(
      missing_files({{"a.md", "`pe/ring.h` `pe/no.h` `folder/NAME.h` `ca.lanes` `a/b`"}}, exists),
      ElementsAre("a.md: pe/no.h"));
}

TEST(Docs, AreAllInTheIndex) {
  const SourceTree docs = read_source_tree({".md"});
  const std::string& index = docs.at("docs/README.md");
  for (const auto& [path, text] : docs) {
    const std::string name = std::filesystem::path(path).filename().string();
    if (!path.starts_with("docs/") || name == "README.md") continue;
    EXPECT_NE(index.find("](" + path.substr(5) + ")"), std::string::npos) << path;
  }
}

TEST(Scripts, AreValidBash) {
  int num_scripts = 0;
  for (const auto& [path, text] : read_source_tree({})) {
    if (!text.starts_with("#!/bin/bash") && !text.starts_with("#!/usr/bin/env bash")) continue;
    ++num_scripts;
    EXPECT_EQ(exit_status_of("bash -n '" + path + "'"), 0) << path;
  }
  EXPECT_GE(num_scripts, 4);
}

TEST(Sources, AreFormatted) {
  if (exit_status_of("command -v clang-format-14 >/dev/null") != 0) {
    GTEST_SKIP() << "clang-format 14 is not installed (other versions format differently)";
  }
  EXPECT_EQ(exit_status_of("scripts/format --check"), 0) << "run scripts/format";
}

}  // namespace
}  // namespace escalate
