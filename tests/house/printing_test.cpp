// Text reaches the terminal in one way only, which makes control characters visible and survives
// streams that fail (common/console.h).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "tests/house/source_tree.h"

namespace escalate {
namespace {

/// Files and lines that print by themselves, outside of tests, examples and the console's own file.
std::vector<std::string> printing_lines(const SourceTree& tree) {
  static const std::regex kPrints(
      R"((fmt::print|std::(cout|cerr|clog|printf|fprintf|puts|fputs|putchar)\b|\bperror\())");
  std::vector<std::string> found;
  for (const auto& [file, text] : tree) {
    const std::string folder = file.substr(0, file.find('/'));
    const bool is_free =
        folder == "tests" || folder == "bench" || folder == "fuzz" || folder == "examples";
    if (is_free || file == "common/console.cpp") continue;
    std::istringstream lines(text);
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
      ++number;
      if (std::regex_search(line, kPrints)) found.push_back(file + ":" + std::to_string(number));
    }
  }
  return found;
}

TEST(Printing, IsLeftToTheConsole) {
  const SourceTree tree = read_source_tree({".h", ".cpp"});
  ASSERT_GT(tree.size(), 20u) << "the tree was not found";
  EXPECT_THAT(printing_lines(tree), testing::IsEmpty());
}

TEST(PrintingChecker, FindsEachWayToPrint) {
  EXPECT_THAT(printing_lines({{"apps/a.cpp", "int x;\n  fmt::print(\"{}\", x);\n"},
                              {"report/b.cpp", "std::cerr << 1;\n"},
                              {"tests/c.cpp", "std::cout << 1;\n"},
                              {"common/console.cpp", "std::fputs(x, stderr);\n"}}),
              testing::UnorderedElementsAre("apps/a.cpp:2", "report/b.cpp:1"));
}

}  // namespace
}  // namespace escalate
