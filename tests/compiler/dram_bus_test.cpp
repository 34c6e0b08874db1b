#include "compiler/dram_bus.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <vector>

namespace escalate {
namespace {

TEST(DramBus, IsALoadsAloneWhileNothingIsStored) {
  DramBus bus;
  EXPECT_DOUBLE_EQ(bus.load(5, 10), 15);
  EXPECT_DOUBLE_EQ(bus.load(20, 1), 21);
}

TEST(DramBus, IsAStoresAloneWhileNothingIsLoaded) {
  DramBus bus;
  bus.store(5, 10);
  bus.store(6, 2);  // behind the first
  bus.store(40, 1);
  EXPECT_DOUBLE_EQ(bus.end_of_store(1), 17);
  EXPECT_DOUBLE_EQ(bus.end_of_store(0), 15);
  EXPECT_DOUBLE_EQ(bus.end_of_store(2), 41);
}

TEST(DramBus, IsSharedByALoadAndAStore) {
  DramBus bus;
  bus.store(0, 4);
  // Half of the bus until both have had four cycles, then all of it.
  EXPECT_DOUBLE_EQ(bus.load(0, 10), 14);
  EXPECT_DOUBLE_EQ(bus.end_of_store(0), 8);
}

TEST(DramBus, IsAloneALoadsUntilTheStoreBegins) {
  DramBus bus;
  bus.store(3, 10);
  EXPECT_DOUBLE_EQ(bus.load(0, 5), 7);  // three cycles, then two at half the rate
  EXPECT_DOUBLE_EQ(bus.end_of_store(0), 15);
}

// Transfers one behind the other, each way, in the order in which time goes.
TEST(DramBus, MovesEverythingInNoMoreThanItsTimeAndNoLessThanAShare) {
  EXPECT_TRUE(rc::check([] {
    DramBus bus;
    double loaded = 0, stored = 0, end = 0;
    std::size_t stores = 0;
    const int transfers = *rc::gen::inRange(1, 20);
    for (int i = 0; i < transfers; ++i) {
      const double cycles = *rc::gen::inRange(1, 30);
      if (*rc::gen::arbitrary<bool>()) {
        const double begin = end;
        end = bus.load(begin, cycles);
        RC_ASSERT(end >= begin + cycles - 1e-9);
        RC_ASSERT(end <= begin + 2 * cycles + stored + 1e-9);
        loaded += cycles;
      } else {
        bus.store(0, cycles);
        ++stores;
        stored += cycles;
      }
    }
    if (stores > 0) end = std::max(end, bus.end_of_store(stores - 1));
    RC_ASSERT(end <= loaded + stored + 1e-9);  // from 0 on the bus is never idle
    RC_ASSERT(end >= std::max(loaded, stored) - 1e-9);
  }));
}

}  // namespace
}  // namespace escalate
