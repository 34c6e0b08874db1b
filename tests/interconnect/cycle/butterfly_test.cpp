#include "interconnect/cycle/butterfly.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "common/random.h"

namespace escalate {
namespace {

// Bit by bit, by definition.
std::uint64_t gather_by_definition(std::uint64_t data, std::uint64_t control) {
  std::uint64_t packed = 0;
  int next = 0;
  for (int bit = 0; bit < 64; ++bit) {
    if ((control >> bit & 1) == 0) continue;
    packed |= (data >> bit & 1) << next;
    ++next;
  }
  return packed;
}

std::uint64_t lines_of(int width) { return ~std::uint64_t{0} >> (64 - width); }

TEST(InverseButterfly, GathersEveryWordUnderEveryControlUpToEightLines) {
  for (const int width : {2, 4, 8}) {
    InverseButterfly butterfly(width);
    for (std::uint64_t control = 0; control <= lines_of(width); ++control) {
      butterfly.set(control);
      for (std::uint64_t data = 0; data <= lines_of(width); ++data) {
        ASSERT_EQ(butterfly.gather(data), gather_by_definition(data, control))
            << width << " lines, control " << control << ", data " << data;
      }
    }
  }
}

// A network of switches moves each line on its own, so words of one bit stand for all.
TEST(InverseButterfly, BringsEachSelectedLineToItsRankForEveryControlOfSixteenLines) {
  InverseButterfly butterfly(16);
  for (std::uint64_t control = 0; control <= lines_of(16); ++control) {
    butterfly.set(control);
    for (int line = 0; line < 16; ++line) {
      const std::uint64_t data = std::uint64_t{1} << line;
      ASSERT_EQ(butterfly.gather(data), gather_by_definition(data, control)) << control;
    }
  }
}

TEST(InverseButterfly, GathersRandomWordsOfThirtyTwoAndSixtyFourLines) {
  EXPECT_TRUE(rc::check("equal to the definition", [] {
    const int width = *rc::gen::element(32, 64);
    Random random(*rc::gen::arbitrary<std::uint64_t>());
    const std::uint64_t control = random() & random() & lines_of(width);
    const std::uint64_t data = random() & lines_of(width);
    InverseButterfly butterfly(width);
    butterfly.set(control);
    RC_ASSERT(butterfly.gather(data) == gather_by_definition(data, control));
    butterfly.set(~control & lines_of(width));
    RC_ASSERT(butterfly.gather(data) == gather_by_definition(data, ~control & lines_of(width)));
  }));
}

TEST(InverseButterfly, HasOneStageForEachDoublingAndNeverLosesALine) {
  InverseButterfly butterfly(64);
  ASSERT_EQ(butterfly.num_stages(), 6);
  butterfly.set(0xf0f0123456789abc);
  for (int stage = 0; stage < 6; ++stage) {
    const std::uint64_t upper = butterfly.crossing(stage) << (1 << stage);
    EXPECT_EQ(butterfly.crossing(stage) & upper, 0u) << "a line has one switch a stage";
    EXPECT_EQ(std::popcount(butterfly.pass_stage(stage, 0x123456789abcdef0)),
              std::popcount(std::uint64_t{0x123456789abcdef0}))
        << "switches only swap";
  }
}

}  // namespace
}  // namespace escalate
