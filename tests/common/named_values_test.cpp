#include "common/named_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "machine/counters.h"

namespace escalate {
namespace {

using testing::ElementsAre;

TEST(NamedValues, KeepTheOrderInWhichTheyWereNamed) {
  NamedCounts counts = {{"b", 1}, {"a", 2}};
  counts["c"] += 3;
  counts["b"] += 4;
  EXPECT_THAT(counts.names(), ElementsAre("b", "a", "c"));
  EXPECT_EQ(counts.value_of("b"), 5);
  EXPECT_EQ(counts.value_of("none"), 0);
  EXPECT_EQ(counts.find("none"), nullptr);
  EXPECT_EQ(counts.sum(), 10);
}

TEST(NamedValues, AreAddedByName) {
  NamedCounts counts = {{"a", 1}};
  counts.add({{"b", 2}, {"a", 3}});
  EXPECT_EQ(counts, (NamedCounts{{"a", 4}, {"b", 2}}));
}

TEST(NamedValues, TakeTheCountersOfAFieldTable) {
  MachineCounters counters;
  counters.macs = 7;
  const NamedCounts counts = named_counts(counters);
  EXPECT_EQ(counts.value_of("macs"), 7);
  EXPECT_TRUE(counts.contains("passes"));
}

}  // namespace
}  // namespace escalate
