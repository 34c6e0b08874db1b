#include "buffers/cycle/ring.h"

#include <gtest/gtest.h>

#include "common/error.h"

namespace escalate {
namespace {

std::shared_ptr<const Entry> entry_of(int chunks) {
  return std::make_shared<const Entry>(
      make_entry(std::vector<std::int8_t>(std::size_t(8 * chunks), 1), 8));
}

MachineConfig machine_with(int chunks) {
  MachineConfig machine;
  machine.ring.chunks = chunks;
  return machine;
}

void send(RingClocked& ring, int chunks, std::vector<bool> reads, bool at_once = false) {
  ring.reserve(chunks);
  ring.write(entry_of(chunks), 0, std::move(reads), at_once);
}

TEST(RingClocked, ShowsAnEntryInTheCycleAfterItsWrite) {
  RingClocked ring(machine_with(4), 1);
  send(ring, 2, {true});
  EXPECT_EQ(ring.front(0), nullptr);
  ring.clock();
  ASSERT_NE(ring.front(0), nullptr);
  EXPECT_EQ(ring.free_chunks(), 2);
}

TEST(RingClocked, FreesAnEntryWhenTheLastReaderHasReleasedIt) {
  RingClocked ring(machine_with(4), 2);
  send(ring, 2, {true, true});
  ring.clock();
  ring.release(1);
  ring.clock();
  EXPECT_EQ(ring.front(1), nullptr) << "no reader reads an entry twice";
  EXPECT_EQ(ring.free_chunks(), 2);
  ring.release(0);
  EXPECT_EQ(ring.free_chunks(), 2) << "free from the next cycle on";
  ring.clock();
  EXPECT_EQ(ring.free_chunks(), 4);
}

TEST(RingClocked, FreesEntriesInOrder) {
  RingClocked ring(machine_with(4), 2);
  send(ring, 1, {true, false}, true);
  send(ring, 1, {false, true}, true);
  ASSERT_NE(ring.front(1), nullptr) << "an entry of others is not in front of a reader";
  ring.release(1);
  ring.clock();
  EXPECT_EQ(ring.free_chunks(), 2);
  ring.release(0);
  ring.clock();
  EXPECT_EQ(ring.free_chunks(), 4);
}

TEST(RingClocked, FreesAnEntryThatNobodyReadsAsSoonAsItIsVisible) {
  RingClocked ring(machine_with(4), 1);
  send(ring, 1, {false});
  ring.clock();
  EXPECT_EQ(ring.free_chunks(), 3);
  ring.clock();
  EXPECT_EQ(ring.free_chunks(), 4);
}

TEST(RingClocked, RefusesWhatHasNoRoom) {
  RingClocked ring(machine_with(4), 1);
  EXPECT_THROW(ring.reserve(5), InternalError);
  EXPECT_THROW(ring.write(entry_of(1), 0, {true}, false), InternalError);
}

}  // namespace
}  // namespace escalate
