#include "compiler/tensor_places.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/compiler/small_network.h"
#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

using testing::HasSubstr;

const char* const kThree =
    "  - {conv: a, K: 16, kernel: 3}\n"
    "  - {conv: b, K: 16, kernel: 3}\n"
    "  - {conv: c, K: 16, kernel: 3}\n";

TEST(TensorPlaces, AreOnChipForAllButInputAndOutput) {
  const IntegerNetwork network = small_network("[16, 8, 8]", kThree);
  const NetworkSteps steps(network);
  const MachineConfig machine;
  const TensorPlaces places(steps, machine, 1, 1);
  ASSERT_TRUE(places.has(0));
  EXPECT_FALSE(places.of(0).resident);
  for (const int step : {0, 1}) {
    ASSERT_TRUE(places.has(steps.at(step).output()));
    EXPECT_TRUE(places.of(steps.at(step).output()).resident);
  }
  EXPECT_FALSE(places.has(steps.at(2).output()));
  // Both live while the second layer runs, so neither lies where the other does.
  const Region& a = places.of(steps.at(0).output()).region;
  const Region& b = places.of(steps.at(1).output()).region;
  EXPECT_GE(std::abs(a.base - b.base), 8 * 8 * position_bytes(16));
}

TEST(TensorPlaces, AreInDramWhereTilesTakeTheWholeBuffer) {
  const IntegerNetwork network = small_network("[16, 8, 8]", kThree);
  const NetworkSteps steps(network);
  const MachineConfig machine;
  TensorPlaces places(steps, machine, 1, 4);
  EXPECT_FALSE(places.has(steps.at(0).output()));
  EXPECT_EQ(places.workspace(0).size(), machine.global_buffer_bytes);
  const std::int64_t before = places.dram_end();
  places.place_output(0, 4, 8);
  const TensorPlace& place = places.of(steps.at(0).output());
  EXPECT_FALSE(place.resident);
  EXPECT_EQ(place.segments.column_groups(), 2);
  EXPECT_EQ(place.segments.channel_groups(), 2);
  EXPECT_GE(places.dram_end(), before + place.dram_image_stride);
  EXPECT_EQ(places.all().size(), 2U);
}

TEST(TensorPlaces, TellTheMapperWhatIsLoadedAndStored) {
  const IntegerNetwork network = small_network("[16, 8, 8]", kThree);
  const NetworkSteps steps(network);
  const MachineConfig machine;
  const TensorPlaces places(steps, machine, 2, 1);
  const MappingRoom first = places.room_of(0, places.workspace(0));
  EXPECT_FALSE(first.input_resident);
  EXPECT_EQ(first.input_segment_columns, 8);
  EXPECT_FALSE(first.output_stored);
  EXPECT_EQ(first.batch, 2);
  const MappingRoom last = places.room_of(2, places.workspace(2));
  EXPECT_TRUE(last.input_resident);
  EXPECT_TRUE(last.output_stored);
  EXPECT_LT(first.workspace_bytes, machine.global_buffer_bytes);
}

TEST(TensorPlaces, RefuseWhatTheDirectoryHasNoEntriesFor) {
  const IntegerNetwork network = small_network("[16, 8, 8]", kThree);
  const NetworkSteps steps(network);
  MachineConfig machine;
  machine.dma.directory_entries = 7;
  EXPECT_USER_ERROR(TensorPlaces(steps, machine, 1, 1),
                    HasSubstr("dma.directory_entries: layer 'input': the directory of 7 entries"));
}

}  // namespace
}  // namespace escalate
