// Functions of single values, looked up.
#include <algorithm>

#include "compiler/layers/post_layer.h"

namespace escalate {
namespace {

class MachineTable : public PostLayer {
 public:
  constexpr MachineTable() : PostLayer("table") {}

  std::vector<TableChannels> write_tables(const IntegerNode& node,
                                          DataWriter& data) const override {
    if (node.table.size() == kTableEntries) {
      return {{{0, node.out.c}, data.append(std::span(node.table))}};
    }
    std::vector<TableChannels> tables;
    for (int c = 0; c < node.out.c; ++c) {
      const auto table =
          std::span(node.table).subspan(std::size_t(c) * kTableEntries, kTableEntries);
      const bool goes_on = c > 0 && std::equal(table.begin(), table.end(),
                                               table.begin() - std::ptrdiff_t(kTableEntries));
      if (goes_on) {
        ++tables.back().channels.end;
      } else {
        tables.push_back({{c, c + 1}, data.append(table)});
      }
    }
    return tables;
  }

  // A pass for each table, over the channels that have it.
  void make_tile(PostWriter& writer, const PostTile& tile) const override {
    for (const TableChannels& table : writer.tables()) {
      const Range part{std::max(tile.channels.begin, table.channels.begin),
                       std::min(tile.channels.end, table.channels.end)};
      if (part.begin >= part.end) continue;
      Pool op = writer.copy(tile, 0, tile.rows, {0, writer.node().out.w}, part);
      op.table = writer.table_bank(table.dram);
      writer.emit(op);
    }
  }
};

}  // namespace

const MachineLayer& machine_table() {
  static constexpr MachineTable kLayer;
  return kLayer;
}

}  // namespace escalate
