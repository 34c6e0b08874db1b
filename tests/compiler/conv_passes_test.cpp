#include "compiler/conv_passes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <numeric>
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

using Passes = std::vector<std::vector<PassGroup>>;

/// Calls check(layer, passes, output rows of a tile, its passes) for each tile of a drawn layer.
template <class Check>
bool holds_of_tiles(Check&& check) {
  return rc::check([&] {
    const DrawnLayer drawn(12);
    const std::optional<ConvMapping> mapping = drawn_mapping(drawn.layer);
    RC_PRE(mapping.has_value());
    const ConvPasses passes(drawn.layer, *mapping);
    for (const Range tile : mapping->row_tiles) check(drawn, passes, tile, passes.of_tile(tile));
  });
}

TEST(ConvPasses, CompleteEachRowOfATileOnceInOrder) {
  EXPECT_TRUE(
      holds_of_tiles([](const DrawnLayer&, const ConvPasses&, Range tile, const Passes& of_tile) {
        std::vector<int> completed;
        for (std::size_t group = 0; group < of_tile.front().size(); ++group) {
          for (const auto& groups : of_tile) {
            RC_ASSERT(groups.size() == of_tile.front().size());
            for (int p = groups[group].out_begin; p < groups[group].out_end; ++p) {
              completed.push_back(p);
            }
          }
        }
        std::vector<int> all(std::size_t(tile.size()));
        std::iota(all.begin(), all.end(), tile.begin);
        RC_ASSERT(completed == all);
      }));
}

TEST(ConvPasses, HaveSentWhatARowReadsWhenTheyCompleteIt) {
  EXPECT_TRUE(holds_of_tiles(
      [](const DrawnLayer& drawn, const ConvPasses& passes, Range, const Passes& of_tile) {
        for (std::size_t group = 0; group < of_tile.front().size(); ++group) {
          std::set<int> sent;
          for (const auto& groups : of_tile) {
            const PassGroup& pass = groups[group];
            if (!passes.continue_lines()) sent.clear();
            for (int row = pass.in_begin; row < pass.in_end; ++row) {
              RC_ASSERT(sent.insert(row).second);  // none is sent again
            }
            for (int p = pass.out_begin; p < pass.out_end; ++p) {
              for (const int row : drawn.rows_of(p)) RC_ASSERT(sent.contains(row));
            }
          }
        }
      }));
}

}  // namespace
}  // namespace escalate
