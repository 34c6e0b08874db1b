#include "compress/cholesky.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cstdint>

#include "common/error.h"
#include "common/math.h"
#include "common/parallel.h"

namespace escalate {
namespace {

using Index = Eigen::Index;

constexpr Index kPanel = 128;  ///< columns of the factor that are made together

}  // namespace

bool factorise_lower(Eigen::Ref<Eigen::MatrixXd> matrix, int jobs) {
  ensure(matrix.rows() == matrix.cols(), "a matrix with a Cholesky factor is square");
  const Index size = matrix.rows();
  for (Index first = 0; first < size; first += kPanel) {
    const Index width = std::min(kPanel, size - first), after = first + width;
    auto diagonal = matrix.block(first, first, width, width);
    if (Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>>(diagonal).info() != Eigen::Success) return false;
    auto below = matrix.block(after, first, size - after, width);
    const auto blocks = ceil_div(below.rows(), kPanel);
    const auto length = [&](Index row) { return std::min(kPanel, below.rows() - row); };
    parallel_for(blocks, jobs, [&](std::int64_t block) {
      auto rows = below.middleRows(block * kPanel, length(block * kPanel));
      diagonal.triangularView<Eigen::Lower>().adjoint().solveInPlace<Eigen::OnTheRight>(rows);
    });
    // What the columns after them are still to be the factor of.
    parallel_for(blocks, jobs, [&](std::int64_t block) {
      const Index top = block * kPanel, rest = below.rows() - top;
      matrix.block(after + top, after + top, rest, length(top)).noalias() -=
          below.bottomRows(rest) * below.middleRows(top, length(top)).transpose();
    });
  }
  return true;
}

}  // namespace escalate
