#include "common/yaml_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(YamlDocument, IsTheOnlyOneOfItsText) {
  EXPECT_EQ(yaml_document("a: 3\n", "f")["a"].Scalar(), "3");
  EXPECT_EQ(yaml_document("--- {a: 3}\n", "f")["a"].Scalar(), "3");
  EXPECT_TRUE(yaml_document("# nothing\n", "f").IsNull());
  for (const char* text : {"a: 3\n---\na: 4\n", "a: 3\n...\n---\nb\n", "a: 3\n---\n"}) {
    EXPECT_USER_ERROR(yaml_document(text, "f.yaml"),
                      AllOf(HasSubstr("f.yaml"), HasSubstr("one YAML document")));
  }
}

TEST(YamlDocument, ThatIsMalformedIsRefusedWithItsLine) {
  EXPECT_USER_ERROR(yaml_document("a: [\nb: {\n", "f.yaml"), HasSubstr("f.yaml:"));
  EXPECT_USER_ERROR(yaml_document(", a", "f.yaml"), HasSubstr("f.yaml"));
}

TEST(YamlDocument, TakesAliasesOrRefusesThem) {
  const std::string text = "a: &x [1]\nb: *x\n";
  EXPECT_EQ(yaml_document(text, "f")["b"][0].Scalar(), "1");
  EXPECT_USER_ERROR(yaml_document(text, "f.yaml", YamlAliases::kRefused),
                    HasSubstr("f.yaml:2: malformed YAML: aliases (*name) are not taken here"));
}

TEST(YamlKey, IsAWord) {
  const YAML::Node map = yaml_document("\n[a]: c\n", "f");
  EXPECT_USER_ERROR(yaml_key(map.begin()->first, "f.yaml"), HasSubstr("f.yaml:2: expected a word"));
  EXPECT_EQ(yaml_key(yaml_document("7: c\n", "f").begin()->first, "f"), "7");
}

}  // namespace
}  // namespace escalate
