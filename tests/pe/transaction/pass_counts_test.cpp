#include "pe/transaction/pass_counts.h"

#include <gtest/gtest.h>

#include "common/named_values.h"
#include "tests/pe/small_pass.h"

namespace escalate {
namespace {

// The counters that are not zero.
NamedCounts counted(const MachineCounters& counters) {
  NamedCounts counts;
  for (const auto& [name, count] : named_counts(counters)) {
    if (count != 0) counts[name] = count;
  }
  return counts;
}

const std::vector<std::uint64_t> kMaps = {0b1011, 0b10000001};  // five activations

TEST(PassCounts, AnEntryHasMapBytesForItsChannelsAndItsActivations) {
  const SmallPass pass;
  const EntrySize size = size_of_entry(pass.rows->tiles[0], kMaps);
  EXPECT_EQ(size.maps, 2);
  EXPECT_EQ(size.nonzeros, 5);
  EXPECT_EQ(size.bytes(), 7);
  EXPECT_EQ(size_of_entry(pass.rows->tiles[1], std::vector<std::uint64_t>{0}).bytes(), 1);
}

TEST(PassCounts, AnEntryIsReadOnceSentOnceAndDeliveredToEveryMember) {
  const SmallPass pass;
  const PassRows::Tile& tile = pass.rows->tiles[0];
  MachineCounters counters;
  count_entry(counters, *pass.rows, tile, kMaps, 3);
  EXPECT_EQ(counted(counters), (NamedCounts{{"global_buffer_values_read", 5},
                                            {"global_buffer_maps_read", 2},
                                            {"entries_sent", 1},
                                            {"network_bytes", 7},
                                            {"network_delivered_bytes", 21},
                                            {"ring_chunks_written", 6},
                                            {"ring_values_written", 15},
                                            {"ring_chunks_read", tile.visited_chunks},
                                            {"coefficient_chunks_read", tile.visited_chunks},
                                            {"bit_gathers", 2 * tile.visited_chunks}}));
}

TEST(PassCounts, ADirectRowReadsItsVisitedChunksWhole) {
  const SmallPass pass(true);
  const PassRows::Tile& tile = pass.rows->tiles[0];
  std::int64_t read = 0;
  for (int row = 0; row < pass.rows->rows(); ++row) {
    for (const int chunk : tile.masks.visited(row)) read += chunk == 0 ? 3 : 2;
  }
  MachineCounters counters;
  count_entry(counters, *pass.rows, tile, kMaps, 1);
  EXPECT_EQ(counters.ring_values_read, read);
  EXPECT_EQ(counters.bit_gathers, 0);
}

CaBatchResult two_elements() {
  CaBatchResult batch;
  batch.slots = {7, 0, 99};  // what lies behind the elements has no meaning
  batch.rows = {2, 1, 99};
  batch.matches = {5, 0, 99};
  batch.steps = {2, 1, 99};
  return batch;
}

TEST(PassCounts, ElementsAreThoseOfTheBatchAndPushedUnlessTheyAreZero) {
  MachineCounters counters;
  count_elements(counters, two_elements(), std::vector<std::int32_t>{-4, 0}, false);
  EXPECT_EQ(counted(counters), (NamedCounts{{"ring_values_read", 7},
                                            {"slots", 7},
                                            {"slot_rows", 3},
                                            {"concentrator_steps", 3},
                                            {"ca_additions", 5},
                                            {"elements", 2},
                                            {"elements_pushed", 1}}));
}

TEST(PassCounts, AtALineEndEveryElementIsPushed) {
  MachineCounters counters;
  count_elements(counters, two_elements(), std::vector<std::int32_t>{-4, 0}, true);
  EXPECT_EQ(counters.elements_pushed, 2);
}

TEST(PassCounts, AnElementThatIsNotZeroIsMultipliedOnceATap) {
  MachineCounters counters;
  count_products(counters, std::vector<std::int32_t>{3, 0, -1}, 4, false,
                 &MachineCounters::line_buffer_updates);
  EXPECT_EQ(counted(counters),
            (NamedCounts{{"nonzero_elements", 2}, {"macs", 8}, {"line_buffer_updates", 8}}));
}

TEST(PassCounts, ABypassedElementIsNotMultiplied) {
  MachineCounters counters;
  count_products(counters, std::vector<std::int32_t>{3, 0, -1}, 1, true,
                 &MachineCounters::line_buffer_updates);
  EXPECT_EQ(
      counted(counters),
      (NamedCounts{{"nonzero_elements", 2}, {"bypassed_elements", 2}, {"line_buffer_updates", 2}}));
}

TEST(PassCounts, ProductsAreAddedInRegistersWhereSumsStayThere) {
  MachineCounters counters;
  count_products(counters, std::vector<std::int32_t>{3, 0, -1}, 4, false,
                 &MachineCounters::sum_register_updates);
  EXPECT_EQ(counters.sum_register_updates, 8);
  EXPECT_EQ(counters.line_buffer_updates, 0);
}

TEST(PassCounts, TakenActivationsAreElementsOfUpToAsManyAsAreTakenAtOnce) {
  const std::vector<std::uint16_t> first = {5, 0};
  const std::vector<std::uint16_t> second = {4};
  const std::vector<TakenActivations> taken = {first, second, {}};
  MachineCounters counters;
  count_taken(counters, taken, 2, 3, false, &MachineCounters::line_buffer_updates);
  EXPECT_EQ(counted(counters), (NamedCounts{{"elements", 5},
                                            {"nonzero_elements", 5},
                                            {"elements_pushed", 5},
                                            {"macs", 27},
                                            {"weight_bytes_read", 27},
                                            {"line_buffer_updates", 15}}));
  count_taken(counters, taken, 2, 3, true, &MachineCounters::line_buffer_updates);
  EXPECT_EQ(counters.elements_pushed, 5 + 5 + 2) << "two rows take nothing of the last chunk";
}

}  // namespace
}  // namespace escalate
