#include "pe/transaction/pass_values.h"

#include <gtest/gtest.h>

#include "tests/pe/small_pass.h"

namespace escalate {
namespace {

// Columns at one distance, and columns that are not.
TEST(PassValues, AreTheDotProductsOfEveryRowAndEntry) {
  const SmallPass pass;
  PassInput input(pass.machine, pass.buffer, pass.run, *pass.rows);
  PassValues values(*pass.rows, pass.run.input.position_stride, best_host_simd());
  for (const std::vector<int>& columns :
       std::vector<std::vector<int>>{{1, 2, 3, 4, 5, 6}, {0, 3, 6}, {0, 1, 5}, {4}}) {
    input.read_row(3, columns);
    values.compute_row(input, columns);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      for (int t = 0; t < 2; ++t) {
        const auto elements = values.elements(i, t);
        ASSERT_EQ(int(elements.size()), pass.rows->rows());
        for (int row = 0; row < pass.rows->rows(); ++row) {
          EXPECT_EQ(elements[std::size_t(row)],
                    pass.element(row, 3, columns[i], pass.rows->tiles[std::size_t(t)]));
        }
      }
    }
  }
}

}  // namespace
}  // namespace escalate
