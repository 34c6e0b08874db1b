// A user's concentrator in the library's machine.
#include "escalate/concentrator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "escalate/escalate.h"
#include "pe/transaction/concentrator.h"

namespace esc {
namespace {

using testing::HasSubstr;

constexpr const char* kLayer = "C=96,K=16,R=3,H=9,density=0.4";

/// The machine's own, one element at a time.
class OursAgain : public Concentrator {
 public:
  explicit OursAgain(const ConcentratorParameters& machine)
      : lanes_(machine.lanes), pattern_(escalate::ConcentratorPattern::parse(machine.pattern)) {}

  void run(const std::uint64_t* rows, int num_rows, std::vector<int>& retired) override {
    const int slots = num_rows * lanes_;
    std::vector<std::uint64_t> words(std::size_t(slots) / 64 + 1, 0);
    for (int r = 0; r < num_rows; ++r) {
      for (int lane = 0; lane < lanes_; ++lane) {
        const int slot = r * lanes_ + lane;
        words[std::size_t(slot / 64)] |= (rows[r] >> lane & 1) << (slot % 64);
      }
    }
    escalate::concentrate(
        pattern_, lanes_, words.data(), slots, [](const escalate::SlotPick&) {},
        [&](int before, int after) { retired.push_back(after - before); });
  }

 private:
  int lanes_;
  escalate::ConcentratorPattern pattern_;
};

/// Retires the same number of rows in each step.
class Fixed : public Concentrator {
 public:
  explicit Fixed(int rows) : rows_(rows) {}
  void run(const std::uint64_t*, int num_rows, std::vector<int>& retired) override {
    for (int left = num_rows; left > 0; left -= rows_) retired.push_back(rows_);
  }

 private:
  int rows_;
};

SimulateOptions with(
    std::function<std::unique_ptr<Concentrator>(const ConcentratorParameters&)> make) {
  SimulateOptions options;
  options.make_concentrator = std::move(make);
  return options;
}

SimulateOptions fixed(int rows) {
  return with([rows](const ConcentratorParameters&) { return std::make_unique<Fixed>(rows); });
}

TEST(LibraryConcentrator, OfTheSameStepsTakesTheSameCycles) {
  // With one lane, an element has more slot rows than a word has bits.
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"16", kLayer}, {"5", kLayer}, {"1", "C=200,K=4,R=3,H=5,density=0.4,activation_density=0.9"}};
  for (const auto& [lanes, layer] : cases) {
    Machine machine;
    machine.set("ca.lanes", lanes).set("ca.slot_queue_rows", "80");
    const Network network = Network::from_layer(layer);
    const Result ours = simulate(network, machine);
    const Result again = simulate(network, machine, Images(), with([](const auto& parameters) {
                                    return std::make_unique<OursAgain>(parameters);
                                  }));
    EXPECT_EQ(again.cycles(), ours.cycles()) << lanes;
    EXPECT_EQ(again.energy_j(), ours.energy_j()) << lanes;
    EXPECT_EQ(again.outputs()[0].values, ours.outputs()[0].values) << lanes;
  }
}

TEST(LibraryConcentrator, OfOneRowAStepIsSlower) {
  Machine machine;
  machine.set("ca.lanes", "4").set("ca.slot_queue_rows", "24");
  const Network network = Network::from_layer(kLayer);
  const Result ours = simulate(network, machine);
  const Result slower = simulate(network, machine, Images(), fixed(1));
  EXPECT_GT(slower.cycles(), ours.cycles());
  EXPECT_EQ(slower.outputs()[0].values, ours.outputs()[0].values);
}

std::string error_of(const SimulateOptions& options) {
  try {
    simulate(Network::from_layer(kLayer), Machine(), Images(), options);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::kUser);
    return error.what();
  }
  return "no error";
}

TEST(LibraryConcentrator, ThatDoesNotAddUpIsToldSo) {
  EXPECT_THAT(error_of(fixed(60)), HasSubstr("retires 60 slot rows in a step, expected 1 to 4"));
  class Idle : public Concentrator {
    void run(const std::uint64_t*, int, std::vector<int>&) override {}
  };
  EXPECT_THAT(
      error_of(with([](const ConcentratorParameters&) { return std::make_unique<Idle>(); })),
      HasSubstr("retires 0 of the"));
  EXPECT_THAT(error_of(with([](const ConcentratorParameters&) { return nullptr; })),
              HasSubstr("make_concentrator"));
  SimulateOptions cycle = fixed(1);
  cycle.view = View::kCycle;
  EXPECT_THAT(error_of(cycle), HasSubstr("transaction view"));
}

}  // namespace
}  // namespace esc
