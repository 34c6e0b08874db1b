// What a pass reads of the global buffer: the map words and activations of one input row.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "buffers/global_buffer.h"
#include "machine/config.h"
#include "machine/isa.h"
#include "pe/transaction/pass_rows.h"

namespace escalate {

class PassInput {
 public:
  /// Takes all but the machine by reference.
  PassInput(const MachineConfig& machine, const GlobalBuffer& buffer, const Run& run,
            const PassRows& rows)
      : chunk_(machine.ca.chunk), buffer_(buffer), run_(run), rows_(rows) {}

  /// Takes up row `h`, of which `columns` are sent.
  void read_row(int h, std::span<const int> columns);

  /// Map words of an entry of the row, one a chunk; `column` is an index into `columns`.
  std::span<const std::uint64_t> maps(std::size_t column, int tile) const {
    const std::size_t entry = column * rows_.tiles.size() + std::size_t(tile);
    return {&maps_[begin_[entry]], std::size_t(rows_.tiles[std::size_t(tile)].chunks)};
  }

  /// Activations of the row at column `w` from a channel of the pass on, zeros included.
  const std::int8_t* data(int w, int first_channel = 0) const {
    return buffer_.data(run_.input.at(h_, w) + first_channel);
  }

 private:
  int chunk_;
  const GlobalBuffer& buffer_;
  const Run& run_;
  const PassRows& rows_;
  int h_ = 0;
  std::vector<std::uint64_t> maps_;  // [column][tile][chunk]
  std::vector<std::size_t> begin_;   // [column][tile]
};

}  // namespace escalate
