#include "pe/transaction/line_sums.h"

#include <gtest/gtest.h>

#include "common/error.h"
#include "tests/pe/small_pass.h"

namespace escalate {
namespace {

constexpr std::int32_t kBefore = 1000;

// Adds the input rows [first, last) of the pass, however its mode wants it.
void add_rows(const SmallPass& pass, LineSums& sums, const PassGeometry& geometry, int first,
              int last) {
  for (int h = first; h < last; ++h) {
    for (int w = 0; w < SmallPass::kWidth; ++w) {
      if (!geometry.columns.sends(w)) continue;
      if (pass.rows->direct) {
        sums.add_activations(h, w, pass.buffer.data(pass.run.input.at(h, w)));
        continue;
      }
      for (const PassRows::Tile& tile : pass.rows->tiles) {
        std::vector<std::int32_t> elements;
        for (int row = 0; row < pass.rows->rows(); ++row) {
          elements.push_back(pass.element(row, h, w, tile));
        }
        sums.add_elements(h, w, elements.data());
      }
    }
  }
}

void expect_bank(const SmallPass& pass, int member, const OutputBank& bank, std::int32_t before) {
  const OutputMap& output = pass.run.output;
  for (int j = 0; j < output.channels_of_block(member); ++j) {
    for (int p = pass.group().out_begin; p < pass.group().out_end; ++p) {
      for (int q = output.column_begin; q < output.column_end; ++q) {
        const int word =
            (j * output.bank_rows + p - pass.group().out_begin) * output.columns() + q - 1;
        EXPECT_EQ(bank[std::size_t(word)], before + pass.output(2 * member + j, p, q));
      }
    }
  }
}

class LineSumsInMode : public testing::TestWithParam<bool> {};

TEST_P(LineSumsInMode, AreTheConvolutionOfTheTileAndGoToTheBanksOfTheirBlocks) {
  const SmallPass pass(GetParam());
  const PassGeometry geometry = geometry_of(pass.run.window, pass.run.output, pass.group());
  std::vector<std::int32_t> words;
  LineSums sums(words, pass.run, pass.group(), geometry, *pass.rows);
  add_rows(pass, sums, geometry, 0, SmallPass::kHeight);
  OutputBank first(18, kBefore), second(18, kBefore);
  EXPECT_EQ(sums.store(0, first), 18);
  EXPECT_EQ(sums.store(1, second), 9);
  expect_bank(pass, 0, first, 0);
  expect_bank(pass, 1, second, 0);
}

TEST_P(LineSumsInMode, AreAddedToTheBankIfThePassAccumulates) {
  SmallPass pass(GetParam());
  pass.run.accumulate = 1;
  const PassGeometry geometry = geometry_of(pass.run.window, pass.run.output, pass.group());
  std::vector<std::int32_t> words;
  LineSums sums(words, pass.run, pass.group(), geometry, *pass.rows);
  add_rows(pass, sums, geometry, 0, SmallPass::kHeight);
  OutputBank bank(18, kBefore);
  sums.store(0, bank);
  expect_bank(pass, 0, bank, kBefore);
}

TEST_P(LineSumsInMode, OfAPassThatIsNotFreshGoOnWithThoseOfThePassBefore) {
  SmallPass pass(GetParam());
  const PassGeometry geometry = geometry_of(pass.run.window, pass.run.output, pass.group());
  std::vector<std::int32_t> words;
  {
    LineSums sums(words, pass.run, pass.group(), geometry, *pass.rows);
    add_rows(pass, sums, geometry, 0, 2);
  }
  pass.run.fresh = 0;
  LineSums sums(words, pass.run, pass.group(), geometry, *pass.rows);
  add_rows(pass, sums, geometry, 2, SmallPass::kHeight);
  OutputBank bank(18, kBefore);
  sums.store(0, bank);
  expect_bank(pass, 0, bank, 0);
}

INSTANTIATE_TEST_SUITE_P(Modes, LineSumsInMode, testing::Bool(),
                         [](const auto& test) { return test.param ? "Direct" : "Decomposed"; });

TEST(LineSums, OfAnotherTileAreNoBeginning) {
  SmallPass pass;
  pass.run.fresh = 0;
  const PassGeometry geometry = geometry_of(pass.run.window, pass.run.output, pass.group());
  std::vector<std::int32_t> words(26, 0);
  EXPECT_THROW(LineSums(words, pass.run, pass.group(), geometry, *pass.rows), InternalError);
}

}  // namespace
}  // namespace escalate
