#include "pe/transaction/pass_elements.h"

#include <gtest/gtest.h>

#include <bit>
#include <numeric>

#include "pe/transaction/pass_input.h"
#include "pe/transaction/pass_values.h"
#include "tests/pe/small_pass.h"

namespace escalate {
namespace {

PassElements elements_of(const SmallPass& pass) {
  return {pass.machine, ConcentratorPattern::parse(pass.machine.ca.pattern), best_host_simd(),
          pass.run.output, *pass.rows};
}

// PE rows of a block, slice by slice: output channel by output channel, term by term.
int row_of(const SmallPass& pass, int member, int number) {
  const int terms = pass.run.output.terms;
  return number % terms * SmallPass::kOutputs + 2 * member + number / terms;
}

int sum_of(std::span<const std::uint16_t> values) {
  return std::accumulate(values.begin(), values.end(), 0);
}

TEST(PassElements, AreThoseOfTheBatchInTheOrderOfThePeRows) {
  const SmallPass pass;
  PassElements elements = elements_of(pass);
  const std::vector<int> columns = {1, 2, 3, 4, 5, 6};
  PassInput input(pass.machine, pass.buffer, pass.run, *pass.rows);
  PassValues values(*pass.rows, pass.run.input.position_stride, best_host_simd());
  input.read_row(2, columns);
  values.compute_row(input, columns);
  int with_spans = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const PassRows::Tile& tile = pass.rows->tiles[0];
    elements.make(tile, input.maps(i, 0), values.elements(i, 0));
    for (int member = 0; member < 2; ++member) {
      const auto made = elements.elements(member);
      ASSERT_EQ(made.size(), member == 0 ? 4U : 2U);
      for (int number = 0; number < int(made.size()); ++number) {
        const auto at = std::size_t(number);
        const int row = row_of(pass, member, number);
        const ElementSteps steps = elements.batch()[row];
        EXPECT_EQ(made.not_zero[at] == 0, values.elements(i, 0)[std::size_t(row)] == 0);
        EXPECT_EQ(made.step_bases(at) == 0, tile.skips[std::size_t(row)]);
        if (made.step_bases(at) != 0) {
          EXPECT_EQ(std::popcount(made.step_bases(at)), steps.steps);
          EXPECT_EQ(sum_of(elements.chunk_slots()), steps.slots);
          continue;
        }
        ++with_spans;
        const ElementSpans& spans = made.spans[at];
        EXPECT_EQ(spans.slots.size(), tile.masks.visited(row).size());
        EXPECT_EQ(sum_of(spans.slots), steps.slots);
        EXPECT_EQ(int(spans.step_ends.size()), steps.steps);
        EXPECT_EQ(spans.step_ends.back(), steps.rows);
      }
    }
  }
  EXPECT_GT(with_spans, 0);
}

TEST(PassElements, TakeTheActivationsThatMeetAKernelChunkByChunk) {
  const SmallPass pass(true);
  PassElements elements = elements_of(pass);
  const std::vector<int> columns = {3};
  PassInput input(pass.machine, pass.buffer, pass.run, *pass.rows);
  input.read_row(1, columns);
  for (int t = 0; t < 2; ++t) {
    const PassRows::Tile& tile = pass.rows->tiles[std::size_t(t)];
    elements.take(tile, input.maps(0, t));
    EXPECT_EQ(elements.taken().size(), 3U);
    for (int member = 0; member < 2; ++member) {
      const auto taken = elements.taken(member);
      ASSERT_EQ(taken.size(), member == 0 ? 2U : 1U);
      for (int number = 0; number < int(taken.size()); ++number) {
        const int k = 2 * member + number;
        int matched = 0;
        for (int c = tile.first_channel; c < tile.first_channel + tile.channels; ++c) {
          bool meets = false;
          for (int tap = 0; tap < SmallPass::kTaps; ++tap) meets |= pass.weight(k, c, tap) != 0;
          matched += meets && pass.activation(1, 3, c) != 0 ? 1 : 0;
        }
        EXPECT_EQ(sum_of(taken[std::size_t(number)]), matched);
        EXPECT_EQ(taken[std::size_t(number)].size(), tile.masks.visited(k).size());
      }
    }
  }
}

}  // namespace
}  // namespace escalate
