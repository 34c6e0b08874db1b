#include "machine/coefficient_bank.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "common/error.h"
#include "common/math.h"

namespace escalate {
namespace {

class BitWriter {
 public:
  void add(bool bit) {
    if (count_ % 8 == 0) bytes_.push_back(0);
    bytes_.back() |= std::uint8_t(unsigned{bit} << (count_ % 8));
    ++count_;
  }
  void append_to(std::vector<std::uint8_t>& bytes) const {
    bytes.insert(bytes.end(), bytes_.begin(), bytes_.end());
  }

 private:
  std::vector<std::uint8_t> bytes_;
  int count_ = 0;
};

bool is_zero(std::span<const std::int8_t> kernel) {
  return std::all_of(kernel.begin(), kernel.end(), [](std::int8_t w) { return w == 0; });
}

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  std::span<const std::uint8_t> take(std::size_t count) {
    if (count > bytes_.size()) throw UserError("a coefficient load is shorter than its rows");
    const auto taken = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return taken;
  }
  bool at_end() const { return bytes_.empty(); }

 private:
  std::span<const std::uint8_t> bytes_;
};

bool bit_at(std::span<const std::uint8_t> bytes, int bit) {
  return (bytes[std::size_t(bit / 8)] >> (bit % 8) & 1) != 0;
}

void expand_ternary_row(ByteReader& reader, int channels, std::span<TernaryWord> row) {
  const auto map = reader.take(std::size_t(map_bytes(channels)));
  int nonzero = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const std::size_t begin = 8 * i, count = std::min<std::size_t>(8, map.size() - begin);
    std::memcpy(&row[i].map, &map[begin], count);
    row[i].map &= low_bits(channels - int(64 * i));
    nonzero += num_ones(row[i].map);
  }
  const auto signs = reader.take(std::size_t(map_bytes(nonzero)));
  int next = 0;
  for (TernaryWord& word : row) {
    for (std::uint64_t left = word.map; left != 0; left &= left - 1) {
      if (bit_at(signs, next++)) word.signs |= left & -left;
    }
  }
}

void expand_direct_row(ByteReader& reader, int channels, int taps, std::int8_t* row) {
  const auto map = reader.take(std::size_t(map_bytes(channels)));
  for (int c = 0; c < channels; ++c) {
    if (!bit_at(map, c)) continue;
    const auto kernel = reader.take(std::size_t(taps));
    std::transform(kernel.begin(), kernel.end(), row + std::size_t(c) * std::size_t(taps),
                   [](std::uint8_t byte) { return std::int8_t(byte); });
  }
}

}  // namespace

void append_ternary_row(std::span<const std::int8_t> coefficients,
                        std::vector<std::uint8_t>& bytes) {
  BitWriter signs;
  for (std::size_t i = 0; i < coefficients.size(); i += 64) {
    const std::size_t count = std::min<std::size_t>(64, coefficients.size() - i);
    const TernaryWord word = TernaryWord::of(coefficients.subspan(i, count));
    for (std::size_t bit = 0; bit < count; bit += 8) {
      bytes.push_back(std::uint8_t(word.map >> bit));
    }
    for (std::uint64_t left = word.map; left != 0; left &= left - 1) {
      signs.add((word.signs & left & -left) != 0);
    }
  }
  signs.append_to(bytes);
}

void append_direct_row(std::span<const std::int8_t> weights, int taps,
                       std::vector<std::uint8_t>& bytes) {
  const auto size = std::size_t(taps);
  BitWriter map;
  for (std::size_t i = 0; i < weights.size(); i += size)
    map.add(!is_zero(weights.subspan(i, size)));
  map.append_to(bytes);
  for (std::size_t i = 0; i < weights.size(); i += size) {
    const auto kernel = weights.subspan(i, size);
    if (!is_zero(kernel)) bytes.insert(bytes.end(), kernel.begin(), kernel.end());
  }
}

CoefficientBank expand_coefficients(const LoadCoefficients& load,
                                    std::span<const std::uint8_t> bytes) {
  CoefficientBank bank;
  bank.direct = load.direct != 0;
  bank.rows = load.rows;
  bank.channels = load.channels;
  bank.taps = load.taps;
  bank.bytes = load.direct != 0 ? load.bytes
                                : std::int64_t{load.basis_kernels} * load.taps +
                                      2 * std::int64_t{load.rows} * (map_bytes(load.channels));
  ByteReader reader(bytes);
  const auto basis = reader.take(std::size_t(load.basis_kernels) * std::size_t(load.taps));
  bank.basis.assign(basis.begin(), basis.end());
  const std::size_t size = std::size_t(load.rows) * std::size_t(load.channels);
  if (bank.direct) {
    bank.weights.assign(size * std::size_t(load.taps), 0);
  } else {
    bank.coefficients = TernaryWords(load.rows, load.channels);
  }
  for (int row = 0; row < load.rows; ++row) {
    const std::size_t at = std::size_t(row) * std::size_t(load.channels);
    if (bank.direct) {
      expand_direct_row(reader, load.channels, load.taps,
                        &bank.weights[at * std::size_t(load.taps)]);
    } else {
      expand_ternary_row(reader, load.channels, bank.coefficients.row(row));
    }
  }
  if (!reader.at_end()) throw UserError("a coefficient load is longer than its rows");
  return bank;
}

}  // namespace escalate
