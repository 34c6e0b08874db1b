#include "interconnect/cycle/registered_fifo.h"

#include <gtest/gtest.h>

namespace escalate {
namespace {

TEST(RegisteredFifo, ShowsAPushInTheNextCycleOnly) {
  RegisteredFifo<int> fifo(2);
  fifo.push(7);
  EXPECT_EQ(fifo.size(), 0);
  fifo.clock();
  ASSERT_EQ(fifo.size(), 1);
  EXPECT_EQ(fifo.front(), 7);
}

TEST(RegisteredFifo, FreesAPoppedPlaceInTheNextCycleOnly) {
  RegisteredFifo<int> fifo(1);
  fifo.push(1);
  fifo.clock();
  fifo.pop();
  EXPECT_FALSE(fifo.has_room());
  EXPECT_THROW(fifo.push(2), InternalError);
  fifo.clock();
  EXPECT_TRUE(fifo.has_room());
}

TEST(RegisteredFifo, KeepsTheOrderRoundItsEnd) {
  RegisteredFifo<int> fifo(3);
  int pushed = 0;
  int popped = 0;
  for (int cycle = 0; cycle < 20; ++cycle) {
    if (fifo.size() > 0) {
      EXPECT_EQ(fifo.front(), popped++);
      fifo.pop();
    }
    if (fifo.has_room()) fifo.push(pushed++);
    fifo.clock();
  }
  EXPECT_GT(popped, 15) << "three places let one item through a cycle";
}

TEST(RegisteredFifo, RefusesToReadOrPopWhatIsNotThere) {
  RegisteredFifo<int> fifo(1);
  EXPECT_THROW(fifo.front(), InternalError);
  EXPECT_THROW(fifo.pop(), InternalError);
}

}  // namespace
}  // namespace escalate
