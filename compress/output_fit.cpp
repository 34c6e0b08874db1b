#include "compress/output_fit.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "common/error.h"
#include "common/float_product.h"
#include "common/math.h"
#include "common/parallel.h"
#include "compress/cholesky.h"
#include "compress/code_search.h"
#include "compress/coefficient_places.h"
#include "compress/ternary_codes.h"

namespace escalate {
namespace {

using RowMajorFloat = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Index = Eigen::Index;

constexpr double kDamping = 0.01;  ///< share of the mean diagonal, as in GPTQ
constexpr Index kChunk = 64;       ///< output channels worked on together
constexpr Index kSample = 64;      ///< output channels from which the price of a non-zero is found
constexpr Index kSamplePart = 16;  ///< of these, worked on together
constexpr Index kRows = 256;       ///< rows of a matrix copied together

class OutputFitter {
 public:
  OutputFitter(std::span<const float> weights, const KernelShape& shape,
               std::span<const float> patches, const OutputFitOptions& options,
               Decomposition& parts)
      : shape_(shape),
        density_(options.density),
        jobs_(options.jobs),
        parts_(parts),
        candidates_(ternary_codes(std::min(parts.terms, kBlockTerms))),
        order_(std::size_t(shape.channels)) {
    ensure(weights.size() == shape.size(), "weights are [K][C][R*S]");
    const Index depth = Index(shape.channels) * shape.taps;
    ensure(!patches.empty() && Index(patches.size()) % depth == 0, "patches are [n][C][R*S]");
    const Eigen::Map<const RowMajorFloat> inputs(patches.data(), Index(patches.size()) / depth,
                                                 depth);
    basis_.resize(parts.terms, shape.taps);
    for (Index i = 0; i < basis_.size(); ++i) {
      basis_.data()[i] = float(parts.basis[std::size_t(i)]) * parts.basis_scale;
    }
    if (options.pattern) places_ = {weights, shape, parts.terms, *options.pattern};
    const Eigen::RowVectorXf mean = mean_of(inputs);
    sort_channels(inputs, mean);
    weights_ = in_order(Eigen::Map<const RowMajorFloat>(weights.data(), shape.outputs, depth),
                        Eigen::RowVectorXf::Zero(depth));
    factorise(in_order(inputs, mean));  // an offset a channel costs nothing
  }

  void run() {
    double price = density_ < 1 ? price_for(density_) : 0;
    choose_all(price);
    for (; density_ < 1 && density() > density_; choose_all(price)) price = price * 1.02 + 1e-30;
  }

 private:
  /// [outputs][C in order][M]
  using Codes = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

  void choose_all(double price) {
    const Index chunks = ceil_div(shape_.outputs, kChunk);
    parallel_for(chunks, jobs_, [&](std::int64_t chunk) {
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

  static Eigen::RowVectorXf mean_of(const Eigen::Ref<const RowMajorFloat>& inputs) {
    Eigen::RowVectorXf sum = Eigen::RowVectorXf::Zero(inputs.cols());
    for (Index n = 0; n < inputs.rows(); ++n) sum += inputs.row(n);
    return sum / float(inputs.rows());
  }

  void sort_channels(const Eigen::Ref<const RowMajorFloat>& inputs,
                     const Eigen::RowVectorXf& mean) {
    Eigen::RowVectorXf square = Eigen::RowVectorXf::Zero(inputs.cols());
    for (Index n = 0; n < inputs.rows(); ++n) square += (inputs.row(n) - mean).cwiseAbs2();
    std::iota(order_.begin(), order_.end(), 0);
    std::vector<float> strength;
    for (int c = 0; c < shape_.channels; ++c) {
      strength.push_back(square.segment(Index(c) * shape_.taps, shape_.taps).sum());
    }
    std::stable_sort(order_.begin(), order_.end(), [&](int a, int b) {
      return strength[std::size_t(a)] > strength[std::size_t(b)];
    });
  }

  /// Rows [C][taps] less `offset`, with the channels in order.
  RowMajorFloat in_order(const Eigen::Ref<const RowMajorFloat>& rows,
                         const Eigen::RowVectorXf& offset) const {
    RowMajorFloat sorted(rows.rows(), rows.cols());
    parallel_for(ceil_div(rows.rows(), kRows), jobs_, [&](std::int64_t part) {
      for (Index n = part * kRows; n < std::min<Index>(rows.rows(), (part + 1) * kRows); ++n) {
        for (std::size_t j = 0; j < order_.size(); ++j) {
          const Index from = Index(order_[j]) * shape_.taps;
          sorted.row(n).segment(Index(j) * shape_.taps, shape_.taps) =
              rows.row(n).segment(from, shape_.taps) - offset.segment(from, shape_.taps);
        }
      }
    });
    return sorted;
  }

  /// X'X = R R' with R upper triangular: what outputs E X' lose by errors E [depth] has the square
  /// |E R|^2, of which column block c depends on the errors of channels up to c alone.
  void factorise(const RowMajorFloat& inputs) {
    const Index depth = inputs.cols();
    RowMajorFloat half(depth, depth);
    lower_gram({inputs.data(), std::size_t(inputs.size())}, int(depth), half.data(), jobs_);
    // Cholesky factors are lower triangular: that of X'X with its channels backwards, backwards.
    Eigen::MatrixXd gram(depth, depth);
    for (Index j = 0; j < depth; ++j) {
      for (Index i = j; i < depth; ++i) gram(i, j) = half(depth - 1 - j, depth - 1 - i);
    }
    const double mean = gram.trace() / double(depth);
    gram.diagonal().array() += mean > 0 ? kDamping * mean : 1.0;
    ensure(factorise_lower(gram, jobs_), "a damped Gram matrix is positive definite");
    factor_ = gram.triangularView<Eigen::Lower>().toDenseMatrix().reverse().cast<float>();
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
    RowMajorFloat lost = RowMajorFloat::Zero(rows, weights_.cols());  // E R of the channels before
    for (int j = 0; j < shape_.channels; ++j) {
      const Index first = Index(j) * shape_.taps, after = first + shape_.taps;
      const auto kernels = left.middleCols(first, shape_.taps);
      const RowMajorFloat factor = factor_.block(first, first, shape_.taps, shape_.taps);
      auto chosen = codes.middleCols(Index(j) * parts_.terms, parts_.terms);
      search(kernels_of(outputs, order_[std::size_t(j)]),
             kernels * factor + lost.middleCols(first, shape_.taps), factor, price, chosen);
      const RowMajorFloat error = kernels - chosen * basis_;
      const Index rest = lost.cols() - after;
      lost.rightCols(rest).noalias() += error * factor_.block(first, after, shape_.taps, rest);
    }
    return codes;
  }

  /// The kernels of input channel `channel`, one for each of `outputs`.
  std::vector<Index> kernels_of(const std::vector<Index>& outputs, int channel) const {
    std::vector<Index> kernels;
    for (const Index k : outputs) kernels.push_back(k * shape_.channels + channel);
    return kernels;
  }

  /// For the row t of `targets` of each of `kernels` the code z with the least
  /// |t - z B R|^2 + price |z|_0.
  template <class Chosen>
  void search(const std::vector<Index>& kernels, const RowMajorFloat& targets,
              const RowMajorFloat& factor, double price, Chosen&& chosen) const {
    const Index block = candidates_.cols();
    const RowMajorFloat basis = basis_ * factor;
    for (const int first : term_blocks(parts_.terms)) {
      chosen.middleCols(first, block).setZero();
      const RowMajorFloat own = basis.middleRows(first, block);
      const RowMajorFloat products = (targets - chosen * basis) * own.transpose();
      const Eigen::MatrixXd gram = (own * own.transpose()).template cast<double>();
      for (const auto& [terms, of_them] : places_.by_terms(kernels, first, int(block))) {
        const Eigen::MatrixXf codes =
            places_.are_all()
                ? candidates_
                : Eigen::MatrixXf(candidates_(codes_within(candidates_, terms), Eigen::all));
        const CodeSearch search(codes, gram);
        for_each_best(search, rows_of(kernels, of_them), products, price,
                      [&](Index row, Index best) {
                        chosen.row(row).segment(first, block) = codes.row(best);
                      });
      }
    }
  }

  /// Where those of `some` stand among `kernels`; both ascend.
  static std::vector<Index> rows_of(const std::vector<Index>& kernels,
                                    const std::vector<Index>& some) {
    std::vector<Index> rows;
    auto next = some.begin();
    for (std::size_t row = 0; row < kernels.size() && next != some.end(); ++row) {
      if (kernels[row] != *next) continue;
      rows.push_back(Index(row));
      ++next;
    }
    return rows;
  }

  /// Calls take(row, best code) for each of `rows` of `products`.
  template <class Take>
  static void for_each_best(const CodeSearch& search, const std::vector<Index>& rows,
                            const RowMajorFloat& products, double price, Take&& take) {
    constexpr auto kLanes = std::size_t(CodeSearch::kLanes);
    const std::vector<float> prices(kLanes, float(price));
    for (std::size_t begin = 0; begin < rows.size(); begin += kLanes) {
      const std::size_t count = std::min(kLanes, rows.size() - begin);
      RowMajorFloat features = RowMajorFloat::Zero(products.cols(), Index(kLanes));
      for (std::size_t i = 0; i < count; ++i) {
        features.col(Index(i)) = products.row(rows[begin + i]).transpose();
      }
      Index best[kLanes];
      search.best(features.data(), prices.data(), best);
      for (std::size_t i = 0; i < count; ++i) take(rows[begin + i], best[i]);
    }
  }

  /// The smallest price, to 1%, at which a sample of the output channels keeps the density.
  double price_for(double density) const {
    std::vector<Index> sample;
    const Index stride = std::max<Index>(1, shape_.outputs / kSample);
    for (Index k = 0; k < shape_.outputs; k += stride) sample.push_back(k);
    const auto parts = ceil_div(Index(sample.size()), kSamplePart);
    const auto density_at = [&](double price) {
      std::vector<double> non_zeros(std::size_t(parts), 0.0);
      parallel_for(parts, jobs_, [&](std::int64_t part) {
        const auto first = sample.begin() + part * kSamplePart;
        const auto rest = sample.end() - first;
        const std::vector<Index> outputs(first, first + std::min<Index>(rest, kSamplePart));
        non_zeros[std::size_t(part)] = double(choose(outputs, price).cwiseAbs().sum());
      });
      return std::accumulate(non_zeros.begin(), non_zeros.end(), 0.0) /
             (double(sample.size()) * shape_.channels * parts_.terms);
    };
    if (density_at(0) <= density) return 0;
    const double start =
        (basis_ * factor_.topLeftCorner(shape_.taps, shape_.taps)).squaredNorm() / parts_.terms;
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
  double density_;
  int jobs_;
  Decomposition& parts_;
  Eigen::MatrixXf candidates_;
  std::vector<int> order_;    ///< input channels, those with the strongest inputs first
  CoefficientPlaces places_;  ///< where codes may differ from 0
  RowMajorFloat basis_;       ///< [M][taps], real
  RowMajorFloat weights_;     ///< [K][C in order][taps]
  RowMajorFloat factor_;      ///< R
};

}  // namespace

void fit_codes_to_outputs(std::span<const float> weights, const KernelShape& shape,
                          std::span<const float> patches, const OutputFitOptions& options,
                          Decomposition& parts) {
  OutputFitter(weights, shape, patches, options, parts).run();
}

}  // namespace escalate
