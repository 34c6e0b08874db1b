// The Cholesky factor of a large matrix, by several threads.
#pragma once

#include <Eigen/Core>

namespace escalate {

/// L, lower triangular with a positive diagonal, where L L' is the positive definite matrix [n][n]
/// whose lower triangle `matrix` holds; L takes that triangle's place, and the rest is left
/// undefined. False: the matrix is not positive definite, and nothing of `matrix` is of use.
/// The result does not depend on `jobs`.
[[nodiscard]] bool factorise_lower(Eigen::Ref<Eigen::MatrixXd> matrix, int jobs);

}  // namespace escalate
