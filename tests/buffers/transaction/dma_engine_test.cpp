#include "buffers/transaction/dma_engine.h"

#include <gtest/gtest.h>

#include "common/error.h"

namespace escalate {
namespace {

DmaConfig small_engine() {
  DmaConfig config;
  config.request_bytes = 100;
  config.outstanding = 2;
  return config;
}

class DmaEngineTest : public testing::Test {
 protected:
  std::int64_t start(std::uint64_t address, std::size_t bytes, Cycle now) {
    const std::vector<DmaTransfer> transfers = {{address, std::span(buffer_).first(bytes)}};
    return engine_.start(transfers, now);
  }
  DmaRequest issue(Cycle now) {
    const DmaRequest request = engine_.issue(now);
    engine_.accept(now);
    return request;
  }

  std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(10'000);
  DmaEngine engine_{small_engine()};
};

TEST_F(DmaEngineTest, CutsATransferAtMultiplesOfTheRequestSize) {
  start(250, 120, 0);
  const DmaRequest first = issue(0);
  EXPECT_EQ(first.address, 250u);
  EXPECT_EQ(first.bytes.data(), buffer_.data());
  EXPECT_EQ(first.bytes.size(), 50u);
  const DmaRequest second = issue(1);
  EXPECT_EQ(second.address, 300u);
  EXPECT_EQ(second.bytes.data(), buffer_.data() + 50);
  EXPECT_EQ(second.bytes.size(), 70u);
  EXPECT_FALSE(engine_.all_issued(1));
  EXPECT_TRUE(engine_.all_issued(2));
}

TEST_F(DmaEngineTest, IssuesOneRequestACycleAndSeesAnAnswerInTheNextCycle) {
  start(0, 300, 5);
  issue(5);
  EXPECT_EQ(engine_.next_issue(5), 6);
  EXPECT_THROW(engine_.issue(5), InternalError);
  issue(6);
  EXPECT_EQ(engine_.next_issue(7), std::nullopt);
  engine_.respond(0, 9);
  EXPECT_EQ(engine_.next_issue(9), 10);
  EXPECT_THROW(engine_.issue(9), InternalError);
  issue(10);
}

TEST_F(DmaEngineTest, WaitsForTheLastAnswerWhateverTheirOrder) {
  start(0, 200, 0);
  issue(0);
  issue(1);
  engine_.respond(0, 20);
  EXPECT_FALSE(engine_.is_complete(0, 30));
  engine_.respond(0, 10);
  engine_.advance(20);
  EXPECT_FALSE(engine_.is_complete(0, 20));
  EXPECT_EQ(engine_.next_event(20), 21);
  engine_.advance(21);
  EXPECT_EQ(engine_.num_complete(), 1);
  EXPECT_TRUE(engine_.idle(21));
}

TEST_F(DmaEngineTest, CompletesInstructionsInOrder) {
  start(0, 100, 0);
  start(0, 100, 0);
  start(0, 0, 3);
  issue(0);
  issue(1);
  engine_.respond(1, 5);
  EXPECT_FALSE(engine_.is_complete(1, 100));
  EXPECT_FALSE(engine_.is_complete(2, 100));
  engine_.respond(0, 8);
  EXPECT_FALSE(engine_.is_complete(2, 8));
  EXPECT_TRUE(engine_.is_complete(2, 9));
}

TEST_F(DmaEngineTest, RefusesAnswersThatNobodyWaitsFor) {
  start(0, 100, 0);
  EXPECT_THROW(engine_.respond(0, 0), InternalError);
  issue(0);
  engine_.respond(0, 3);
  EXPECT_THROW(engine_.respond(0, 3), InternalError);
  EXPECT_THROW(engine_.accept(3), InternalError);
}

}  // namespace
}  // namespace escalate
