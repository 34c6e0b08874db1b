#include "model/layer_run.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "common/json.h"

namespace escalate {
namespace {

// Every sum another number.
LayerRun numbered_run(std::int64_t factor) {
  LayerRun run;
  std::int64_t next = 0;
  for_each_field(
      run, [&](const std::string&, const FieldDoc&, auto& count) { count = factor * ++next; });
  return run;
}

// Members by name: one more does not compile here until it is named, and asked for below.
TEST(LayerRun, EveryMemberIsSummedOrOfOneRunAlone) {
  LayerRun run = numbered_run(1);
  auto& [layer, cycles, counters, row_states, dram, input_nonzeros, input_values, waited_for_dram,
         waited_for_post, block_states, executed] = run;
  static_cast<void>(layer);
  EXPECT_TRUE(block_states.empty() && executed.empty());
  const std::set<std::int64_t> values = {cycles,          input_nonzeros,  input_values,
                                         waited_for_dram, waited_for_post, counters.passes,
                                         row_states.idle, dram.refreshes};
  EXPECT_EQ(values.size(), 8U);
  EXPECT_EQ(values.count(0), 0U);
}

TEST(LayerRun, AnotherRunOfTheLayerIsAddedFieldByField) {
  LayerRun run = numbered_run(1);
  run.layer = 7;
  run.add(numbered_run(10));
  EXPECT_TRUE(equal_fields(run, numbered_run(11)));
  EXPECT_EQ(run.layer, 7);
}

TEST(LayerRun, JsonByNameGivesEveryFieldBack) {
  LayerRun run;
  fields_from_json(fields_to_json(numbered_run(3)), run);
  EXPECT_TRUE(equal_fields(run, numbered_run(3)));
}

}  // namespace
}  // namespace escalate
