#include "compiler/synchronize.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>
#include <utility>

#include "compiler/accesses.h"
#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

using testing::HasSubstr;

using Pass = Run;  // in a test, Run is GoogleTest's
using Streams = std::array<std::vector<Instruction>, kNumStreams>;

constexpr int kLoad = int(Stream::kLoad), kCompute = int(Stream::kCompute),
              kPost = int(Stream::kPost), kStore = int(Stream::kStore);

std::array<std::vector<Progress>, kNumStreams> progress_of(const Streams& streams) {
  std::array<std::span<const Instruction>, kNumStreams> spans;
  for (int s = 0; s < kNumStreams; ++s) spans[std::size_t(s)] = streams[std::size_t(s)];
  return progress_at_begin(spans);
}

std::uint8_t bits(std::initializer_list<int> streams) {
  std::uint8_t set = 0;
  for (const int s : streams) set |= std::uint8_t(1u << s);
  return set;
}

LoadTile load(std::int32_t base) {
  SegmentBox box;
  box.stride = box.width = box.channels = box.segment_columns = box.segment_channels = 1;
  box.row_end = box.column_group_end = box.channel_group_end = 1;
  return {box, {base, 0, 0}};
}
StoreTile store(std::int32_t base) {
  StoreTile tile;
  tile.segments = load(base).segments;
  tile.segments.dram = tile.segments.directory = 1000 + base;
  tile.region = {base, 0, 0};
  return tile;
}
Pass pass(std::int32_t base, int bank) {
  Pass op;
  op.input = {base, 0, 0};
  op.output.bank = bank;
  op.output.groups = {{0, 1, 0, 1, 0, 1}};
  return op;
}
Drain drain(std::int32_t base, int bank) {
  Drain op;
  op.destination = {base, 0, 0};
  op.output = pass(0, bank).output;
  return op;
}

TEST(Synchronize, JoinsEachInstructionWithTheYoungestOneThatItNeeds) {
  const std::vector<Instruction> list = {
      {load(1), 3, 3},     {load(2), 0, 0},  {pass(1, 0), 0, 0}, {pass(2, 1), 0, 0},
      {drain(3, 1), 0, 0}, {store(3), 0, 0}, {load(1), 0, 0}};
  const Streams streams = synchronize(list);
  const auto& loads = streams[kLoad];
  const auto& passes = streams[kCompute];
  ASSERT_EQ(loads.size(), 3u);
  ASSERT_EQ(passes.size(), 2u);
  EXPECT_EQ(passes[0], (Instruction{pass(1, 0), bits({kLoad}), bits({kLoad})}));
  EXPECT_EQ(passes[1], (Instruction{pass(2, 1), bits({kLoad}), bits({kPost})}));
  EXPECT_EQ(loads[0], (Instruction{load(1), 0, bits({kCompute})}));
  EXPECT_EQ(loads[1], (Instruction{load(2), 0, bits({kCompute})}));
  // The place is loaded again when the first pass has read it.
  EXPECT_EQ(loads[2], (Instruction{load(1), bits({kCompute}), 0}));
  EXPECT_EQ(streams[kPost],
            (std::vector<Instruction>{{drain(3, 1), bits({kCompute}), bits({kStore})}}));
  EXPECT_EQ(streams[kStore], (std::vector<Instruction>{{store(3), bits({kPost}), 0}}));
}

TEST(Synchronize, WaitsForNothingThatIsKnownToBeComplete) {
  // Both passes read what the first load brought; the second need not wait for it again.
  const Streams streams = synchronize(
      std::vector<Instruction>{{load(1), 0, 0}, {pass(1, 0), 0, 0}, {pass(1, 1), 0, 0}});
  EXPECT_EQ(streams[kCompute][0].waits, bits({kLoad}));
  EXPECT_EQ(streams[kCompute][1].waits, 0);
  EXPECT_EQ(streams[kLoad][0].signals, bits({kCompute}));
}

TEST(Synchronize, KnowsWhatTheOneThatItWaitsForHasWaitedFor) {
  // The drain waits for the pass, which has waited for the load: what the fill overwrites is free.
  const Streams streams = synchronize(std::vector<Instruction>{
      {load(1), 0, 0}, {pass(1, 0), 0, 0}, {drain(3, 0), 0, 0}, {Fill{{1, 0, 0}, 1, 1, 1}, 0, 0}});
  EXPECT_EQ(streams[kCompute][0].waits, bits({kLoad}));
  EXPECT_EQ(streams[kPost][0].waits, bits({kCompute}));
  EXPECT_EQ(streams[kPost][1].waits, 0);
}

// ---- properties

Operation random_operation() {
  const int at = *rc::gen::inRange(0, 6);
  switch (*rc::gen::inRange(0, 9)) {
    case 0:
      return load(at);
    case 1:
      return store(at);
    case 2:
      return pass(at, *rc::gen::inRange(0, 2));
    case 3:
      return drain(at, *rc::gen::inRange(0, 2));
    case 4:
      return LoadParameters{0, *rc::gen::inRange(0, 2), 1};
    case 5:
      return LoadTable{0, *rc::gen::inRange(0, 2)};
    case 6:
      return LoadSlopedParameters{0, *rc::gen::inRange(0, 2), 1};
    case 7: {
      Pool lookup;
      lookup.table = *rc::gen::inRange(-1, 2);
      return lookup;
    }
    default:
      return Fill{{at, 0, 0}, 1, 1, 1};
  }
}

std::vector<Instruction> random_list() {
  std::vector<Instruction> list;
  const int size = *rc::gen::inRange(0, 25);
  for (int i = 0; i < size; ++i) list.push_back({random_operation(), 0, 0});
  return list;
}

bool conflict(const Instruction& a, const Instruction& b) {
  for (const Access& left : accesses_of(a)) {
    for (const Access& right : accesses_of(b)) {
      if (left.conflicts(right)) return true;
    }
  }
  return false;
}

TEST(Synchronize, KeepsTheOrderOfEveryConflict) {
  EXPECT_TRUE(rc::check([] {
    const std::vector<Instruction> list = random_list();
    const Streams streams = synchronize(list);
    const auto progress = progress_of(streams);
    std::array<int, kNumStreams> next{};
    std::vector<std::pair<int, int>> places;
    for (const Instruction& instruction : list) {
      const int s = int(instruction.stream());
      const int index = next[std::size_t(s)]++;
      RC_ASSERT(streams[std::size_t(s)].at(std::size_t(index)).operation == instruction.operation);
      places.emplace_back(s, index);
    }
    for (std::size_t later = 0; later < list.size(); ++later) {
      for (std::size_t earlier = 0; earlier < later; ++earlier) {
        const auto [stream, index] = places[earlier];
        const auto [own, own_index] = places[later];
        if (stream == own || !conflict(list[earlier], list[later])) continue;
        RC_ASSERT(progress[std::size_t(own)][std::size_t(own_index)][std::size_t(stream)] > index);
      }
    }
  }));
}

/// What must be complete when an instruction begins, by a search backwards through all that must
/// have happened: beginnings and ends, joined by streams and semaphores.
class Before {
 public:
  explicit Before(const Streams& streams) : streams_(streams) {}

  Progress of(int stream, int index) {
    complete_ = {};
    seen_.clear();
    begin(stream, index);
    return complete_;
  }

 private:
  void begin(int stream, int index) {
    if (!seen_.insert({stream, index}).second) return;
    if (index > 0) begin(stream, index - 1);
    for (int from = 0; from < kNumStreams; ++from) {
      if ((at(stream, index).waits >> from & 1) == 0) continue;
      int number = 0;  // of the wait among those of its stream for `from`
      for (int i = 0; i < index; ++i) number += at(stream, i).waits >> from & 1;
      for (int i = 0;; ++i) {
        if ((at(from, i).signals >> stream & 1) == 0 || number-- > 0) continue;
        complete_[std::size_t(from)] = std::max(complete_[std::size_t(from)], i + 1);
        begin(from, i);
        break;
      }
    }
  }
  const Instruction& at(int stream, int index) const {
    return streams_[std::size_t(stream)].at(std::size_t(index));
  }

  const Streams& streams_;
  Progress complete_{};
  std::set<std::pair<int, int>> seen_;
};

TEST(Progress, IsAllThatMustHaveHappenedBefore) {
  EXPECT_TRUE(rc::check([] {
    const Streams streams = synchronize(random_list());
    const auto progress = progress_of(streams);
    Before before(streams);
    for (int s = 0; s < kNumStreams; ++s) {
      RC_ASSERT(progress[std::size_t(s)].size() == streams[std::size_t(s)].size());
      for (int i = 0; i < int(streams[std::size_t(s)].size()); ++i) {
        RC_ASSERT(progress[std::size_t(s)][std::size_t(i)] == before.of(s, i));
      }
    }
  }));
}

TEST(Progress, NeedsTheSignalThatAnInstructionWaitsFor) {
  Streams streams;
  streams[kLoad] = {{load(1), 0, 0}, {load(2), bits({kPost}), 0}};
  EXPECT_USER_ERROR(progress_of(streams),
                    HasSubstr("load instruction 1 waits for a signal that never comes"));
  // The signal comes, but only after the one that waits for it.
  streams[kPost] = {{Fill{}, bits({kLoad}), bits({kLoad})}};
  streams[kLoad].push_back({load(3), 0, bits({kPost})});
  EXPECT_USER_ERROR(progress_of(streams), HasSubstr("never comes"));
  streams[kLoad][0].signals = bits({kPost});
  streams[kLoad][2].signals = 0;
  EXPECT_EQ(progress_of(streams)[kLoad][1], (Progress{1, 0, 1, 0}));
}

TEST(Progress, LeavesNoSignalOver) {
  Streams streams;
  streams[kStore] = {{store(1), 0, bits({kCompute})}};
  EXPECT_USER_ERROR(progress_of(streams), HasSubstr("a signal from store to compute is left over"));
}

}  // namespace
}  // namespace escalate
