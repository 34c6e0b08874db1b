#include "pe/transaction/pick_check.h"

#include <gtest/gtest.h>

#include "tests/pe/small_pass.h"

namespace escalate {
namespace {

class Selector : public PickSelector {
 public:
  explicit Selector(int channel) : channel_(channel) {}
  bool is_checked(int image, int k, int h, int w) const override {
    EXPECT_EQ(image, 0);
    EXPECT_EQ(h, 2);
    return k == channel_ && w == 3;
  }

 private:
  int channel_;
};

// How many elements of row 2 differ from their dot products after the check of one of them.
int changed_by(const PickOptions& options, std::int64_t& mismatches) {
  const SmallPass pass;
  const std::vector<int> columns = {1, 2, 3, 4, 5, 6};
  PassInput input(pass.machine, pass.buffer, pass.run, *pass.rows);
  PassValues values(*pass.rows, pass.run.input.position_stride, best_host_simd());
  input.read_row(2, columns);
  values.compute_row(input, columns);
  PickCheck check(pass.machine, options, best_host_simd());
  check.check_row(pass.run.output, *pass.rows, 2, columns, input, values);
  mismatches = check.mismatches();
  int changed = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    for (int t = 0; t < 2; ++t) {
      for (int row = 0; row < pass.rows->rows(); ++row) {
        const std::int32_t element =
            pass.element(row, 2, columns[i], pass.rows->tiles[std::size_t(t)]);
        if (values.elements(i, t)[std::size_t(row)] != element) ++changed;
      }
    }
  }
  return changed;
}

TEST(PickCheck, ThePicksOfAnElementSumUpToItsValue) {
  const Selector selector(11);
  std::int64_t mismatches = -1;
  EXPECT_EQ(changed_by({&selector, -1}, mismatches), 0);
  EXPECT_EQ(mismatches, 0);
}

TEST(PickCheck, ALostPickChangesTheElementAndIsCounted) {
  const Selector selector(11);
  std::int64_t mismatches = -1;
  EXPECT_EQ(changed_by({&selector, 3}, mismatches), 1);
  EXPECT_EQ(mismatches, 1);
}

TEST(PickCheck, WhatIsNotSelectedHasNoPicks) {
  const Selector other(9);  // no channel of the pass
  std::int64_t mismatches = -1;
  EXPECT_EQ(changed_by({&other, 0}, mismatches), 0);
  EXPECT_EQ(changed_by({nullptr, 0}, mismatches), 0);
  EXPECT_EQ(mismatches, 0);
}

}  // namespace
}  // namespace escalate
