#include "workloads/drawn_input.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "../support/npy_text.h"
#include "../support/temporary_folder.h"

namespace escalate {
namespace {

class DrawnInput : public testing::Test {
 protected:
  DrawnInput() {
    layer_.name = "a";
    layer_.drawn = DrawnDensities{};
  }
  std::vector<std::int8_t> values(std::uint64_t seed = 1) const {
    return draw_activations(layer_, {2, 8, 8}, seed).values;
  }

  Node layer_;
  TemporaryFolder folder_;
};

TEST_F(DrawnInput, IsPositiveUnlessTheLayerReadsSignedValues) {
  const auto positive = values();
  EXPECT_EQ(positive.size(), 128U);
  EXPECT_GT(*std::min_element(positive.begin(), positive.end()), 0);
  layer_.drawn->signed_input = true;
  const auto both = values();
  EXPECT_LT(*std::min_element(both.begin(), both.end()), 0);
  EXPECT_GT(*std::max_element(both.begin(), both.end()), 0);
}

TEST_F(DrawnInput, IsTheSameForTheSameSeed) {
  EXPECT_EQ(values(1), values(1));
  EXPECT_NE(values(1), values(2));
}

TEST_F(DrawnInput, IsZeroWhereItsMaskSaysSo) {
  std::vector<std::uint8_t> mask(128, 0);
  mask[5] = mask[77] = 1;
  layer_.npy_files["mask"] = folder_.write("m.npy", npy<std::uint8_t>("|b1", "(2, 8, 8)", mask));
  layer_.drawn->activation = 0;  // the mask alone decides
  const auto masked = values();
  for (std::size_t i = 0; i < masked.size(); ++i) EXPECT_EQ(masked[i] != 0, mask[i] != 0);
}

TEST_F(DrawnInput, IsTheTensorThatTheLayerNames) {
  std::vector<std::int8_t> given(128, 0);
  given[3] = -9;
  layer_.npy_files["activations"] = folder_.write("a.npy", npy_int8("(2, 8, 8)", given));
  EXPECT_EQ(values(), given);
}

}  // namespace
}  // namespace escalate
