#include "workloads/nm_groups.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>

namespace escalate {
namespace {

/// Filters, channels, taps and a pattern, with weights of few different magnitudes.
struct Case {
  int filters, channels, taps;
  NmPattern pattern;
  std::vector<float> values;
};

Case random_case() {
  const int group = *rc::gen::inRange(1, 9);
  Case made{*rc::gen::inRange(1, 5),
            *rc::gen::inRange(1, 20),
            *rc::gen::inRange(1, 10),
            {*rc::gen::inRange(1, group + 1), group},
            {}};
  for (int i = 0; i < made.filters * made.channels * made.taps; ++i) {
    made.values.push_back(float(*rc::gen::inRange(-5, 6)));
  }
  return made;
}

std::size_t place(const Case& made, int k, int c, int tap) {
  return std::size_t((k * made.channels + c) * made.taps + tap);
}

TEST(NmGroups, AreAllPlacesOnceAndInOrder) {
  EXPECT_TRUE(rc::check("groups", [] {
    const Case made = random_case();
    std::vector<int> visits(made.values.size(), 0);
    for_each_group(made.values.size(), made.channels, made.taps, made.pattern,
                   [&](const std::vector<std::size_t>& places) {
                     RC_ASSERT(!places.empty() && int(places.size()) <= made.pattern.group);
                     for (std::size_t i = 0; i < places.size(); ++i) {
                       ++visits[places[i]];
                       RC_ASSERT(places[i] == places[0] + i * std::size_t(made.taps));
                     }
                   });
    for (const int count : visits) RC_ASSERT(count == 1);
  }));
}

TEST(NmGroups, KeepTheLargestMagnitudesOfEach) {
  EXPECT_TRUE(rc::check("largest", [] {
    const Case made = random_case();
    const std::vector<bool> kept =
        largest_of_groups(made.values, made.channels, made.taps, made.pattern);
    for (int k = 0; k < made.filters; ++k) {
      for (int tap = 0; tap < made.taps; ++tap) {
        for (int c = 0; c < made.channels; ++c) {
          const int first = c / made.pattern.group * made.pattern.group;
          const int last = std::min(first + made.pattern.group, made.channels);
          const float own = std::abs(made.values[place(made, k, c, tap)]);
          int before = 0;  // of its group that are larger, or as large and of a lower channel
          for (int other = first; other < last; ++other) {
            const float magnitude = std::abs(made.values[place(made, k, other, tap)]);
            if (magnitude > own || (magnitude == own && other < c)) ++before;
          }
          RC_ASSERT(kept[place(made, k, c, tap)] == (before < made.pattern.kept));
        }
      }
    }
  }));
}

TEST(NmGroups, OfValuesThatArePrunedKeepToThePattern) {
  EXPECT_TRUE(rc::check("keeps to", [] {
    Case made = random_case();
    const std::vector<bool> kept =
        largest_of_groups(made.values, made.channels, made.taps, made.pattern);
    for (std::size_t i = 0; i < kept.size(); ++i) {
      if (!kept[i]) made.values[i] = 0;
    }
    RC_ASSERT(keeps_to(made.values, made.channels, made.taps, made.pattern));
    // A group of all others would have one too many.
    std::vector<float> full(made.values.size(), 1.0f);
    const bool fits = made.pattern.kept >= std::min(made.pattern.group, made.channels);
    RC_ASSERT(keeps_to(full, made.channels, made.taps, made.pattern) == fits);
  }));
}

TEST(NmGroups, LieAlongTheChannelsOfATap) {
  // Two channels of two taps: [c0 t0, c0 t1, c1 t0, c1 t1].
  EXPECT_EQ(largest_of_groups(std::vector<float>{1, -5, -2, 4}, 2, 2, {1, 2}),
            (std::vector<bool>{false, true, true, false}));
  EXPECT_TRUE(keeps_to(std::vector<int>{0, 5, 2, 0}, 2, 2, {1, 2}));
  EXPECT_FALSE(keeps_to(std::vector<int>{3, 5, 2, 0}, 2, 2, {1, 2}));
}

TEST(NmGroups, TakeTheBitsCountedByHand) {
  // 3 filters x 2 groups x 9 taps x 2 kept, of 8 bits and 2 for the place.
  EXPECT_EQ(nm_bits(3, 8, 9, {2, 4}, 8), 3 * 2 * 9 * 2 * (8 + 2));
  // The last group has one channel of four, and so one value.
  EXPECT_EQ(nm_bits(1, 5, 1, {2, 4}, 8), (2 + 1) * (8 + 2));
  EXPECT_EQ(nm_bits(1, 7, 1, {2, 4}, 8), (2 + 2) * (8 + 2));
  // Two of eight ternary coefficients: 2 bits and 3 for the place; of five, 3 as well.
  EXPECT_EQ(nm_bits(10, 16, 1, {2, 8}, 2), 10 * 2 * 2 * (2 + 3));
  EXPECT_EQ(nm_bits(1, 5, 1, {1, 5}, 2), 2 + 3);
  // Nothing is left out: there are no places to tell.
  EXPECT_EQ(nm_bits(2, 3, 1, {1, 1}, 8), 2 * 3 * 8);
}

TEST(NmGroups, AreThereInLayersOfAsManyChannels) {
  EXPECT_TRUE(has_groups(4, {2, 4}));
  EXPECT_FALSE(has_groups(3, {2, 4}));
  EXPECT_EQ(text_of(NmPattern{2, 4}), "2:4");
}

}  // namespace
}  // namespace escalate
