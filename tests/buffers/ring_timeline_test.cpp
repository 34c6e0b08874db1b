#include "buffers/ring_timeline.h"

#include <gtest/gtest.h>

namespace escalate {
namespace {

TEST(RingTimeline, HasRoomFromTheStartUntilItIsFull) {
  RingTimeline ring(4);
  EXPECT_EQ(ring.space_for(4), 0);
  ring.add(2, 10);
  EXPECT_EQ(ring.space_for(2), 0);
  ring.add(2, 20);
  EXPECT_EQ(ring.space_for(2), 11);  // released at 10: free from 11
}

TEST(RingTimeline, FreesEntriesInOrder) {
  RingTimeline ring(4);
  ring.add(2, 30);
  ring.add(2, 20);  // waits for the entry before it
  EXPECT_EQ(ring.space_for(4), 31);
}

TEST(RingTimeline, RefusesAnEntryThatCannotFit) {
  RingTimeline ring(4);
  EXPECT_THROW(ring.space_for(5), InternalError);
}

}  // namespace
}  // namespace escalate
