#include "machine/sparse_map.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "common/error.h"

namespace escalate {
namespace {

/// Vectors of every density, with lengths on both sides of a word's end.
rc::Gen<std::vector<std::int8_t>> dense_vectors() {
  return rc::gen::mapcat(rc::gen::inRange(0, 101), [](int percent_zero) {
    return rc::gen::mapcat(rc::gen::inRange(0, 200), [percent_zero](int length) {
      return rc::gen::container<std::vector<std::int8_t>>(
          static_cast<std::size_t>(length),
          rc::gen::map(rc::gen::pair(rc::gen::inRange(0, 100), rc::gen::arbitrary<std::int8_t>()),
                       [percent_zero](const std::pair<int, std::int8_t>& draw) {
                         return draw.first < percent_zero ? std::int8_t{0} : draw.second;
                       }));
    });
  });
}

TEST(SparseMap, DecodesToWhatWasEncoded) {
  EXPECT_TRUE(rc::check([] {
    const auto dense = *dense_vectors();
    const SparseMap sparse = encode_sparse_map(dense);
    sparse.validate();
    RC_ASSERT(decode_sparse_map(sparse) == dense);
    RC_ASSERT(encode_sparse_map(decode_sparse_map(sparse)) == sparse);
  }));
}

TEST(SparseMap, TellsEachValueByItsPosition) {
  EXPECT_TRUE(rc::check([] {
    const auto dense = *dense_vectors();
    const SparseMap sparse = encode_sparse_map(dense);
    for (int i = 0; i < sparse.length; ++i) {
      RC_ASSERT(sparse.at(i) == dense[i]);
      RC_ASSERT(sparse.is_nonzero(i) == (dense[i] != 0));
    }
  }));
}

TEST(SparseMap, TakesOneBitAPositionAndEightANonZero) {
  EXPECT_TRUE(rc::check([] {
    const auto dense = *dense_vectors();
    const auto num_nonzero =
        std::count_if(dense.begin(), dense.end(), [](int v) { return v != 0; });
    const SparseMap sparse = encode_sparse_map(dense);
    RC_ASSERT(sparse.num_nonzero() == num_nonzero);
    RC_ASSERT(sparse.size_bits() == static_cast<std::int64_t>(dense.size()) + 8 * num_nonzero);
    RC_ASSERT(sparse.size_bytes() >= sparse.size_bits() / 8);
    RC_ASSERT(sparse.size_bytes() * 8 - sparse.size_bits() < 8);
  }));
}

TEST(SparseMap, HasTheSizesCountedByHand) {
  const std::vector<std::int8_t> dense = {0, 5, 0, 0, -1, 0, 0, 0, 0, 127};
  const SparseMap sparse = encode_sparse_map(dense);
  EXPECT_EQ(sparse.mask, std::vector<std::uint64_t>{0b10'0001'0010});
  EXPECT_EQ(sparse.values, (std::vector<std::int8_t>{5, -1, 127}));
  EXPECT_EQ(sparse.size_bits(), 10 + 24);
  EXPECT_EQ(sparse.size_bytes(), 2 + 3);
  EXPECT_EQ(sparse_map_bits(64, 10, 1), 74);
  EXPECT_EQ(sparse_map_bytes(64, 10, 1), 8 + 2);
}

TEST(SparseMap, OfNothingIsEmpty) {
  const SparseMap sparse = encode_sparse_map({});
  sparse.validate();
  EXPECT_EQ(sparse.size_bits(), 0);
  EXPECT_TRUE(decode_sparse_map(sparse).empty());
}

TEST(SparseMap, IsRefusedWhenItsPartsDoNotFit) {
  const SparseMap good = encode_sparse_map(std::vector<std::int8_t>{0, 5, 0, 7});
  SparseMap bad = good;
  bad.values.pop_back();
  EXPECT_THROW(bad.validate(), InternalError);
  bad = good;
  bad.values[0] = 0;
  EXPECT_THROW(bad.validate(), InternalError);
  bad = good;
  bad.mask[0] = 1u << 1 | 1u << 4;  // position 4 of 4
  EXPECT_THROW(bad.validate(), InternalError);
  bad = good;
  bad.length = 65;
  EXPECT_THROW(bad.validate(), InternalError);
}

}  // namespace
}  // namespace escalate
