// The controller's registers, by hand (docs/microarchitecture.md, section 13).
#include "model/cycle/streams.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/error.h"

namespace escalate::cycle {
namespace {

using testing::HasSubstr;

constexpr std::uint8_t bit(Stream stream) { return std::uint8_t(1 << StreamTimes::index(stream)); }

class StreamsClockedTest : public testing::Test {
 protected:
  void add(Stream stream, Operation operation, std::uint8_t waits, std::uint8_t signals) {
    code_[StreamTimes::index(stream)].push_back({std::move(operation), waits, signals});
  }
  void begin_layer() {
    std::array<std::span<const Instruction>, kNumStreams> code;
    for (std::size_t s = 0; s < kNumStreams; ++s) code[s] = code_[s];
    streams_.begin_layer(layer_, code);
  }
  bool issues(Stream stream, Cycle now) { return streams_.issue(stream, now) != nullptr; }

  LayerCode layer_;
  std::array<std::vector<Instruction>, kNumStreams> code_;
  StreamsClocked streams_;
};

TEST_F(StreamsClockedTest, TakeASignalInTheCycleAfterItsInstructionWasComplete) {
  add(Stream::kLoad, LoadTile{}, 0, bit(Stream::kCompute));
  add(Stream::kCompute, escalate::Run{}, bit(Stream::kLoad), 0);
  begin_layer();
  EXPECT_TRUE(issues(Stream::kLoad, 0));
  EXPECT_FALSE(issues(Stream::kCompute, 0));
  EXPECT_EQ(streams_.waits_for(Stream::kCompute), int(Stream::kLoad));
  // Complete in cycle 6, which the controller hears in cycle 7.
  streams_.complete(Stream::kLoad, 1, 7);
  EXPECT_TRUE(issues(Stream::kCompute, 7));
  EXPECT_EQ(streams_.waits_for(Stream::kCompute), -1);
  EXPECT_FALSE(streams_.all_complete());
  streams_.complete(Stream::kCompute, 1, 21);
  EXPECT_TRUE(streams_.all_complete());
  EXPECT_EQ(streams_.times().completed(Stream::kLoad), 6);
  EXPECT_EQ(streams_.times().completed(Stream::kCompute), 20);
  EXPECT_EQ(streams_.times().completed(Stream::kStore), -1);
  ASSERT_EQ(streams_.times().executed.size(), 2U);
  EXPECT_EQ(streams_.times().executed[1].begin, 7);
  EXPECT_EQ(streams_.times().executed[1].complete, 20);
}

TEST_F(StreamsClockedTest, CountSignalsAndTakeOneEach) {
  for (int i = 0; i < 2; ++i) add(Stream::kLoad, LoadTile{}, 0, bit(Stream::kCompute));
  for (int i = 0; i < 3; ++i) add(Stream::kCompute, escalate::Run{}, bit(Stream::kLoad), 0);
  begin_layer();
  EXPECT_TRUE(issues(Stream::kLoad, 0));
  EXPECT_TRUE(issues(Stream::kLoad, 1));
  EXPECT_FALSE(issues(Stream::kLoad, 2)) << "none is left";
  streams_.complete(Stream::kLoad, 2, 5);
  EXPECT_TRUE(issues(Stream::kCompute, 5));
  EXPECT_TRUE(issues(Stream::kCompute, 6));
  EXPECT_FALSE(issues(Stream::kCompute, 7));
  EXPECT_EQ(streams_.in_flight(Stream::kCompute), 2);
  EXPECT_EQ(streams_.in_flight(), 2);
}

TEST_F(StreamsClockedTest, ChargeACycleOfWaitingToTheFirstStreamWhoseSignalIsMissing) {
  add(Stream::kLoad, LoadTile{}, 0, bit(Stream::kCompute));
  add(Stream::kPost, Fill{}, 0, bit(Stream::kCompute));
  add(Stream::kCompute, escalate::Run{}, std::uint8_t(bit(Stream::kLoad) | bit(Stream::kPost)), 0);
  begin_layer();
  issues(Stream::kLoad, 0);
  issues(Stream::kPost, 0);
  for (Cycle now = 0; now < 4; ++now) EXPECT_FALSE(issues(Stream::kCompute, now));
  streams_.complete(Stream::kLoad, 1, 4);
  for (Cycle now = 4; now < 6; ++now) EXPECT_FALSE(issues(Stream::kCompute, now));
  streams_.complete(Stream::kPost, 1, 6);
  EXPECT_TRUE(issues(Stream::kCompute, 6));
  EXPECT_EQ(streams_.times().compute_waited(Stream::kLoad), 4);
  EXPECT_EQ(streams_.times().compute_waited(Stream::kPost), 2);
}

TEST_F(StreamsClockedTest, SayWhereEachStreamStands) {
  add(Stream::kCompute, escalate::Run{}, bit(Stream::kPost), 0);
  begin_layer();
  issues(Stream::kCompute, 0);
  EXPECT_THAT(streams_.describe(Stream::kCompute),
              HasSubstr("0 of 1 instructions begun, 0 complete, 'run' waits for a signal of post"));
  EXPECT_THROW(streams_.complete(Stream::kCompute, 1, 1), InternalError);
}

}  // namespace
}  // namespace escalate::cycle
