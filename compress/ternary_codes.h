// All ternary codes of a few terms.
#pragma once

#include <Eigen/Core>
#include <vector>

namespace escalate {

inline constexpr int kBlockTerms = 6;  ///< terms whose codes are searched together: 3^6 = 729

/// All 3^n codes of n terms [3^n][n], those with fewer non-zeros first: where two do equally well,
/// the sparser one is found.
Eigen::MatrixXf ternary_codes(int terms);

/// First terms of the blocks of at most `most` in which `terms` are searched; the last block may
/// overlap the one before it.
std::vector<int> term_blocks(int terms, int most = kBlockTerms);

}  // namespace escalate
