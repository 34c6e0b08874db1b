#include "pe/transaction/concentrator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <random>
#include <vector>

#include "pe/transaction/ca_batch.h"
#include "pe/transaction/dilution.h"
#include "tests/pe/concentrator_reference.h"
#include "tests/support/print_host_simd.h"

namespace escalate {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;

std::vector<SlotOffset> parsed(const char* text) {
  const auto pattern = ConcentratorPattern::parse(text);
  return {pattern.offsets().begin(), pattern.offsets().end()};
}

std::string parse_error(const char* text) {
  try {
    ConcentratorPattern::parse(text, {"machine.yaml", 7, "concentrator"});
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(ConcentratorPattern, ReadsTheNamedFormsAndLists) {
  EXPECT_THAT(parsed("L<3,2>"), ElementsAre(SlotOffset{1, 0}, SlotOffset{2, 0}, SlotOffset{3, 0},
                                            SlotOffset{1, -1}, SlotOffset{1, -2}));
  EXPECT_THAT(parsed("T<2,5>"),
              ElementsAre(SlotOffset{1, 0}, SlotOffset{2, 0}, SlotOffset{1, 1}, SlotOffset{1, -1},
                          SlotOffset{2, 2}, SlotOffset{2, -2}, SlotOffset{1, 3}));
  EXPECT_THAT(parsed("(1,0), (2,+3),(1,-1)"),
              ElementsAre(SlotOffset{1, 0}, SlotOffset{2, 3}, SlotOffset{1, -1}));
  EXPECT_THAT(parsed("L<0,0>"), ElementsAre());
  EXPECT_EQ(ConcentratorPattern::parse("L<7,0>").look_ahead(), 7);
  EXPECT_EQ(ConcentratorPattern::parse("T<2,5>").look_ahead(), 2);
}

TEST(ConcentratorPattern, ReadsBackWhatItPrints) {
  for (const char* text : {"L<0,0>", "L<3,2>", "T<2,5>", "(7,-63),(1,63)"}) {
    const auto pattern = ConcentratorPattern::parse(text);
    EXPECT_EQ(ConcentratorPattern::parse(pattern.to_string()), pattern) << text;
  }
}

TEST(ConcentratorPattern, RejectsAnythingElseNamingThePlaceAndTheForms) {
  for (const char* text :
       {"", "L", "L<3>", "L<3,2", "L<8,0>", "L<-1,0>", "L<0,1>", "L<1,64>", "T<2,4>", "(0,1)",
        "(8,0)", "(1,64)", "(1,0),(1,0)", "(1,0),", "(1,0)x", "(a,0)", "l<3,2>"}) {
    const std::string error = parse_error(text);
    EXPECT_THAT(error, HasSubstr("machine.yaml:7")) << text;
    EXPECT_THAT(error, HasSubstr("expected a concentrator pattern")) << text;
  }
}

TEST(Concentrator, FollowsAHandComputedElementToTheStep) {
  // Four lanes, L<1,1>: own slot, the slot below, then the slot below of the lane to the left.
  //   row 0: lanes 0 1        row 1: lanes 0 1        row 2: lane 3       row 3: empty
  // Step 0: lanes 0, 1 take their own; lane 2 takes row 1's lane 1 by look-aside; row 1's lane 0
  // would go to lane 1, which is busy: it stays. Only row 0 retires.
  // Step 1 (base 1): lane 0 its own, lane 3 the one below: rows 1 and 2 retire.
  // Step 2 (base 3): nothing left in the last row.
  const std::uint64_t mask = 0b0000'1000'0011'0011;
  std::vector<SlotPick> picks;
  std::vector<std::pair<int, int>> steps;
  const int count = concentrate(
      ConcentratorPattern::parse("L<1,1>"), 4, &mask, 16,
      [&](const SlotPick& pick) { picks.push_back(pick); },
      [&](int before, int after) { steps.emplace_back(before, after); });
  EXPECT_EQ(count, 3);
  EXPECT_THAT(steps, ElementsAre(std::pair(0, 1), std::pair(1, 3), std::pair(3, 4)));
  ASSERT_EQ(picks.size(), 5u);
  const auto is = [](const SlotPick& p, int step, int lane, int row, int slot_lane) {
    return p.step == step && p.lane == lane && p.slot_row == row && p.slot_lane == slot_lane;
  };
  EXPECT_TRUE(is(picks[0], 0, 0, 0, 0));
  EXPECT_TRUE(is(picks[1], 0, 1, 0, 1));
  EXPECT_TRUE(is(picks[2], 0, 2, 1, 1));
  EXPECT_TRUE(is(picks[3], 1, 0, 1, 0));
  EXPECT_TRUE(is(picks[4], 1, 3, 2, 3));
}

TEST(Concentrator, RetiresAtMostItsWindowOfEmptyRowsInAStep) {
  const std::vector<std::uint64_t> mask(3, 0);  // 192 slots, no match
  std::vector<int> bases;
  const int steps = concentrate(
      ConcentratorPattern::parse("L<3,2>"), 16, mask.data(), 9 * 16, [](const SlotPick&) {},
      [&](int, int to) { bases.push_back(to); });
  EXPECT_EQ(steps, 3);
  EXPECT_THAT(bases, ElementsAre(4, 8, 9));
}

TEST(Concentrator, GivesAnElementWithoutSlotsOneStep) {
  const int steps = concentrate(
      ConcentratorPattern::parse("L<3,2>"), 16, nullptr, 0, [](const SlotPick&) { FAIL(); },
      [](int, int) {});
  EXPECT_EQ(steps, 1);
}

// A random pattern: named ones often, as they have kernels of their own.
ConcentratorPattern random_pattern(std::mt19937_64& random, int lanes) {
  switch (random() % 5) {
    case 0:
      return ConcentratorPattern::parse("L<3,2>");
    case 1:
      return ConcentratorPattern::parse("T<2,5>");
    case 2:
      return ConcentratorPattern::parse("L<" + std::to_string(1 + random() % 7) + "," +
                                        std::to_string(random() % 4) + ">");
    case 3:
      return {};
    default: {
      std::string text;
      std::vector<SlotOffset> used;
      const int reach = std::min(63, 2 * lanes);  // beyond the lanes too: offsets are modulo lanes
      for (int i = 0, n = 1 + int(random() % 12); i < n; ++i) {
        const SlotOffset offset{int(1 + random() % 7), int(random() % (2 * reach + 1)) - reach};
        if (std::find(used.begin(), used.end(), offset) != used.end()) continue;
        used.push_back(offset);
        text += (text.empty() ? "(" : ",(") + std::to_string(offset.row) + "," +
                std::to_string(offset.lane) + ")";
      }
      return ConcentratorPattern::parse(text);
    }
  }
}

std::uint64_t random_word(std::mt19937_64& random, double density, int width) {
  std::uint64_t word = 0;
  for (int bit = 0; bit < width; ++bit) {
    if (double(random() % 10000) < density * 10000) word |= 1ull << bit;
  }
  return word;
}

BitString random_bits(std::mt19937_64& random, int size, double density) {
  BitString bits;
  for (int left = size; left > 0; left -= 64) {
    bits.append(random_word(random, density, std::min(left, 64)), std::min(left, 64));
  }
  return bits;
}

TEST(Concentrator, EqualsTheLaneByLaneReferencePickByPick) {
  std::mt19937_64 random(11);
  for (int trial = 0; trial < 4000; ++trial) {
    const int lanes = trial % 3 == 0 ? 16 : 1 + int(random() % 64);
    const auto pattern = random_pattern(random, lanes);
    const double density = double(random() % 101) / 100;
    const auto mask = random_bits(random, int(random() % 400), density);
    const auto expected = reference_concentrate(pattern, lanes, mask);
    ReferenceRun run;
    const int steps = concentrate(
        pattern, lanes, mask.words(), mask.size(),
        [&](const SlotPick& p) {
          run.picks.push_back({p.step, p.lane, p.slot_row, p.slot_lane});
        },
        [&](int before, int after) { run.steps.emplace_back(before, after); });
    ASSERT_EQ(run.steps, expected.steps) << lanes << " lanes, " << pattern.to_string();
    ASSERT_EQ(run.picks, expected.picks) << lanes << " lanes, " << pattern.to_string();
    ASSERT_EQ(steps, int(expected.steps.size()));
  }
}

// One entry and a tile of rows, with chunks of zero coefficients among them.
struct RandomTile {
  RandomTile(std::mt19937_64& random, int num_chunks, int width, double activation,
             double coefficient)
      : tile(num_chunks, width) {
    for (int c = 0; c < num_chunks; ++c) {
      entry.push_back(random_word(random, random() % 8 == 0 ? random() % 2 : activation, width));
    }
    const int num_rows = 1 + int(random() % 40);
    for (int r = 0; r < num_rows; ++r) {
      std::vector<std::uint64_t> maps, signs;
      const bool sparse = random() % 2 == 0;
      for (int c = 0; c < num_chunks; ++c) {
        const bool zero = sparse && random() % 3 == 0;
        maps.push_back(zero ? 0 : random_word(random, coefficient, width));
        signs.push_back(maps.back() & random());
      }
      tile.add_row(maps, signs);
    }
  }

  std::vector<std::uint64_t> entry;
  CoefficientTile tile;
};

class BatchOnEachHostSimd : public testing::TestWithParam<HostSimd> {};

INSTANTIATE_TEST_SUITE_P(CaBatch, BatchOnEachHostSimd, testing::ValuesIn(available_host_simd()),
                         [](const auto& test) {
                           std::string name(to_string(test.param));
                           std::erase(name, '+');
                           return name;
                         });

TEST_P(BatchOnEachHostSimd, EqualsTheLaneByLaneReferenceForEveryElement) {
  std::mt19937_64 random(23);
  for (int trial = 0; trial < 300; ++trial) {
    const int lanes = trial % 3 == 0 ? 16 : 1 + int(random() % 64);
    const auto pattern = random_pattern(random, lanes);
    CaBatch batch(lanes, pattern, GetParam());
    CaBatchResult result;
    // One engine sees entries of several sizes: nothing may be left over from the last.
    for (int reuse = 0; reuse < 3; ++reuse) {
      const int width = random() % 2 == 0 ? 64 : 1 + int(random() % 64);
      const RandomTile data(random, 1 + int(random() % 9), width, double(random() % 101) / 100,
                            double(random() % 101) / 100);
      batch.load(data.entry);
      batch.run(data.tile, result);
      for (int row = 0; row < data.tile.num_rows(); ++row) {
        const auto element = reference_dilute(data.entry, data.tile, row);
        const auto expected = reference_concentrate(pattern, lanes, element);
        const int rows = std::max(1, (element.size() + lanes - 1) / lanes);
        const ElementSteps steps = {element.size(), rows, int(expected.picks.size()),
                                    int(expected.steps.size())};
        ASSERT_EQ(result[row], steps) << lanes << " lanes, " << pattern.to_string();
        std::vector<std::pair<int, int>> seen;
        const int count =
            result.for_each_step(row, [&](int from, int to) { seen.emplace_back(from, to); });
        ASSERT_EQ(seen, expected.steps) << lanes << " lanes, " << pattern.to_string();
        ASSERT_EQ(count, int(expected.steps.size()));
      }
    }
  }
}

TEST_P(BatchOnEachHostSimd, HandlesEntriesOfManySlotRows) {
  std::mt19937_64 random(5);
  for (const int lanes : {1, 3, 16, 17, 64}) {
    const auto pattern = ConcentratorPattern::parse("L<3,2>");
    CaBatch batch(lanes, pattern, GetParam());
    const RandomTile data(random, 40, 64, 0.7, 0.1);
    batch.load(data.entry);
    CaBatchResult result;
    batch.run(data.tile, result);
    for (int row = 0; row < data.tile.num_rows(); ++row) {
      DilutedElement element;
      dilute(data.entry, data.tile, row, GetParam(), element);
      std::vector<int> expected, seen;
      concentrate(
          pattern, lanes, element.active.words(), element.slots(), [](const SlotPick&) {},
          [&](int, int to) { expected.push_back(to); });
      result.for_each_step(row, [&](int, int to) { seen.push_back(to); });
      ASSERT_THAT(seen, ElementsAreArray(expected)) << lanes << " lanes, row " << row;
    }
  }
}

TEST_P(BatchOnEachHostSimd, ComputesOnlyTheBlocksItIsAskedFor) {
  std::mt19937_64 random(3);
  RandomTile data(random, 4, 64, 0.4, 0.2);
  while (data.tile.num_blocks() < 3) {
    const std::vector<std::uint64_t> maps = {1, 2, 3, 4}, signs(4, 0);
    data.tile.add_row(maps, signs);
  }
  CaBatch batch(16, ConcentratorPattern::parse("L<3,2>"), GetParam());
  batch.load(data.entry);
  CaBatchResult whole, parts;
  batch.run(data.tile, whole);
  for (const int block : {2, 0, 1}) batch.run(data.tile, block, block + 1, parts);
  for (int row = 0; row < data.tile.num_rows(); ++row) {
    EXPECT_EQ(parts[row], whole[row]);
    EXPECT_EQ(parts.bases[row], whole.bases[row]);
  }
}

TEST(Dilution, EqualsTheSlotBySlotReference) {
  std::mt19937_64 random(17);
  for (int trial = 0; trial < 200; ++trial) {
    const RandomTile data(random, 1 + int(random() % 9), 64, 0.5, 0.3);
    for (int row = 0; row < data.tile.num_rows(); ++row) {
      for (const auto set : available_host_simd()) {
        DilutedElement element;
        dilute(data.entry, data.tile, row, set, element);
        int slot = 0;
        std::size_t visit = 0;
        for (int chunk = 0; chunk < data.tile.num_chunks(); ++chunk) {
          if (data.tile.map(row, chunk) == 0) continue;
          ASSERT_EQ(element.chunk_begin.at(visit++), slot);
          for (int channel = 0; channel < 64; ++channel) {
            if ((data.entry[chunk] >> channel & 1) == 0) continue;
            ASSERT_EQ(element.active[slot], (data.tile.map(row, chunk) >> channel & 1) != 0);
            ASSERT_EQ(element.negative[slot], (data.tile.sign(row, chunk) >> channel & 1) != 0);
            ++slot;
          }
        }
        ASSERT_EQ(element.slots(), slot);
        ASSERT_EQ(element.chunk_begin.size(), visit);
      }
    }
  }
}

TEST(ConcentratorLaws, StepsLieBetweenTheirBounds) {
  EXPECT_TRUE(rc::check([](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const int lanes = 1 + int(random() % 64);
    const auto pattern = random_pattern(random, lanes);
    CaBatch batch(lanes, pattern);
    const RandomTile data(random, 1 + int(random() % 8), 64, double(random() % 101) / 100,
                          double(random() % 101) / 100);
    batch.load(data.entry);
    CaBatchResult result;
    batch.run(data.tile, result);
    for (int row = 0; row < data.tile.num_rows(); ++row) {
      const ElementSteps element = result[row];
      const int window = 1 + pattern.look_ahead();
      RC_ASSERT(element.steps <= element.rows);
      RC_ASSERT(element.steps * window >= element.rows);
      RC_ASSERT(element.steps * lanes >= element.matches);
    }
  }));
}

TEST(ConcentratorLaws, EveryMatchIsTakenOnce) {
  EXPECT_TRUE(rc::check([](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const int lanes = 1 + int(random() % 64);
    const auto mask = random_bits(random, int(random() % 700), double(random() % 101) / 100);
    std::vector<int> taken(mask.size(), 0);
    concentrate(
        random_pattern(random, lanes), lanes, mask.words(), mask.size(),
        [&](const SlotPick& p) { ++taken.at(p.slot_row * lanes + p.slot_lane); }, [](int, int) {});
    for (int slot = 0; slot < mask.size(); ++slot) {
      RC_ASSERT(taken[slot] == int(mask[slot]));
    }
  }));
}

TEST(ConcentratorLaws, PicksWithTheirSignsAddUpToTheDotProduct) {
  EXPECT_TRUE(rc::check([](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const int chunks = 1 + int(random() % 6);
    const int lanes = 1 + int(random() % 64);
    std::vector<int> activations, packed;
    std::vector<std::uint64_t> entry(chunks);
    std::vector<std::int8_t> coefficients;
    const auto zero_of_four = random() % 4;
    for (int channel = 0; channel < chunks * 64; ++channel) {
      const bool zero_chunk = seed % 3 == 0 && channel / 64 % 2 == 0;
      activations.push_back(random() % 4 < zero_of_four ? 0 : int(random() % 256) - 128);
      coefficients.push_back(zero_chunk ? 0 : std::int8_t(int(random() % 3) - 1));
      if (activations.back() != 0) entry[channel / 64] |= 1ull << (channel % 64);
    }
    CoefficientTile tile(chunks, 64);
    tile.add_row(coefficients);
    int expected = 0, pairs = 0;
    for (int channel = 0; channel < chunks * 64; ++channel) {
      expected += activations[channel] * coefficients[channel];
      pairs += activations[channel] != 0 && coefficients[channel] != 0;
      const bool visited = tile.map(0, channel / 64) != 0;
      if (visited && activations[channel] != 0) packed.push_back(activations[channel]);
    }
    DilutedElement element;
    dilute(entry, tile, 0, best_host_simd(), element);
    RC_ASSERT(element.slots() == int(packed.size()));
    int sum = 0, additions = 0;
    concentrate(
        random_pattern(random, lanes), lanes, element.active.words(), element.slots(),
        [&](const SlotPick& pick) {
          const int slot = pick.slot_row * lanes + pick.slot_lane;
          sum += element.negative[slot] ? -packed[slot] : packed[slot];
          ++additions;
        },
        [](int, int) {});
    RC_ASSERT(sum == expected);
    RC_ASSERT(additions == pairs);
  }));
}

TEST(Coefficients, KeepMapsSignsAndVisitedChunksOfTernaryRows) {
  CoefficientTile tile(3, 4);
  const std::vector<std::int8_t> row = {1, 0, -1, 0, 0, 0, 0, 0, 0, -1};
  tile.add_row(row);
  EXPECT_EQ(tile.map(0, 0), 0b0101u);
  EXPECT_EQ(tile.sign(0, 0), 0b0100u);
  EXPECT_EQ(tile.map(0, 2), 0b0010u);
  EXPECT_EQ(tile.sign(0, 2), 0b0010u);
  EXPECT_THAT(tile.visited(0), ElementsAre(0, 2));
  EXPECT_EQ(tile.skipping(0), 1u);
  const std::vector<std::int8_t> out_of_range = {2};
  EXPECT_THROW(tile.add_row(out_of_range), InternalError);
}

}  // namespace
}  // namespace escalate
