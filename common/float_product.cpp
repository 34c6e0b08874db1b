// The kernel is written once on vectors and compiled for each instruction set. This file is
// compiled with contraction: a b + c is one fused multiply-add wherever there is such an
// instruction.
#include "common/float_product.h"

#include <algorithm>
#include <cstdint>

#include "common/error.h"
#include "common/host_vectors.h"
#include "common/math.h"
#include "common/parallel.h"

namespace escalate {
namespace {

/// a b + c, rounded once, by instructions that do so.
struct Fused {
  template <class V>
  ESCALATE_INLINE static V multiply_add(const V& a, const V& b, const V& c) {
    return a * b + c;
  }
};

/// The same without such instructions. The product is exact in doubles, and the sum is rounded to
/// odd there (Boldo and Melquiond, IEEE Transactions on Computers 57(4), 2008): rounding that to
/// float is rounding once.
struct ByDoubles {
  template <class V>
  ESCALATE_INLINE static V multiply_add(const V& a, const V& b, const V& c) {
    using Doubles = typename VectorOf<double, 2 * sizeof(V)>::type;
    using Bits = typename VectorOf<std::int64_t, 2 * sizeof(V)>::type;
    const Doubles product =
        __builtin_convertvector(a, Doubles) * __builtin_convertvector(b, Doubles);
    const Doubles other = __builtin_convertvector(c, Doubles);
    const Doubles sum = product + other;
    const Doubles part = sum - product;
    const Doubles error = (product - (sum - part)) + (other - part);  // of `sum`, exactly
    const Bits is_even = (Bits(sum) & 1) - 1;
    const Bits is_inexact = Bits(error < 0.0) | Bits(error > 0.0);  // neither for a NaN
    const Bits is_too_large = Bits(error < 0.0) ^ Bits(sum < 0.0);  // in magnitude
    // The odd neighbour of an even sum, on the side of the exact one.
    const Bits odd = Bits(sum) + (is_too_large | 1);
    const Bits moves = is_even & is_inexact;
    return __builtin_convertvector(Doubles((odd & moves) | (Bits(sum) & ~moves)), V);
  }
};

#ifdef __FP_FAST_FMAF
using Baseline = Fused;
#else
using Baseline = ByDoubles;
#endif

/// kRows rows and two vectors of columns.
template <class Arithmetic, int kBytes, int kRows>
ESCALATE_INLINE void sum_part(const float* left, const float* right, int depth, float* sums) {
  using V = typename VectorOf<float, kBytes>::type;
  constexpr int kLanes = kBytes / int{sizeof(float)};
  if (depth < 1) __builtin_unreachable();  // else memory is cleared for sums of nothing
  V part[kRows][2] = {};
  for (int k = 0; k < depth; ++k) {
    const V first = load<V>(right + k * kProductColumns);
    const V second = load<V>(right + k * kProductColumns + kLanes);
    for (int i = 0; i < kRows; ++i) {
      const V factor = left[k * kProductRows + i] - V{};
      part[i][0] = Arithmetic::multiply_add(factor, first, part[i][0]);
      part[i][1] = Arithmetic::multiply_add(factor, second, part[i][1]);
    }
  }
  for (int i = 0; i < kRows; ++i) {
    store(sums + i * kProductColumns, part[i][0]);
    store(sums + i * kProductColumns + kLanes, part[i][1]);
  }
}

template <class Arithmetic, int kBytes, int kRows>
ESCALATE_INLINE void sum_block(const float* left, const float* right, int depth, int rows,
                               float* sums) {
  constexpr int kColumns = 2 * kBytes / int{sizeof(float)};
  static_assert(kProductRows % kRows == 0 && kProductColumns % kColumns == 0);
  for (int i = 0; i < rows; i += kRows) {
    for (int j = 0; j < kProductColumns; j += kColumns) {
      sum_part<Arithmetic, kBytes, kRows>(left + i, right + j, depth,
                                          sums + i * kProductColumns + j);
    }
  }
}

void portable_kernel(const float* left, const float* right, int depth, int rows, float* sums) {
  sum_block<Baseline, 16, 4>(left, right, depth, rows, sums);
}

#if defined(__x86_64__)
[[gnu::target("avx2,fma")]] void avx2_kernel(const float* left, const float* right, int depth,
                                             int rows, float* sums) {
  sum_block<Fused, 32, 6>(left, right, depth, rows, sums);
}

[[gnu::target("avx512f")]] void avx512_kernel(const float* left, const float* right, int depth,
                                              int rows, float* sums) {
  sum_block<Fused, 64, 12>(left, right, depth, rows, sums);
}
#endif

ProductKernel best_product_kernel() {
  static const ProductKernel best = available_product_kernels().back();
  return best;
}

/// Number of rows of the block of the inner dimension that starts at `first`.
int block_depth(int depth, int first) { return std::min(kProductDepth, depth - first); }

/// out[i][j] (+)= sums[i][j] where that lies in `out`; `is_first`: in its place.
void add_sums(const float* sums, int rows, int columns, bool is_first, float* out,
              std::size_t stride) {
  for (int i = 0; i < rows; ++i, out += stride, sums += kProductColumns) {
    if (is_first) {
      std::copy_n(sums, columns, out);
    } else {
      for (int j = 0; j < columns; ++j) out[j] += sums[j];
    }
  }
}

}  // namespace

std::vector<ProductKernel> available_product_kernels() {
  std::vector<ProductKernel> kernels = {portable_kernel};
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    kernels.push_back(avx2_kernel);
  }
  if (__builtin_cpu_supports("avx512f")) kernels.push_back(avx512_kernel);
#endif
  return kernels;
}

ProductRows::ProductRows(std::span<const float> values, int rows, int depth)
    : rows_(rows), depth_(depth) {
  ensure(values.size() == std::size_t(rows) * std::size_t(depth), "a factor is [rows][depth]");
  values_.resize(std::size_t(round_up(rows, kProductRows)) * std::size_t(depth));
  for (int i = 0; i < rows; ++i) {
    const float* row = &values[std::size_t(i) * std::size_t(depth)];
    for (int first = 0; first < depth; first += kProductDepth) {
      float* to = &values_[place_of(i / kProductRows * kProductRows, first)];
      for (int k = 0; k < block_depth(depth, first); ++k) {
        to[k * kProductRows + i % kProductRows] = row[first + k];
      }
    }
  }
}

std::size_t ProductRows::place_of(int first_row, int first_depth) const {
  return std::size_t(first_depth) * std::size_t(round_up(rows_, kProductRows)) +
         std::size_t(first_row) * std::size_t(block_depth(depth_, first_depth));
}

const float* ProductRows::block(int first_row, int first_depth) const {
  return &values_[place_of(first_row, first_depth)];
}

void multiply(const ProductRows& left, int columns, const FillColumns& fill, float* out) {
  multiply(left, columns, fill, out, best_product_kernel());
}

void multiply(const ProductRows& left, int columns, const FillColumns& fill, float* out,
              ProductKernel kernel) {
  std::vector<float> panel(std::size_t{kProductDepth} * kProductColumns);
  float sums[kProductRows * kProductColumns];
  for (int first = 0; first < left.depth(); first += kProductDepth) {
    const int depth = block_depth(left.depth(), first);
    for (int column = 0; column < columns; column += kProductColumns) {
      fill(first, depth, column, panel.data());
      for (int row = 0; row < left.rows(); row += kProductRows) {
        const int rows = std::min(kProductRows, left.rows() - row);
        kernel(left.block(row, first), panel.data(), depth, rows, sums);
        add_sums(sums, rows, std::min(kProductColumns, columns - column), first == 0,
                 out + std::size_t(row) * std::size_t(columns) + column, std::size_t(columns));
      }
    }
  }
}

void lower_gram(std::span<const float> values, int columns, float* out, int jobs) {
  const auto width = std::size_t(columns);
  ensure(columns > 0 && values.size() % width == 0, "values are [rows][columns]");
  const int all = int(values.size() / width);
  const ProductKernel kernel = best_product_kernel();
  // The block's columns in groups of kProductRows, [group][depth][kProductRows].
  std::vector<float> left(std::size_t{kProductDepth} *
                          std::size_t(round_up(columns, kProductRows)));
  const auto take = [&](int first, int depth, int column, int most, float* to) {
    const int count = std::min(most, columns - column);
    for (int k = 0; k < depth; ++k) {
      std::copy_n(&values[std::size_t(first + k) * width + std::size_t(column)], count,
                  to + k * most);
    }
  };
  for (int first = 0; first < all; first += kProductDepth) {
    const int depth = block_depth(all, first);
    for (int row = 0; row < columns; row += kProductRows) {
      take(first, depth, row, kProductRows, &left[std::size_t(row) * std::size_t(depth)]);
    }
    parallel_for(ceil_div(columns, kProductColumns), jobs, [&](std::int64_t panel_number) {
      const int column = int(panel_number) * kProductColumns;
      std::vector<float> panel(std::size_t{kProductDepth} * kProductColumns);
      float sums[kProductRows * kProductColumns];
      take(first, depth, column, kProductColumns, panel.data());
      // From the group on in which the diagonal is.
      for (int row = column / kProductRows * kProductRows; row < columns; row += kProductRows) {
        const int rows = std::min(kProductRows, columns - row);
        kernel(&left[std::size_t(row) * std::size_t(depth)], panel.data(), depth, rows, sums);
        add_sums(sums, rows, std::min(kProductColumns, columns - column), first == 0,
                 out + std::size_t(row) * width + std::size_t(column), width);
      }
    });
  }
}

}  // namespace escalate
