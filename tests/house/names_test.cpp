#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <string>
#include <vector>

#include "tests/house/source_tree.h"

namespace escalate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string namespace_of(const std::string& text) {
  static const std::regex kNamespace(R"((?:^|\n)namespace ([\w:]+) \{)");
  std::smatch found;
  return std::regex_search(text, found, kNamespace) ? found[1].str() : "";
}

// Types that two headers of a program define under one name: a program that includes both does not
// compile, and one that links both is undefined.
std::vector<std::string> types_defined_twice(const SourceTree& tree) {
  static const std::regex kType(
      R"((?:^|\n)(?:struct|class|enum class|union) (?:ESCALATE_API )?(\w+)(?: final)?(?: : [^{;]*)? \{)");
  std::map<std::string, std::string> defined;
  std::vector<std::string> violations;
  for (const auto& [path, text] : tree) {
    if (!path.ends_with(".h") || path.starts_with("tests/") || path.starts_with("examples/"))
      continue;
    const std::string space = namespace_of(text);
    for (auto at = std::sregex_iterator(text.begin(), text.end(), kType);
         at != std::sregex_iterator(); ++at) {
      const std::string name = space + "::" + (*at)[1].str();
      const auto [first, is_new] = defined.emplace(name, path);
      if (!is_new && first->second != path) {
        violations.push_back(name + ": " + first->second + " and " + path);
      }
    }
  }
  return violations;
}

TEST(TypeNames, AreDefinedByOneHeader) {
  EXPECT_THAT(types_defined_twice(read_source_tree({".h"})), IsEmpty());
}

TEST(TypeNameChecker, FindsATypeOfTwoHeaders) {
  const std::string text = "namespace escalate {\n\nstruct Fill {\n  int a;\n};\n}\n";
  EXPECT_THAT(types_defined_twice({{"machine/isa.h", text}, {"report/svg.h", text}}),
              ElementsAre("escalate::Fill: machine/isa.h and report/svg.h"));
  const std::string derived = "namespace escalate {\nclass Fill final : public A {\n};\n}\n";
  EXPECT_THAT(types_defined_twice({{"machine/isa.h", text}, {"report/svg.h", derived}}),
              testing::SizeIs(1));
}

TEST(TypeNameChecker, LetsNamespacesDeclarationsAndMembersBe) {
  const std::string text = "namespace escalate {\nstruct Fill {\n};\n}\n";
  EXPECT_THAT(types_defined_twice({{"a/a.h", text},
                                   {"a/b.h", "namespace esc {\nstruct Fill {\n};\n}\n"},
                                   {"a/c.h", "namespace escalate {\nstruct Fill;\n}\n"},
                                   {"a/d.h",
                                    "namespace escalate {\nstruct A {\n  struct Fill {\n  };\n};\n"
                                    "struct Fill::Part {\n};\n}\n"},
                                   {"tests/a.h", text}}),
              IsEmpty());
}

}  // namespace
}  // namespace escalate
