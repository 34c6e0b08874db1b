#include "buffers/cycle/dma.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <vector>

#include "buffers/transaction/dma_engine.h"
#include "common/error.h"

namespace escalate {
namespace {

DmaConfig small_engine() {
  DmaConfig config;
  config.request_bytes = 100;
  config.outstanding = 2;
  return config;
}

std::int64_t begin(DmaClocked& engine, std::uint64_t address, std::uint64_t bytes) {
  const std::vector<DmaClocked::Transfer> transfers = {{address, bytes}};
  return engine.begin(transfers);
}

// A cycle in which DRAM accepts what is issued.
std::optional<DmaClocked::Request> cycle(DmaClocked& engine) {
  const auto request = engine.issue();
  if (request) engine.accept();
  engine.tick();
  return request;
}

TEST(DmaClocked, CutsATransferAtMultiplesOfTheRequestSize) {
  DmaClocked engine(small_engine());
  begin(engine, 250, 120);
  const auto first = cycle(engine);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->address, 250U);
  EXPECT_EQ(first->offset, 0U);
  EXPECT_EQ(first->bytes, 50U);
  EXPECT_FALSE(engine.is_free());
  const auto second = cycle(engine);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->address, 300U);
  EXPECT_EQ(second->offset, 50U);
  EXPECT_EQ(second->bytes, 70U);
  EXPECT_TRUE(engine.is_free());
  EXPECT_FALSE(cycle(engine));
}

TEST(DmaClocked, SeesAnAnswerInTheCycleAfterIt) {
  DmaClocked engine(small_engine());
  begin(engine, 0, 300);
  ASSERT_TRUE(cycle(engine));
  ASSERT_TRUE(cycle(engine));
  EXPECT_FALSE(engine.issue()) << "two are in flight";
  engine.answer(0);
  EXPECT_FALSE(engine.issue()) << "the answer is of this cycle";
  engine.tick();
  EXPECT_TRUE(engine.issue());
}

TEST(DmaClocked, WaitsUntilARequestIsAccepted) {
  DmaClocked engine(small_engine());
  begin(engine, 0, 200);
  ASSERT_TRUE(engine.issue());
  engine.tick();
  EXPECT_FALSE(engine.issue());
  engine.accept();
  engine.tick();
  EXPECT_TRUE(engine.issue());
}

TEST(DmaClocked, CompletesInOrderAndWithoutRequestsAtOnce) {
  DmaClocked engine(small_engine());
  EXPECT_EQ(begin(engine, 0, 0), 0);
  EXPECT_TRUE(engine.complete());
  EXPECT_EQ(begin(engine, 0, 100), 1);
  cycle(engine);
  EXPECT_EQ(begin(engine, 100, 100), 2);
  cycle(engine);
  engine.answer(2);
  engine.tick();
  EXPECT_FALSE(engine.complete()) << "2 is answered, but not 1";
  engine.answer(1);
  EXPECT_FALSE(engine.complete()) << "the answer is of this cycle";
  engine.tick();
  EXPECT_TRUE(engine.complete());
  EXPECT_TRUE(engine.complete());
  EXPECT_FALSE(engine.complete());
}

TEST(DmaClocked, RefusesWhatDramMayNotSay) {
  DmaClocked engine(small_engine());
  EXPECT_THROW(engine.accept(), InternalError);
  EXPECT_THROW(engine.answer(0), InternalError);
  begin(engine, 0, 200);
  EXPECT_THROW(begin(engine, 0, 1), InternalError);
  engine.issue();
  engine.answer(0);
  engine.answer(0);
  EXPECT_THROW(engine.tick(), InternalError);
}

// One engine of either kind, and a DRAM that says what it does at random.
class Lockstep {
 public:
  explicit Lockstep(const DmaConfig& config) : clocked_(config), engine_(config) {}

  void begin(Cycle now) {
    RC_ASSERT(clocked_.is_free() == engine_.all_issued(now));
    if (!clocked_.is_free() || *rc::gen::inRange(0, 4) == 0) return;
    std::vector<DmaClocked::Transfer> of_clocked;
    std::vector<DmaTransfer> of_engine;
    for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
      const auto address = std::uint64_t(*rc::gen::inRange(0, 2000));
      const auto bytes = std::size_t(*rc::gen::inRange(0, 700));
      of_clocked.push_back({address, bytes});
      of_engine.push_back({address, std::span(data_).first(bytes)});
    }
    RC_ASSERT(clocked_.begin(of_clocked) == engine_.start(of_engine, now));
  }

  void issue(Cycle now) {
    const auto request = clocked_.issue();
    RC_ASSERT(request.has_value() == (engine_.next_issue(now) == now));
    if (!request) return;
    const DmaRequest expected = engine_.issue(now);
    RC_ASSERT(request->address == expected.address);
    RC_ASSERT(request->bytes == expected.bytes.size());
    RC_ASSERT(request->instruction == expected.instruction);
    in_flight_.push_back(request->instruction);
    unaccepted_ = true;
  }

  void complete(Cycle now) {
    engine_.advance(now);
    while (clocked_.complete()) ++complete_;
    RC_ASSERT(complete_ == engine_.num_complete());
  }

  // Answers come in any order, that to an unaccepted request excepted.
  void hear(Cycle now) {
    if (unaccepted_ && *rc::gen::inRange(0, 3) > 0) {
      clocked_.accept();
      engine_.accept(now);
      unaccepted_ = false;
    }
    const int accepted = int(in_flight_.size()) - (unaccepted_ ? 1 : 0);
    for (int left = accepted; left > 0 && *rc::gen::inRange(0, 3) == 0; --left) {
      const int which = *rc::gen::inRange(0, left);
      clocked_.answer(in_flight_[std::size_t(which)]);
      engine_.respond(in_flight_[std::size_t(which)], now);
      in_flight_.erase(in_flight_.begin() + which);
    }
    clocked_.tick();
  }

 private:
  DmaClocked clocked_;
  DmaEngine engine_;
  std::vector<std::uint8_t> data_ = std::vector<std::uint8_t>(1000);
  std::vector<std::int64_t> in_flight_;
  bool unaccepted_ = false;
  std::int64_t complete_ = 0;
};

TEST(DmaClocked, EqualsTheOtherCoreInEveryCycleWhateverDramSays) {
  EXPECT_TRUE(rc::check("both cores agree", [] {
    DmaConfig config;
    config.request_bytes = *rc::gen::element(64, 100, 256);
    config.outstanding = *rc::gen::inRange(1, 6);
    Lockstep both(config);
    for (Cycle now = 0; now < 200; ++now) {
      both.begin(now);
      both.issue(now);
      both.complete(now);
      both.hear(now);
    }
  }));
}

}  // namespace
}  // namespace escalate
