// What the documents say of the program is true of the program.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <sstream>

#include "apps/commands.h"
#include "common/atomic_file.h"

namespace escalate {
namespace {

TEST(Documents, NameOnlyCommandsThatExist) {
  const std::filesystem::path root = ESCALATE_SOURCE_DIR;
  std::vector<std::filesystem::path> pages = {root / "README.md"};
  for (const auto& page : std::filesystem::directory_iterator(root / "docs")) {
    pages.push_back(page.path());
  }
  // In code: `escalate COMMAND`, or after a path at a prompt.
  const std::regex use("(`|^\\$ (?:\\S*/)?)escalate ([a-z]+)");
  int num_uses = 0;
  for (const auto& page : pages) {
    if (page.extension() != ".md") continue;
    std::istringstream lines(read_file(page));
    for (std::string line; std::getline(lines, line);) {
      for (auto found = std::sregex_iterator(line.begin(), line.end(), use);
           found != std::sregex_iterator(); ++found) {
        ++num_uses;
        const std::string name = (*found)[2];
        EXPECT_TRUE(std::any_of(all_commands().begin(), all_commands().end(),
                                [&](const Command& command) { return command.name == name; }))
            << page << ": escalate " << name;
      }
    }
  }
  EXPECT_GE(num_uses, 3);
}

}  // namespace
}  // namespace escalate
