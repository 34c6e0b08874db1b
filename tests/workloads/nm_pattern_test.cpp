#include "workloads/nm_pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

TEST(NmPattern, IsReadFromTwoNumbers) {
  EXPECT_EQ(parse_nm_pattern("2:4"), (NmPattern{2, 4}));
  EXPECT_EQ(parse_nm_pattern("1:1"), (NmPattern{1, 1}));
  EXPECT_EQ(parse_nm_pattern("4:16").density(), 0.25);
  for (const char* text : {"", "2", "2:", ":4", "0:4", "5:4", "2:17", "2:4x", "-1:4", "2/4"}) {
    EXPECT_USER_ERROR(parse_nm_pattern(text), testing::HasSubstr("such as 2:4"));
  }
}

TEST(NmPattern, LeavesAsManyPlacesOfEachGroupAsItSays) {
  EXPECT_TRUE(rc::check("groups", [] {
    const int channels = *rc::gen::inRange(1, 20);
    const int taps = *rc::gen::inRange(1, 10);
    const int filters = *rc::gen::inRange(1, 5);
    const int group = *rc::gen::inRange(1, 9);
    const NmPattern pattern{*rc::gen::inRange(1, group + 1), group};
    std::vector<std::int8_t> weights(std::size_t(filters * channels * taps), 1);
    keep_pattern(weights, channels, taps, pattern, *rc::gen::arbitrary<std::uint64_t>());
    for (int k = 0; k < filters; ++k) {
      for (int tap = 0; tap < taps; ++tap) {
        for (int first = 0; first < channels; first += group) {
          const int last = std::min(first + group, channels);
          int left = 0;
          for (int c = first; c < last; ++c) {
            left += weights[std::size_t((k * channels + c) * taps + tap)];
          }
          RC_ASSERT(left == std::min(pattern.kept, last - first));
        }
      }
    }
  }));
}

TEST(NmPattern, LeavesEveryPlaceOfAGroupAboutAsOften) {
  std::vector<std::int8_t> weights(4 * 10000, 1);
  keep_pattern(weights, 40000, 1, {2, 4}, 7);
  int at[4] = {};
  for (std::size_t i = 0; i < weights.size(); ++i) at[i % 4] += weights[i];
  for (const int left : at) EXPECT_NEAR(left, 5000, 200);
}

}  // namespace
}  // namespace escalate
