// What holds for every file of the project.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <regex>
#include <sstream>

#include "tests/house/source_tree.h"

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

bool exists_in_project(const std::string& path) {
  return !path.starts_with("..") &&
         std::filesystem::exists(std::filesystem::path(ESCALATE_SOURCE_DIR) / path);
}

int exit_status_of(const std::string& command) {
  return std::system(("cd '" + std::string(ESCALATE_SOURCE_DIR) + "' && " + command).c_str());
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
