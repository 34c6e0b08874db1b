#include "pe/transaction/register_spills.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>
#include <utility>

namespace escalate {
namespace {

WindowAxis axis_of(int kernel, int stride, int outputs) {
  WindowAxis axis;
  axis.kernel = kernel;
  axis.stride = stride;
  axis.pad = kernel / 2;
  axis.input = outputs * stride;
  axis.out_end = outputs;
  return axis;
}

TEST(RegisterSpills, OfAKernelOfThreeAreThreeForAnElementAloneAndOneForEachThatFollows) {
  RegisterSpills spills({axis_of(3, 1, 8), axis_of(3, 1, 8)}, 1);
  EXPECT_EQ(spills.element(0, 4, 3), 9);  // three rows of outputs, columns 2 to 4
  EXPECT_EQ(spills.element(0, 4, 4), 3);  // column 5 is new
  EXPECT_EQ(spills.element(0, 4, 4), 0);  // another channel tile of that position
  EXPECT_EQ(spills.element(0, 4, 7), 6);  // columns 6 and 7
  spills.begin_row();
  EXPECT_EQ(spills.element(0, 5, 3), 9);
}

TEST(RegisterSpills, AreTheOutputsThatAnyElementOfAnInputRowMeets) {
  EXPECT_TRUE(rc::check("of each row its own", [] {
    const auto any = [](int low, int high) { return *rc::gen::inRange(low, high + 1); };
    PassGeometry pass{axis_of(any(1, 5), any(1, 3), any(1, 9)),
                      axis_of(any(1, 5), any(1, 3), any(1, 12))};
    pass.columns.out_begin = any(0, pass.columns.out_end - 1);
    RegisterSpills spills(pass, 2);
    for (int h = 0; h < pass.rows.input; ++h) {
      if (!pass.rows.sends(h)) continue;
      spills.begin_row();
      std::set<std::pair<int, int>> met[2];
      std::int64_t counted = 0;
      for (int w = 0; w < pass.columns.input; ++w) {
        if (!pass.columns.sends(w)) continue;
        const std::vector<std::int32_t> values = {any(-1, 1), any(-1, 1)};
        counted += spills.elements(values, h, w);
        for (std::size_t row = 0; row < 2; ++row) {
          if (values[row] == 0) continue;
          for (int p = pass.rows.first_output(h); p <= pass.rows.last_output(h); ++p) {
            for (int q = pass.columns.first_output(w); q <= pass.columns.last_output(w); ++q) {
              met[row].insert({p, q});
            }
          }
        }
      }
      RC_ASSERT(counted == std::int64_t(met[0].size() + met[1].size()));
    }
  }));
}

}  // namespace
}  // namespace escalate
