#include "machine/sparse_map.h"

#include <algorithm>
#include <bit>

#include "common/error.h"

namespace escalate {

std::int8_t SparseMap::at(int position) const {
  if (!is_nonzero(position)) return 0;
  const int word = position / 64;
  int rank = std::popcount(mask[word] & ((std::uint64_t{1} << (position % 64)) - 1));
  for (int earlier = 0; earlier < word; ++earlier) rank += std::popcount(mask[earlier]);
  return values[rank];
}

std::int64_t SparseMap::size_bits() const { return sparse_map_bits(length, num_nonzero(), 8); }

std::int64_t SparseMap::size_bytes() const { return sparse_map_bytes(length, num_nonzero(), 8); }

void SparseMap::validate() const {
  ensure(length >= 0, "SparseMap: negative length");
  ensure(mask.size() == (static_cast<std::size_t>(length) + 63) / 64,
         "SparseMap: the map has not one bit a position");
  ensure(length % 64 == 0 || mask.back() >> (length % 64) == 0,
         "SparseMap: the map has bits beyond the length");
  std::size_t num_bits = 0;
  for (const std::uint64_t word : mask) num_bits += std::popcount(word);
  ensure(num_bits == values.size(), "SparseMap: not one value for each bit of the map");
  ensure(std::find(values.begin(), values.end(), 0) == values.end(),
         "SparseMap: a zero among the values");
}

SparseMap encode_sparse_map(std::span<const std::int8_t> dense) {
  SparseMap sparse;
  sparse.length = static_cast<int>(dense.size());
  sparse.mask = nonzero_mask(dense);
  std::copy_if(dense.begin(), dense.end(), std::back_inserter(sparse.values),
               [](std::int8_t value) { return value != 0; });
  return sparse;
}

std::vector<std::int8_t> decode_sparse_map(const SparseMap& sparse) {
  std::vector<std::int8_t> dense(sparse.length, 0);
  std::size_t next = 0;
  for (std::size_t word = 0; word < sparse.mask.size(); ++word) {
    for (std::uint64_t rest = sparse.mask[word]; rest != 0; rest &= rest - 1) {
      dense[word * 64 + std::countr_zero(rest)] = sparse.values[next++];
    }
  }
  return dense;
}

std::vector<std::uint64_t> nonzero_mask(std::span<const std::int8_t> dense) {
  std::vector<std::uint64_t> mask((dense.size() + 63) / 64, 0);
  for (std::size_t i = 0; i < dense.size(); ++i) {
    mask[i / 64] |= std::uint64_t{dense[i] != 0} << (i % 64);
  }
  return mask;
}

}  // namespace escalate
