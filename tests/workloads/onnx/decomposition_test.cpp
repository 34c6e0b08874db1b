#include "workloads/onnx/decomposition.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/expect_user_error.h"
#include "workloads/quick_layer.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Graph with_multiplier(const std::string& number) {
  Graph graph = parse_quick_layer("C=1,K=1,H=1");
  const std::string layer =
      fmt::format(R"({{"multiplier": [{}], "shift": [3], "bias": [-4]}})", number);
  apply_metadata({{"escalate.quantization",
                   fmt::format(R"({{"tensors": {{}}, "layers": {{"layer": {}}}}})", layer)}},
                 graph);
  return graph;
}

TEST(OnnxMetadata, HaveWholeNumbersThatFit) {
  const Graph graph = with_multiplier("2147483647");
  EXPECT_EQ(graph.quantization.layers.at("layer").multiplier, std::vector<int>{2147483647});
  EXPECT_EQ(graph.quantization.layers.at("layer").bias, std::vector<int>{-4});
  // The last one is -1 if it is taken for a signed number.
  for (const char* number :
       {"2147483648", "-2147483649", "1.5", "true", "\"1\"", "18446744073709551615"}) {
    EXPECT_USER_ERROR(with_multiplier(number),
                      AllOf(HasSubstr("escalate.quantization"), HasSubstr("whole number")));
  }
}

}  // namespace
}  // namespace escalate
