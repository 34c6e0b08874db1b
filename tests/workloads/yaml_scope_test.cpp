#include "workloads/yaml_scope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

YamlMap map_of(const std::string& text) { return {"w.yaml", YAML::Load(text), "layer"}; }

YamlScope scope_of_two() {
  YamlScope scope;
  scope.define(map_of("conv: a"), "conv", "a", 3);
  scope.define(map_of("conv: b"), "conv", "b", 5);
  scope.set_previous(5);
  return scope;
}

TEST(YamlScope, ReadsThePreviousLayerWithoutFrom) {
  EXPECT_THAT(YamlScope().inputs_of(map_of("relu: x"), 1), ElementsAre(0));
  EXPECT_THAT(scope_of_two().inputs_of(map_of("relu: x"), 1), ElementsAre(5));
}

TEST(YamlScope, FindsTheLayersThatFromNamesInTheirOrder) {
  const YamlScope scope = scope_of_two();
  EXPECT_THAT(scope.inputs_of(map_of("{add: x, from: [b, input, a]}"), 3), ElementsAre(5, 0, 3));
  EXPECT_USER_ERROR(scope.inputs_of(map_of("{add: x, from: [b, a]}"), 1),
                    HasSubstr("from: expected one layer"));
  EXPECT_USER_ERROR(scope.inputs_of(map_of("{add: x, from: [a, b, a]}"), 2),
                    HasSubstr("from: expected up to 2 layers"));
  EXPECT_USER_ERROR(scope.inputs_of(map_of("{add: x, from: inputs}"), 1),
                    HasSubstr("'inputs' is not an earlier layer; did you mean 'input'?"));
}

TEST(YamlScope, HasEachNameOnce) {
  YamlScope scope = scope_of_two();
  const YamlMap map = map_of("{conv: a, name: a}");
  EXPECT_USER_ERROR(scope.define(map, "conv", "a", 7), HasSubstr("conv: there is already a layer"));
  EXPECT_USER_ERROR(scope.check_free(map, "name", "input"),
                    HasSubstr("name: there is already a layer 'input'"));
  EXPECT_NO_THROW(scope.check_free(map, "name", "c"));
}

TEST(YamlScope, OfABlockSeesItsInputAloneAndTheDefaultsAroundIt) {
  LayerDefaults defaults;
  defaults.terms = 4;
  const YamlParameters parameters;
  const YamlScope inner("stage.0.", 9, defaults, &parameters, 2);
  EXPECT_THAT(inner.inputs_of(map_of("{add: x, from: input}"), 1), ElementsAre(9));
  EXPECT_EQ(inner.previous(), 9);
  EXPECT_EQ(inner.prefix(), "stage.0.");
  EXPECT_EQ(inner.defaults().terms, 4);
  EXPECT_EQ(inner.parameters(), &parameters);
  EXPECT_EQ(inner.depth(), 2);
  EXPECT_USER_ERROR(inner.inputs_of(map_of("{add: x, from: a}"), 1),
                    HasSubstr("'a' is not an earlier layer"));
}

}  // namespace
}  // namespace escalate
