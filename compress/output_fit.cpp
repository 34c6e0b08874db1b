#include "compress/output_fit.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "common/error.h"
#include "common/math.h"
#include "common/parallel.h"
#include "compress/ternary_codes.h"

namespace escalate {
namespace {

using RowMajorFloat = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Index = Eigen::Index;

constexpr double kDamping = 0.01;  ///< share of the mean diagonal, as in GPTQ
constexpr Index kChunk = 64;       ///< output channels worked on together
constexpr Index kSample = 64;      ///< output channels from which the price of a non-zero is found

class OutputFitter {
 public:
  OutputFitter(std::span<const float> weights, const KernelShape& shape,
               std::span<const float> patches, Decomposition& parts)
      : shape_(shape),
        parts_(parts),
        candidates_(ternary_codes(std::min(parts.terms, kBlockTerms))),
        order_(std::size_t(shape.channels)) {
    ensure(weights.size() == shape.size(), "weights are [K][C][R*S]");
    const Index depth = Index(shape.channels) * shape.taps;
    ensure(!patches.empty() && Index(patches.size()) % depth == 0, "patches are [n][C][R*S]");
    RowMajorFloat inputs =
        Eigen::Map<const RowMajorFloat>(patches.data(), Index(patches.size()) / depth, depth);
    inputs.rowwise() -= inputs.colwise().mean().eval();  // an offset a channel costs nothing
    basis_.resize(parts.terms, shape.taps);
    for (Index i = 0; i < basis_.size(); ++i) {
      basis_.data()[i] = float(parts.basis[std::size_t(i)]) * parts.basis_scale;
    }
    sort_channels(inputs);
    weights_ = in_order(Eigen::Map<const RowMajorFloat>(weights.data(), shape.outputs, depth));
    factorise(in_order(inputs));
  }

  void run(const OutputFitOptions& options) {
    double price = options.density < 1 ? price_for(options.density) : 0;
    choose_all(price, options.jobs);
    for (; options.density < 1 && density() > options.density; choose_all(price, options.jobs)) {
      price = price * 1.02 + 1e-30;
    }
  }

 private:
  /// [outputs][C in order][M]
  using Codes = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

  void choose_all(double price, int jobs) {
    const Index chunks = ceil_div(shape_.outputs, kChunk);
    parallel_for(chunks, jobs, [&](std::int64_t chunk) {
      std::vector<Index> outputs;
      for (Index k = chunk * kChunk; k < std::min<Index>(shape_.outputs, (chunk + 1) * kChunk);
           ++k) {
        outputs.push_back(k);
      }
      const Codes codes = choose(outputs, price);
      for (std::size_t row = 0; row < outputs.size(); ++row) store(outputs[row], codes, row);
    });
  }

  double density() const {
    const auto zeros =
        std::count(parts_.coefficients.begin(), parts_.coefficients.end(), std::int8_t{0});
    return 1 - double(zeros) / double(parts_.coefficients.size());
  }

  void sort_channels(const RowMajorFloat& inputs) {
    std::iota(order_.begin(), order_.end(), 0);
    std::vector<float> strength;
    for (int c = 0; c < shape_.channels; ++c) {
      strength.push_back(inputs.middleCols(Index(c) * shape_.taps, shape_.taps).squaredNorm());
    }
    std::stable_sort(order_.begin(), order_.end(), [&](int a, int b) {
      return strength[std::size_t(a)] > strength[std::size_t(b)];
    });
  }

  /// Columns [C][taps] with the channels in order.
  RowMajorFloat in_order(const Eigen::Ref<const RowMajorFloat>& columns) const {
    RowMajorFloat sorted(columns.rows(), columns.cols());
    for (std::size_t j = 0; j < order_.size(); ++j) {
      sorted.middleCols(Index(j) * shape_.taps, shape_.taps) =
          columns.middleCols(Index(order_[j]) * shape_.taps, shape_.taps);
    }
    return sorted;
  }

  /// X'X = R R' with R upper triangular, and U = R^-1, so that (X'X)^-1 = U'U: row block c of U
  /// says how the weights of later channels make up for an error in channel c.
  void factorise(const RowMajorFloat& inputs) {
    const Index depth = inputs.cols();
    Eigen::MatrixXf half = Eigen::MatrixXf::Zero(depth, depth);
    half.selfadjointView<Eigen::Lower>().rankUpdate(inputs.transpose());
    const Eigen::MatrixXf whole = half.selfadjointView<Eigen::Lower>();
    Eigen::MatrixXd gram = whole.cast<double>();
    const double mean = gram.trace() / double(depth);
    gram.diagonal().array() += mean > 0 ? kDamping * mean : 1.0;
    const Eigen::MatrixXd flipped = gram.reverse();
    const Eigen::LLT<Eigen::MatrixXd> cholesky(flipped);
    ensure(cholesky.info() == Eigen::Success, "a damped Gram matrix is positive definite");
    const Eigen::MatrixXd lower = cholesky.matrixL();
    const Eigen::MatrixXd factor = lower.reverse();
    spread_ = factor.triangularView<Eigen::Upper>()
                  .solve(Eigen::MatrixXd::Identity(depth, depth))
                  .cast<float>();
    for (int j = 0; j < shape_.channels; ++j) {
      const Index first = Index(j) * shape_.taps;
      factors_.push_back(factor.block(first, first, shape_.taps, shape_.taps).cast<float>());
    }
  }

  /// Codes of some output channels where each non-zero costs `price`, in units of the mean loss
  /// that a basis kernel makes in the first channel.
  Codes choose(const std::vector<Index>& outputs, double price) const {
    const auto rows = Index(outputs.size());
    RowMajorFloat left(rows, weights_.cols());  // what is to be represented, over the channel scale
    for (Index row = 0; row < rows; ++row) {
      const Index k = outputs[std::size_t(row)];
      left.row(row) = weights_.row(k) / parts_.channel_scale[std::size_t(k)];
    }
    Codes codes = Codes::Zero(rows, Index(shape_.channels) * parts_.terms);
    for (int j = 0; j < shape_.channels; ++j) {
      const Index first = Index(j) * shape_.taps, after = first + shape_.taps;
      auto chosen = codes.middleCols(Index(j) * parts_.terms, parts_.terms);
      search(left.middleCols(first, shape_.taps), factors_[std::size_t(j)], price, chosen);
      const RowMajorFloat error =
          (left.middleCols(first, shape_.taps) - chosen * basis_) * factors_[std::size_t(j)];
      const Index rest = left.cols() - after;
      left.rightCols(rest).noalias() -= error * spread_.block(first, after, shape_.taps, rest);
    }
    return codes;
  }

  /// For each row w of `kernels` the code z with the least |(w - z B) R|^2 + price |z|_0.
  template <class Chosen>
  void search(const Eigen::Ref<const RowMajorFloat, 0, Eigen::OuterStride<>>& kernels,
              const RowMajorFloat& factor, double price, Chosen&& chosen) const {
    const Index block = candidates_.cols();
    const RowMajorFloat targets = kernels * factor;
    const RowMajorFloat basis = basis_ * factor;
    for (const int first : term_blocks(parts_.terms)) {
      chosen.middleCols(first, block).setZero();
      const RowMajorFloat own = basis.middleRows(first, block);
      const RowMajorFloat products = (targets - chosen * basis) * own.transpose();
      const Eigen::MatrixXf gram = own * own.transpose();
      const Eigen::VectorXf fixed = (candidates_ * gram).cwiseProduct(candidates_).rowwise().sum() +
                                    float(price) * candidates_.cwiseAbs().rowwise().sum();
      Eigen::MatrixXf losses = -2 * candidates_ * products.transpose();
      losses.colwise() += fixed;
      for (Index row = 0; row < kernels.rows(); ++row) {
        Index best = 0;
        losses.col(row).minCoeff(&best);
        chosen.row(row).segment(first, block) = candidates_.row(best);
      }
    }
  }

  /// The smallest price, to 1%, at which a sample of the output channels keeps the density.
  double price_for(double density) const {
    std::vector<Index> sample;
    const Index stride = std::max<Index>(1, shape_.outputs / kSample);
    for (Index k = 0; k < shape_.outputs; k += stride) sample.push_back(k);
    const auto density_at = [&](double price) {
      return double(choose(sample, price).cwiseAbs().mean());
    };
    if (density_at(0) <= density) return 0;
    const double start = (basis_ * factors_.front()).squaredNorm() / parts_.terms;
    double low = 0, high = start;
    while (density_at(high) > density) high = (low = high) * 4;
    while (high - low > 0.01 * high) {
      const double middle = (low + high) / 2;
      (density_at(middle) > density ? low : high) = middle;
      if (high < 1e-9 * start) break;
    }
    return high;
  }

  void store(Index output, const Codes& codes, std::size_t row) {
    const auto terms = std::size_t(parts_.terms), channels = std::size_t(shape_.channels);
    std::int8_t* made = parts_.coefficients.data() + std::size_t(output) * terms * channels;
    for (std::size_t j = 0; j < channels; ++j) {
      for (std::size_t m = 0; m < terms; ++m) {
        made[m * channels + std::size_t(order_[j])] =
            static_cast<std::int8_t>(codes(Index(row), Index(j * terms + m)));
      }
    }
  }

  KernelShape shape_;
  Decomposition& parts_;
  Eigen::MatrixXf candidates_;
  std::vector<int> order_;              ///< input channels, those with the strongest inputs first
  RowMajorFloat basis_;                 ///< [M][taps], real
  RowMajorFloat weights_;               ///< [K][C in order][taps]
  RowMajorFloat spread_;                ///< U
  std::vector<RowMajorFloat> factors_;  ///< blocks of R on its diagonal
};

}  // namespace

void fit_codes_to_outputs(std::span<const float> weights, const KernelShape& shape,
                          std::span<const float> patches, const OutputFitOptions& options,
                          Decomposition& parts) {
  OutputFitter(weights, shape, patches, parts).run(options);
}

}  // namespace escalate
