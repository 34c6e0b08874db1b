// Products of float matrices that are the same to the bit on every host.
//
// Each element is a sum of products in the order of the inner dimension, in blocks of
// kProductDepth: a block's sum starts at 0, each product is added to it by a fused multiply-add,
// and the blocks are added in turn. Vectors go along columns, so their width changes nothing.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace escalate {

inline constexpr int kProductRows = 12, kProductColumns = 32, kProductDepth = 256;

/// Sums of one block: sums[i][j] of left[k][i] right[k][j] over `depth` values of k. `left` is
/// [depth][kProductRows], `right` [depth][kProductColumns], `sums` [kProductRows][kProductColumns].
/// Only the first `rows` rows need be right.
using ProductKernel = void (*)(const float* left, const float* right, int depth, int rows,
                               float* sums);

/// Those that this processor runs, slowest first: of the compiler's baseline, AVX2 with FMA,
/// AVX-512. A baseline without fused multiply-add works it out from doubles, which is many times
/// slower.
std::vector<ProductKernel> available_product_kernels();

/// A left factor in the order in which the kernel reads it.
class ProductRows {
 public:
  /// values: [rows][depth].
  ProductRows(std::span<const float> values, int rows, int depth);

  int rows() const { return rows_; }
  int depth() const { return depth_; }
  /// The rows from `first_row` on, a multiple of kProductRows, in the block from `first_depth` on,
  /// a multiple of kProductDepth: [depth of the block][kProductRows].
  const float* block(int first_row, int first_depth) const;

 private:
  std::size_t place_of(int first_row, int first_depth) const;

  int rows_, depth_;
  std::vector<float> values_;  ///< by block of the depth, then by group of rows
};

/// Writes the right factor's rows first_depth to first_depth + depth - 1 and its columns from
/// `first_column` on to panel[depth][kProductColumns]; what lies past the last column is not used.
using FillColumns = std::function<void(int first_depth, int depth, int first_column, float* panel)>;

/// out[rows][columns], the product of `left` and a right factor [depth][columns].
void multiply(const ProductRows& left, int columns, const FillColumns& fill, float* out);
void multiply(const ProductRows& left, int columns, const FillColumns& fill, float* out,
              ProductKernel kernel);

/// The lower triangle of X'X for X [rows][columns], in out[columns][columns]; the rest of it is
/// left undefined. The result does not depend on `jobs`, the number of threads.
void lower_gram(std::span<const float> values, int columns, float* out, int jobs = 1);

}  // namespace escalate
