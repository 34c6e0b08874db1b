#include "pe/cycle/coefficient_decoder.h"

#include <algorithm>
#include <vector>

#include "common/error.h"
#include "common/math.h"

namespace escalate::cycle {
namespace {

constexpr int kBitsPerByte = 8;

int row_bytes(int bits) { return ceil_div(bits, kBitsPerByte); }

// Bytes in order, each taken once.
class ByteStream {
 public:
  explicit ByteStream(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  std::int8_t byte() {
    if (at_ == bytes_.size()) throw UserError("a coefficient load is shorter than its rows");
    return std::int8_t(bytes_[at_++]);
  }
  // Takes so many bits, and the padding up to the next byte.
  std::vector<bool> bits(int count) {
    std::vector<bool> taken;
    for (int byte_number = 0; byte_number < row_bytes(count); ++byte_number) {
      const auto eight = std::uint8_t(byte());
      for (int bit = 0; bit < kBitsPerByte && int(taken.size()) < count; ++bit) {
        taken.push_back((eight >> bit & 1) != 0);
      }
    }
    return taken;
  }
  bool at_end() const { return at_ == bytes_.size(); }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

// A row's map and signs become one ternary value a channel; a direct row has the map alone.
void add_to_tiles(const std::vector<std::int8_t>& row, int entry_channels,
                  std::vector<CoefficientTile>& tiles) {
  for (std::size_t tile = 0; tile < tiles.size(); ++tile) {
    const std::size_t begin = tile * std::size_t(entry_channels);
    const std::size_t end = std::min(row.size(), begin + std::size_t(entry_channels));
    tiles[tile].add_row(std::span(row).subspan(begin, end - begin));
  }
}

std::vector<std::int8_t> decode_ternary_row(ByteStream& stream, int channels) {
  const std::vector<bool> map = stream.bits(channels);
  const std::vector<bool> signs = stream.bits(int(std::count(map.begin(), map.end(), true)));
  std::vector<std::int8_t> row;
  std::size_t next = 0;
  for (const bool is_nonzero : map) {
    row.push_back(std::int8_t(!is_nonzero ? 0 : signs[next] ? -1 : 1));
    if (is_nonzero) ++next;
  }
  return row;
}

// Returns which kernels are there; adds those, and zeros in place of the others, to `weights`.
std::vector<std::int8_t> decode_direct_row(ByteStream& stream, int channels, int taps,
                                           std::vector<std::int8_t>& weights) {
  std::vector<std::int8_t> row;
  for (const bool is_there : stream.bits(channels)) {
    bool is_nonzero = false;
    for (int tap = 0; tap < taps; ++tap) {
      weights.push_back(is_there ? stream.byte() : std::int8_t{0});
      is_nonzero |= weights.back() != 0;
    }
    row.push_back(is_nonzero ? 1 : 0);
  }
  return row;
}

}  // namespace

ClockedCoefficients decode_coefficients(const LoadCoefficients& load,
                                        std::span<const std::uint8_t> bytes, int entry_channels,
                                        int chunk_channels) {
  ClockedCoefficients content;
  for (int first = 0; first < load.channels; first += entry_channels) {
    const int channels = std::min(entry_channels, load.channels - first);
    content.tiles.emplace_back(ceil_div(channels, chunk_channels), chunk_channels);
  }
  ByteStream stream(bytes);
  for (int term = 0; term < load.basis_kernels; ++term) {
    auto& kernel = content.basis.emplace_back();
    for (int tap = 0; tap < load.taps; ++tap) kernel.push_back(stream.byte());
  }
  for (int row = 0; row < load.rows; ++row) {
    add_to_tiles(load.direct != 0 ? decode_direct_row(stream, load.channels, load.taps,
                                                      content.weights.emplace_back())
                                  : decode_ternary_row(stream, load.channels),
                 entry_channels, content.tiles);
  }
  if (!stream.at_end()) throw UserError("a coefficient load is longer than its rows");
  return content;
}

std::int64_t bank_bytes(const LoadCoefficients& load) {
  if (load.direct != 0) return load.bytes;
  return std::int64_t{load.basis_kernels} * load.taps +
         std::int64_t{2} * load.rows * row_bytes(load.channels);
}

}  // namespace escalate::cycle
