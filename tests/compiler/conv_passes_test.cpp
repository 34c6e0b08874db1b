#include "compiler/conv_passes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <optional>
#include <set>

#include "common/error.h"
#include "tests/compiler/drawn_layer.h"

namespace escalate {
namespace {

/// A mapping of the layer on a drawn machine; none where that has no room for it.
std::optional<ConvMapping> drawn_mapping(const ConvLayer& layer) {
  const MachineConfig machine = drawn_machine();
  try {
    return map_convolution(machine, layer, drawn_room(layer));
  } catch (const UserError&) {
    return std::nullopt;
  }
}

/// The rows from first to last of a range.
std::set<int> rows_between(int begin, int end) {
  std::set<int> rows;
  for (int row = begin; row < end; ++row) rows.insert(row);
  return rows;
}

TEST(ConvPasses, CompleteEachRowOfATileOnceInOrder) {
  EXPECT_TRUE(rc::check([] {
    const DrawnLayer drawn(12);
    const std::optional<ConvMapping> mapping = drawn_mapping(drawn.layer);
    RC_PRE(mapping.has_value());
    const ConvPasses passes(drawn.layer, *mapping);
    for (const Range tile : mapping->row_tiles) {
      std::vector<int> completed;
      const auto of_tile = passes.of_tile(tile);
      for (std::size_t group = 0; group < of_tile.front().size(); ++group) {
        for (const auto& groups : of_tile) {
          RC_ASSERT(groups.size() == of_tile.front().size());
          for (int p = groups[group].out_begin; p < groups[group].out_end; ++p) {
            completed.push_back(p);
          }
        }
      }
      std::vector<int> all(std::size_t(tile.size()));
      for (int i = 0; i < tile.size(); ++i) all[std::size_t(i)] = tile.begin + i;
      RC_ASSERT(completed == all);
    }
  }));
}

TEST(ConvPasses, HaveSentWhatARowReadsWhenTheyCompleteIt) {
  EXPECT_TRUE(rc::check([] {
    const DrawnLayer drawn(12);
    const std::optional<ConvMapping> mapping = drawn_mapping(drawn.layer);
    RC_PRE(mapping.has_value());
    const ConvPasses passes(drawn.layer, *mapping);
    for (const Range tile : mapping->row_tiles) {
      const auto of_tile = passes.of_tile(tile);
      for (std::size_t group = 0; group < of_tile.front().size(); ++group) {
        std::set<int> sent;
        for (const auto& groups : of_tile) {
          const PassGroup& pass = groups[group];
          const std::set<int> now = rows_between(pass.in_begin, pass.in_end);
          if (!passes.continue_lines()) sent.clear();
          for (const int row : now) RC_ASSERT(sent.insert(row).second);  // none is sent again
          for (int p = pass.out_begin; p < pass.out_end; ++p) {
            for (const int row : drawn.rows_of(p)) RC_ASSERT(sent.contains(row));
          }
        }
      }
    }
  }));
}

}  // namespace
}  // namespace escalate
