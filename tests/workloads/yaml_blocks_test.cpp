#include "workloads/yaml_blocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

using testing::HasSubstr;

YamlMap map_of(const std::string& text) { return {"w.yaml", YAML::Load(text), "it"}; }

YamlBlocks residual() {
  return YamlBlocks(map_of("residual: [{conv: a, K: $k, kernel: [$k, $s]}, {add: b, from: [a]}]"));
}

TEST(YamlBlocks, HaveTheParametersThatOccurAnywhereInThem) {
  const YamlBlocks blocks = residual();
  const YamlBlocks::Block& block = blocks.used_by(map_of("use: residual"));
  EXPECT_EQ(block.name, "residual");
  EXPECT_EQ(block.layers.size(), 2U);
  EXPECT_EQ(block.parameters, (std::set<std::string>{"k", "s"}));
}

TEST(YamlBlocks, AreUsedWithAValueForEachParameter) {
  const YamlBlocks blocks = residual();
  const auto values_of = [&](const std::string& text) {
    const YamlMap map = map_of(text);
    return YamlBlocks::values_for(blocks.used_by(map), map, {"terms"});
  };
  const YamlParameters values =
      values_of("{use: residual, name: x, k: 16, s: 3, repeat: 2, first: 1, from: y, terms: 4}");
  ASSERT_EQ(values.size(), 2U);
  EXPECT_EQ(values.at("k").as<int>(), 16);
  EXPECT_USER_ERROR(values_of("{use: residual, name: x, k: 16}"),
                    HasSubstr("s: block 'residual' needs a value for it"));
  EXPECT_USER_ERROR(values_of("{use: residual, name: x, k: 16, s: 3, kernal: 1}"),
                    HasSubstr("kernal: unknown key"));
}

TEST(YamlBlocks, NameTheNearestWhereOneIsUnknown) {
  EXPECT_USER_ERROR((void)residual().used_by(map_of("use: residuals")),
                    HasSubstr("'residuals' is not among the blocks; did you mean 'residual'?"));
  EXPECT_USER_ERROR((void)YamlBlocks().used_by(map_of("use: b")),
                    HasSubstr("'b' is not among the blocks"));
}

TEST(YamlBlocks, RefuseParametersThatAreKeysOfAUse) {
  for (const std::string key : {"use", "name", "repeat", "first", "from"}) {
    EXPECT_USER_ERROR(YamlBlocks(map_of("b: [{relu: $" + key + "}]")),
                      HasSubstr("'$" + key + "' is a key of `use`"));
  }
  EXPECT_USER_ERROR(YamlBlocks(map_of("b: {relu: x}")), HasSubstr("b: expected a list of layers"));
  EXPECT_USER_ERROR(YamlBlocks(map_of("b: []")), HasSubstr("b: expected a list of layers"));
}

}  // namespace
}  // namespace escalate
