#include "pe/transaction/group_pass.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "machine/segments.h"
#include "tests/pe/small_pass.h"

namespace escalate {
namespace {

// A block that writes down what it is told, and has room from a cycle on.
class Block : public BlockLink {
 public:
  explicit Block(Cycle space) : space_(space) {}
  void begin_pass(const Run&, int, int number, Cycle cycle, int first_chunks) override {
    ++passes;
    member = number;
    begin = cycle;
    announced.push_back(first_chunks);
  }
  Cycle space() const override { return space_; }
  void deliver(const NetworkEntry& entry, const RowElements& elements) override {
    take(entry, elements.size());
  }
  void deliver_direct(const NetworkEntry& entry, std::span<const TakenActivations> taken) override {
    take(entry, taken.size());
  }
  Cycle end_pass() override { return space_ + 500; }

  int passes = 0;
  Cycle begin = -1;
  int member = -1;
  std::vector<int> announced;  // chunks of each next entry
  std::vector<BlockEntry> entries;
  std::vector<std::vector<std::uint8_t>> bytes;
  std::vector<std::size_t> num_elements;

 private:
  void take(const NetworkEntry& entry, std::size_t elements) {
    entries.push_back(entry.entry);
    bytes.emplace_back(entry.bytes.begin(), entry.bytes.end());
    announced.push_back(entry.next_chunks);
    num_elements.push_back(elements);
  }
  Cycle space_;
};

class GroupPasses : public testing::TestWithParam<bool> {
 protected:
  GroupPasses()
      : pattern_(ConcentratorPattern::parse(pass_.machine.ca.pattern)),
        network_(pass_.machine),
        picks_(pass_.machine, {}, best_host_simd()),
        group_(
            {pass_.machine, pattern_, best_host_simd(), pass_.buffer, network_, picks_, counters_},
            pass_.run, 0, pass_.rows, sums_, blocks_, 100) {}

  void send_all() {
    while (!group_.ended()) group_.send();
  }

  SmallPass pass_{GetParam()};
  ConcentratorPattern pattern_;
  MulticastTimeline network_;
  PickCheck picks_;
  MachineCounters counters_;
  std::vector<std::int32_t> sums_;
  Block first_{0}, second_{150};
  std::vector<BlockLink*> blocks_ = {&first_, &second_};
  GroupPass group_;
};

TEST_P(GroupPasses, TellEachBlockItsPlaceInThePass) {
  for (const Block* block : {&first_, &second_}) {
    EXPECT_EQ(block->passes, 1);
    EXPECT_EQ(block->begin, 100);
  }
  EXPECT_EQ(first_.member, 0);
  EXPECT_EQ(second_.member, 1);
}

TEST_P(GroupPasses, AnnounceTheChunksOfEachNextEntry) {
  send_all();
  ASSERT_EQ(first_.announced.size(), first_.entries.size() + 1);
  for (std::size_t i = 0; i < first_.entries.size(); ++i) {
    EXPECT_EQ(first_.announced[i], first_.entries[i].chunks);
  }
  EXPECT_EQ(first_.announced.back(), 0);
}

TEST_P(GroupPasses, SendTheBytesOfEachEntry) {
  send_all();
  for (std::size_t i = 0; i < first_.entries.size(); ++i) {
    const BlockEntry& entry = first_.entries[i];
    const PassRows::Tile& tile = pass_.rows->tiles[i % 2];
    const std::int8_t* data =
        pass_.buffer.data(pass_.run.input.at(entry.h, entry.w)) + tile.first_channel;
    const auto expected = pack_segment(1, tile.channels, [&](int) { return data; });
    EXPECT_TRUE(std::equal(first_.bytes[i].begin(), first_.bytes[i].end(), expected.begin(),
                           expected.end()));
  }
}

TEST_P(GroupPasses, SendEachEntryToAllBlocksInOneCycleWhenAllHaveRoom) {
  send_all();
  ASSERT_EQ(first_.entries.size(), 5U * 6 * 2);
  ASSERT_EQ(second_.entries.size(), first_.entries.size());
  Cycle before = 150;
  for (std::size_t i = 0; i < first_.entries.size(); ++i) {
    const BlockEntry& entry = first_.entries[i];
    EXPECT_EQ(entry.h, int(i) / 12);
    EXPECT_EQ(entry.w, 1 + int(i) / 2 % 6);
    EXPECT_EQ(entry.line_end, i % 12 == 11);
    EXPECT_EQ(entry.chunks, i % 2 == 0 ? 2 : 1);
    EXPECT_GT(entry.visible, before);
    EXPECT_EQ(entry.visible, second_.entries[i].visible);
    const std::size_t terms = std::size_t(pass_.run.output.terms);
    EXPECT_EQ(first_.num_elements[i], 2 * terms);
    EXPECT_EQ(second_.num_elements[i], terms);
    before = entry.visible;
  }
  EXPECT_EQ(group_.end(), 650);
  EXPECT_EQ(counters_.entries_sent, 60);
}

TEST_P(GroupPasses, LeaveTheConvolutionInTheOutputBanks) {
  send_all();
  OutputBank first(18), second(18);
  group_.store(std::vector<OutputBank*>{&first, &second});
  for (int k = 0; k < SmallPass::kOutputs; ++k) {
    const OutputBank& bank = k < 2 ? first : second;
    for (int p = 1; p < 4; ++p) {
      for (int q = 1; q < 4; ++q) {
        EXPECT_EQ(bank[std::size_t((k % 2 * 3 + p - 1) * 3 + q - 1)], pass_.output(k, p, q));
      }
    }
  }
  EXPECT_EQ(counters_.output_words_written, 27);
}

INSTANTIATE_TEST_SUITE_P(Modes, GroupPasses, testing::Bool(),
                         [](const auto& test) { return test.param ? "Direct" : "Decomposed"; });

}  // namespace
}  // namespace escalate
