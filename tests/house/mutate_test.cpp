// The tool that plants bugs: what it changes, and that it finds what a toy's tests do not see.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/house/source_tree.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// What a command prints; a failure of the test if its exit status is not 0.
std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen((command + " 2>&1").c_str(), "r"),
                                                   [](FILE*) { return 0; });
  std::string output;
  std::array<char, 4096> buffer;
  while (const std::size_t read = fread(buffer.data(), 1, buffer.size(), pipe.get())) {
    output.append(buffer.data(), read);
  }
  EXPECT_EQ(pclose(pipe.get()), 0) << command << "\n" << output;
  return output;
}

std::string list(const std::string& options) {
  return output_of("'" + source_folder() + "/scripts/mutate' --list " + options);
}

struct Mutant {
  std::string file;
  std::size_t line = 0;
  std::vector<std::string> before, after;
};

std::vector<Mutant> mutants(const std::string& options) {
  std::vector<Mutant> mutants;
  std::istringstream lines(list(options));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("- ")) {
      mutants.back().before.push_back(line.substr(2));
    } else if (line.starts_with("+ ")) {
      mutants.back().after.push_back(line.substr(2));
    } else {
      const std::size_t colon = line.rfind(':');
      mutants.push_back({line.substr(0, colon), std::stoul(line.substr(colon + 1)), {}, {}});
    }
  }
  return mutants;
}

TEST(Mutate, DrawsTheSameMutantsForASeedAndOthersForAnother) {
  const std::string some = "--folder buffers --mutants 50 ";
  const std::string first = list(some + "--seed 1");
  EXPECT_EQ(list(some + "--seed 1"), first);
  EXPECT_NE(list(some + "--seed 2"), first);
  EXPECT_EQ(mutants(some + "--seed 2").size(), 50u);
}

TEST(Mutate, ChangesCodeButNoCommentTextOrCheck) {
  const SourceTree tree = read_source_tree({".h", ".cpp"});
  const std::vector<Mutant> all = mutants("--mutants 1000000");
  ASSERT_GT(all.size(), 2000u);
  std::set<std::string> folders;
  for (const Mutant& mutant : all) {
    folders.insert(mutant.file.substr(0, mutant.file.find('/')));
    ASSERT_FALSE(mutant.before.empty());
    EXPECT_EQ(mutant.after.size(), mutant.before.size());
    EXPECT_NE(mutant.after, mutant.before);
    const std::string code = mutant.before[0].substr(mutant.before[0].find_first_not_of(' '));
    EXPECT_THAT(code, Not(AnyOf(StartsWith("//"), StartsWith("#"), StartsWith("ensure("),
                                StartsWith("throw "), StartsWith("visit("))));
    if (mutant.before.size() > 1) continue;
    // Texts stay as they are.
    const auto texts = [](std::string line) {
      std::string in_quotes;
      bool inside = false;
      for (const char c : line) {
        if (c == '"') inside = !inside;
        if (inside) in_quotes += c;
      }
      return in_quotes;
    };
    if (mutant.after[0].back() != ';' ||
        mutant.after[0].find_first_not_of(' ') + 1 != mutant.after[0].size()) {
      EXPECT_EQ(texts(mutant.after[0]), texts(mutant.before[0]));
    }
  }
  EXPECT_EQ(folders,
            (std::set<std::string>{"machine", "pe", "buffers", "interconnect", "compiler"}));
  for (const Mutant& mutant : mutants("--mutants 200 --folder pe")) {
    std::istringstream text(tree.at(mutant.file));
    std::string line;
    for (std::size_t i = 0; i < mutant.line; ++i) std::getline(text, line);
    EXPECT_EQ(line, mutant.before[0]) << mutant.file << ":" << mutant.line;
  }
}

void write(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

TEST(LongMutate, FindsWhatTheTestsOfAToyDoNotSeeAndGoesOnWhereItWas) {
  const TemporaryFolder folder;
  const std::filesystem::path root = folder.path() / "project";
  write(root / "toy" / "limit.h", "int limit(int value);\n");
  write(root / "toy" / "limit.cpp", R"(
int limit(int value) {
  if (value > 10) return 10;
  return value;
}
)");
  write(root / "tests" / "toy" / "limit_test.cpp", R"(
#include <gtest/gtest.h>
#include "toy/limit.h"
TEST(Limit, HoldsALargeNumber) { EXPECT_EQ(limit(20), 10); }
TEST(Limit, LeavesASmallNumber) { EXPECT_EQ(limit(3), 3); }
)");
  write(root / "CMakeLists.txt", R"(
cmake_minimum_required(VERSION 3.22)
project(toy CXX)
enable_testing()
find_package(GTest REQUIRED)
include(GoogleTest)
add_executable(toy_test tests/toy/limit_test.cpp toy/limit.cpp)
target_include_directories(toy_test PRIVATE ${PROJECT_SOURCE_DIR})
target_link_libraries(toy_test PRIVATE GTest::gtest_main)
set_target_properties(toy_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
gtest_discover_tests(toy_test DISCOVERY_MODE PRE_TEST PROPERTIES LABELS toy)
)");
  write(root / ".gitignore", "/build/\n");
  std::filesystem::create_directories(root / "scripts");
  std::filesystem::copy_file(source_folder() + "/scripts/mutate", root / "scripts" / "mutate");
  const std::string git = "git -C '" + root.string() + "' -c user.name=toy -c user.email=toy ";
  output_of(git + "init -q && " + git + "add -A && " + git + "commit -q -m toy");

  const std::string tool = "'" + (root / "scripts" / "mutate").string() + "' --folder toy";
  const std::string output = output_of(tool);
  EXPECT_THAT(output, HasSubstr("toy/limit.cpp:3: killed Limit."));
  EXPECT_THAT(output, HasSubstr("+   if (value > 11) return 10;"));
  EXPECT_THAT(output, Not(HasSubstr("+   if (value < 10) return 10;")));
  EXPECT_THAT(output, Not(HasSubstr("+   if (value > 10) return 11;")));
  EXPECT_EQ(output_of(git + "status --short"), "");
  EXPECT_EQ(output_of("git -C '" + (root / "build" / "mutate" / "tree").string() + "' diff"), "");

  // All has been tried: nothing is tried again but, on request, what survived.
  EXPECT_THAT(output_of(tool), Not(HasSubstr("limit.cpp:3: ")));
  write(root / "tests" / "mutants.md",
        "```\ntoy/limit.cpp: a reason\n- if (value > 10) return 10;\n+ if (value > 11) return "
        "10;\n```\n");
  const std::string known = output_of(tool + " --table");
  EXPECT_THAT(known, AllOf(HasSubstr("and 1 equivalent ones"),
                           Not(HasSubstr("+   if (value > 11) return 10;"))));
}

}  // namespace
}  // namespace escalate
