#include "buffers/transaction/ring_timeline.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <vector>

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

TEST(RingTimeline, SendsEachEntryAsSoonAsItFitsAndNoSooner) {
  EXPECT_TRUE(rc::check("slots in use, counted cycle by cycle", [] {
    struct Sent {
      int chunks;
      std::int64_t start, freed;
    };
    const int capacity = *rc::gen::inRange(1, 12);
    RingTimeline ring(capacity);
    std::vector<Sent> sent;
    // Slots that entries before this one hold in cycle `t`: one freed at t is free from t+1.
    const auto used = [&](std::int64_t t) {
      int sum = 0;
      for (const Sent& one : sent) sum += t <= one.freed ? one.chunks : 0;
      return sum;
    };
    std::int64_t freed = -1;
    for (int i = *rc::gen::inRange(1, 40); i > 0; --i) {
      const int chunks = *rc::gen::inRange(1, capacity + 1);
      const std::int64_t space = ring.space_for(chunks);
      const std::int64_t earliest = sent.empty() ? 0 : sent.back().start;
      const std::int64_t start = std::max(space, earliest);
      RC_ASSERT(used(start) + chunks <= capacity);
      if (start > earliest) RC_ASSERT(used(start - 1) + chunks > capacity);
      const std::int64_t released = start + *rc::gen::inRange(0, 30);
      freed = std::max(freed, released);
      ring.add(chunks, released);
      sent.push_back({chunks, start, freed});
    }
  }));
}

}  // namespace
}  // namespace escalate
