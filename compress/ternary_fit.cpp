#include "compress/ternary_fit.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "common/error.h"
#include "common/math.h"
#include "compress/code_search.h"
#include "compress/coefficient_places.h"
#include "compress/scalar_codes.h"
#include "compress/ternary_codes.h"

namespace escalate {
namespace {

using RowMajorFloat = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Index = Eigen::Index;

constexpr std::size_t kBatch = 2048;  ///< kernels that are scored at once
constexpr double kLeastGain = 1e-4;  ///< share of the squared error that a round must gain to go on
constexpr float kTwnThreshold = 0.7f;  ///< TWN, section 2.2
constexpr int kBasisMost = 127;
constexpr std::size_t kSampleKernels =
    8192;  ///< at least so many decide the basis of a large layer
constexpr int kRoundsAfterSample = 3;

class TernaryFitter {
 public:
  TernaryFitter(std::span<const float> weights, const KernelShape& shape, int terms,
                const std::optional<NmPattern>& pattern = {})
      : kernels_(weights.data(), Index(shape.kernels()), shape.taps),
        shape_(shape),
        terms_(terms),
        codes_(shape.kernels() * terms, 0),
        basis_(RowMajor::Zero(terms, shape.taps)),
        scales_(Eigen::VectorXd::Ones(shape.outputs)) {
    ensure(weights.size() == shape.size(), "weights are [K][C/groups][R*S]");
    for (int k = 0; k < shape.outputs; ++k) {
      const double square = rows(k).cast<double>().squaredNorm();
      if (square > 0) scales_(k) = std::sqrt(square / double(shape.channels * shape.taps));
    }
    candidates_ = ternary_codes(std::min(terms, most_in_block()));
    if (pattern) places_ = {weights, shape, terms, *pattern};
  }

  /// Codes and basis from the SVD's coefficients by thresholds.
  void start_by_threshold() {
    const KernelSvd svd = kernel_svd({kernels_.data(), shape_.size()}, shape_, terms_);
    for (int m = 0; m < terms_; ++m) {
      const auto coefficient = [&](std::size_t j) {
        return svd.coefficients[j * terms_ + m] / float(scales_(Index(j) / shape_.channels));
      };
      double sum = 0;
      for (std::size_t j = 0; j < shape_.kernels(); ++j) sum += std::abs(coefficient(j));
      const double threshold = kTwnThreshold * sum / double(shape_.kernels());
      double above = 0;
      std::size_t count = 0;
      for (std::size_t j = 0; j < shape_.kernels(); ++j) {
        const float a = coefficient(j);
        if (!(std::abs(a) > threshold) || !places_.allows(Index(j), m)) continue;
        codes_[j * terms_ + m] = a > 0 ? 1 : -1;
        above += std::abs(a);
        ++count;
      }
      const double magnitude = count > 0 ? above / double(count) : 0.0;
      for (int t = 0; t < shape_.taps; ++t) {
        basis_(m, t) = magnitude * svd.basis[std::size_t(m) * shape_.taps + t];
      }
    }
  }

  /// 1x1 kernels: the first term is each output channel's best ternary vector; each further one is
  /// fitted to what the terms before it leave.
  void start_by_residuals() {
    ensure(shape_.taps == 1, "ternary terms are for 1x1 layers");
    std::vector<float> residual(kernels_.data(), kernels_.data() + shape_.size());
    for (int m = 0; m < terms_; ++m) {
      double numerator = 0, denominator = 0;
      for (int k = 0; k < shape_.outputs; ++k) {
        const auto [count, magnitude] = best_ternary(residual, k, m);
        if (m == 0 && magnitude > 0) scales_(k) = magnitude;
        numerator += scales_(k) * magnitude * count;
        denominator += scales_(k) * scales_(k) * count;
      }
      basis_(m, 0) = m == 0 ? 1.0 : denominator > 0 ? numerator / denominator : 0.0;
      for (std::size_t j = 0; j < shape_.kernels(); ++j) {
        residual[j] -= float(scales_(Index(j) / shape_.channels) * basis_(m, 0)) *
                       float(codes_[j * terms_ + m]);
      }
    }
  }

  /// Basis and scales of a fit to some of the channels.
  void start_from(const TernaryFitter& sample) {
    basis_ = sample.basis_;
    scales_ = sample.scales_;
  }

  /// Rounds of codes, basis and scales until one gains too little.
  void alternate(int max_rounds, double density) {
    double before = squared_error();
    for (int round = 0; round < max_rounds; ++round) {
      if (density < 1) price_ = price_for(density);
      update_codes(price_);
      update_basis();
      update_scales();
      const double after = squared_error();
      if (density >= 1 && after > before * (1 - kLeastGain)) break;
      before = after;
    }
  }

  void round_basis() {
    basis_scale_ = 1;
    if (shape_.taps == 1 && terms_ == 1) {
      if (basis_(0, 0) != 0) scales_ *= std::abs(basis_(0, 0));
      basis_(0, 0) = 1;
    } else {
      const double most = basis_.cwiseAbs().maxCoeff();
      if (most > 0) basis_scale_ = float(most / kBasisMost);
      basis_ = (basis_ / double(basis_scale_)).array().round().matrix() * double(basis_scale_);
    }
  }

  /// Codes and scales that suit the basis as it is; nothing is denser than `density` afterwards.
  void settle(double density) {
    if (density < 1) price_ = price_for(density);
    update_codes(price_);
    for (; density < 1 && this->density() > density; price_ = price_ * 1.02 + 1e-30) {
      update_codes(price_);
    }
    update_scales();
  }

  double squared_error() const {
    const RowMajorFloat basis = basis_.cast<float>();
    double sum = 0;
    for_each_output([&](int k, const RowMajorFloat& codes) {
      sum += (rows(k) - float(scales_(k)) * (codes * basis)).cast<double>().squaredNorm();
    });
    return sum;
  }

  Decomposition result() const {
    Decomposition made;
    made.terms = terms_;
    made.basis_scale = basis_scale_;
    for (Index i = 0; i < basis_.size(); ++i) {
      made.basis.push_back(
          static_cast<std::int8_t>(std::lround(basis_.data()[i] / double(basis_scale_))));
    }
    for (int k = 0; k < shape_.outputs; ++k) {
      made.channel_scale.push_back(float(scales_(k)));
      for (int m = 0; m < terms_; ++m) {
        for (int c = 0; c < shape_.channels; ++c) {
          made.coefficients.push_back(codes_[(std::size_t(k) * shape_.channels + c) * terms_ + m]);
        }
      }
    }
    return made;
  }

 private:
  /// The kernels of output k, [C][taps].
  Eigen::Map<const RowMajorFloat> rows(int k) const {
    return {kernels_.data() + std::size_t(k) * shape_.channels * shape_.taps, shape_.channels,
            shape_.taps};
  }

  double density() const {
    const auto zeros = std::count(codes_.begin(), codes_.end(), std::int8_t{0});
    return 1 - double(zeros) / double(codes_.size());
  }

  /// Sets the codes of term m of output k to the ternary vector nearest to the residual: of the j
  /// largest magnitudes the j with the largest (sum of them)^2 / j. Returns j and the scale.
  std::pair<int, double> best_ternary(const std::vector<float>& residual, int k, int m) {
    const std::size_t first = std::size_t(k) * shape_.channels;
    std::vector<int> order(shape_.channels);
    std::iota(order.begin(), order.end(), 0);
    const auto magnitude = [&](int c) { return std::abs(residual[first + c]); };
    std::sort(order.begin(), order.end(), [&](int a, int b) {
      return magnitude(a) != magnitude(b) ? magnitude(a) > magnitude(b) : a < b;
    });
    double sum = 0, best_gain = 0, best_sum = 0;
    int best = 0;
    for (int j = 0; j < shape_.channels; ++j) {
      sum += magnitude(order[j]);
      if (sum * sum / (j + 1) > best_gain) {
        best_gain = sum * sum / (j + 1);
        best_sum = sum;
        best = j + 1;
      }
    }
    for (int j = 0; j < best; ++j) {
      codes_[(first + order[j]) * terms_ + m] = residual[first + order[j]] > 0 ? 1 : -1;
    }
    return {best, best > 0 ? best_sum / best : 0.0};
  }

  void update_codes(double price) {
    for (const int first : term_blocks(terms_, most_in_block())) {
      for_each_scorer(first, all_kernels(), [&](const Scorer& scorer, Kernels kernels) {
        for (; !kernels.empty(); kernels = kernels.subspan(best_.size())) {
          search(scorer, first, price, kernels.first(std::min(kBatch, kernels.size())));
          for (std::size_t i = 0; i < best_.size(); ++i) store(first, kernels[i], best_[i]);
        }
      });
    }
  }

  /// Squared error of code z for a kernel w of scale s, divided by s^2 and without |w/s|^2:
  /// z'Gz - 2 z'(B r / s) + price / s^2 |z|_0, with r what the terms outside the block leave.
  struct Scorer {
    RowMajorFloat basis;              ///< basis of the block [block][taps]
    std::optional<CodeSearch> codes;  ///< for kernels of several taps
    std::optional<ScalarCodes> sums;  ///< for those of one
    std::vector<Index> rows;          ///< of candidates_ that are searched; empty: all

    Index candidate(Index found) const { return rows.empty() ? found : rows[std::size_t(found)]; }
  };
  using Kernels = std::span<const Index>;

  int most_in_block() const { return shape_.taps == 1 ? kScalarBlockTerms : kBlockTerms; }

  std::vector<Index> all_kernels() const {
    std::vector<Index> kernels(shape_.kernels());
    std::iota(kernels.begin(), kernels.end(), Index{0});
    return kernels;
  }

  /// Calls visit(scorer, kernels) for those of `kernels` of which the same coefficients of the
  /// block may differ from 0.
  template <class Visit>
  void for_each_scorer(int first, const std::vector<Index>& kernels, Visit&& visit) const {
    const auto block = int(candidates_.cols());
    for (const auto& [terms, of_them] : places_.by_terms(kernels, first, block)) {
      Scorer scorer;
      if (!places_.are_all()) scorer.rows = codes_within(candidates_, terms);
      add_search(scorer, first);
      visit(scorer, of_them);
    }
  }

  void add_search(Scorer& scorer, int first) const {
    const Eigen::MatrixXf codes =
        scorer.rows.empty() ? candidates_ : Eigen::MatrixXf(candidates_(scorer.rows, Eigen::all));
    const RowMajor basis = basis_.middleRows(first, candidates_.cols());
    if (shape_.taps == 1) {
      scorer.sums.emplace(codes, basis.col(0));
      return;
    }
    scorer.basis = basis.cast<float>();
    scorer.codes.emplace(codes, basis * basis.transpose());
  }

  /// Best candidate of each of `kernels`, into best_.
  void search(const Scorer& scorer, int first, double price, Kernels kernels) {
    best_.resize(kernels.size());
    if (scorer.sums) {
      search_sums(*scorer.sums, first, price, kernels);
    } else {
      constexpr auto kLanes = std::size_t(CodeSearch::kLanes);
      for (std::size_t i = 0; i < kernels.size(); i += kLanes) {
        const std::size_t count = std::min(kLanes, kernels.size() - i);
        search_lanes(scorer, first, price, kernels.subspan(i, count), &best_[i]);
      }
    }
    for (Index& best : best_) best = scorer.candidate(best);
  }

  void search_lanes(const Scorer& scorer, int first, double price, Kernels kernels,
                    Index* best) const {
    constexpr Index kLanes = CodeSearch::kLanes;
    const Index block = candidates_.cols();
    RowMajorFloat features = RowMajorFloat::Zero(block, kLanes);
    float prices[kLanes] = {};
    Eigen::VectorXf residual(shape_.taps);
    for (std::size_t i = 0; i < kernels.size(); ++i) {
      const Index j = kernels[i];
      const double scale = scales_(j / shape_.channels);
      residual = kernels_.row(j).transpose() / float(scale);
      for (int m = 0; m < terms_; ++m) {
        const int code = codes_[std::size_t(j) * terms_ + m];
        if (code == 0 || (m >= first && m < first + block)) continue;
        residual -= float(code) * basis_.row(m).transpose().cast<float>();
      }
      features.col(Index(i)).noalias() = scorer.basis * residual;
      prices[i] = float(price / (scale * scale));
    }
    Index found[kLanes];
    scorer.codes->best(features.data(), prices, found);
    std::copy_n(found, kernels.size(), best);
  }

  void search_sums(const ScalarCodes& sums, int first, double price, Kernels kernels) {
    const Index last = first + candidates_.cols();
    for (std::size_t i = 0; i < kernels.size(); ++i) {
      const Index j = kernels[i];
      const double scale = scales_(j / shape_.channels);
      double residual = double(kernels_(j, 0)) / scale;
      const std::int8_t* codes = &codes_[std::size_t(j) * terms_];
      for (int m = 0; m < terms_; ++m) {
        if (m < first || m >= last) residual -= codes[m] * basis_(m, 0);
      }
      best_[i] = sums.best(residual, price / (scale * scale));
    }
  }

  void store(int first, Index kernel, Index candidate) {
    for (Index m = 0; m < candidates_.cols(); ++m) {
      codes_[std::size_t(kernel) * terms_ + first + m] =
          static_cast<std::int8_t>(candidates_(candidate, m));
    }
  }

  /// The smallest price of a non-zero coefficient (by bisection, to 1%) at which the density is
  /// kept, judged on an evenly spaced sample of the kernels with other blocks' codes held.
  double price_for(double density) {
    constexpr Index kSampledRows = 4096;
    const Index stride = std::max<Index>(1, kernels_.rows() / kSampledRows);
    std::vector<Index> sample(std::min(kBatch, std::size_t(ceil_div(kernels_.rows(), stride))));
    for (std::size_t i = 0; i < sample.size(); ++i) sample[i] = Index(i) * stride;
    const std::vector<int> starts = term_blocks(terms_, most_in_block());
    const double all = double(sample.size() * starts.size()) * double(candidates_.cols());
    const auto density_at = [&](double price) {
      double nonzero = 0;
      for (const int first : starts) {
        for_each_scorer(first, sample, [&](const Scorer& scorer, Kernels kernels) {
          search(scorer, first, price, kernels);
          for (const Index best : best_) nonzero += candidates_.row(best).cwiseAbs().sum();
        });
      }
      return nonzero / all;
    };
    if (density_at(0) <= density) return 0;
    double low = 0, high = mean_square();
    while (density_at(high) > density) high = (low = high) * 4;
    while (high - low > 0.01 * high) {
      const double middle = (low + high) / 2;
      (density_at(middle) > density ? low : high) = middle;
      if (high < 1e-12 * mean_square()) break;
    }
    return high;
  }

  double mean_square() const {
    return kernels_.cast<double>().squaredNorm() / double(shape_.kernels());
  }

  void update_basis() {
    RowMajor normal = RowMajor::Zero(terms_, terms_);
    RowMajor right = RowMajor::Zero(terms_, shape_.taps);
    for_each_output([&](int k, const RowMajorFloat& codes) {
      const double scale = scales_(k);
      normal += scale * scale * (codes.transpose() * codes).cast<double>();
      right += scale * (codes.transpose() * rows(k)).cast<double>();
    });
    basis_ = normal.completeOrthogonalDecomposition().solve(right);
  }

  void update_scales() {
    const RowMajorFloat basis = basis_.cast<float>();
    for_each_output([&](int k, const RowMajorFloat& codes) {
      const RowMajorFloat made = codes * basis;
      const double square = made.cast<double>().squaredNorm();
      const double product = made.cast<double>().cwiseProduct(rows(k).cast<double>()).sum();
      if (square > 0 && product > 0) scales_(k) = product / square;
    });
  }

  template <class Visit>
  void for_each_output(Visit&& visit) const {
    RowMajorFloat codes(shape_.channels, terms_);
    const std::size_t size = std::size_t(shape_.channels) * terms_;
    for (int k = 0; k < shape_.outputs; ++k) {
      std::copy_n(&codes_[k * size], size, codes.data());
      visit(k, codes);
    }
  }

  Eigen::Map<const RowMajorFloat> kernels_;  ///< [K*C][taps]
  KernelShape shape_;
  int terms_;
  std::vector<std::int8_t> codes_;  ///< [K*C][M]
  CoefficientPlaces places_;        ///< where codes may differ from 0
  RowMajor basis_;                  ///< [M][taps], real
  Eigen::VectorXd scales_;          ///< s_k
  float basis_scale_ = 1;
  double price_ = 0;            ///< Lagrange multiplier of a non-zero coefficient
  Eigen::MatrixXf candidates_;  ///< [3^block][block]
  std::vector<Index> best_;
};

/// Every `step`th input channel of a layer.
struct ChannelSample {
  std::vector<float> weights;
  KernelShape shape;
};

ChannelSample every_channel(std::span<const float> weights, const KernelShape& shape, int step) {
  ChannelSample sample{{}, shape};
  sample.shape.channels = int(ceil_div(shape.channels, step));
  for (int k = 0; k < shape.outputs; ++k) {
    for (int c = 0; c < shape.channels; c += step) {
      const auto kernel = weights.begin() + (std::ptrdiff_t(k) * shape.channels + c) * shape.taps;
      sample.weights.insert(sample.weights.end(), kernel, kernel + shape.taps);
    }
  }
  return sample;
}

// The basis of a large layer follows from a sample of its kernels; a few rounds suit it to all.
void alternate(TernaryFitter& fitter, std::span<const float> weights, const KernelShape& shape,
               const TernaryOptions& options) {
  const std::size_t step = std::min(shape.kernels() / kSampleKernels, std::size_t(shape.channels));
  fitter.start_by_threshold();
  if (step < 2) return fitter.alternate(options.max_rounds, options.density);
  const ChannelSample some = every_channel(weights, shape, int(step));
  TernaryFitter sample(some.weights, some.shape, options.terms);
  sample.start_by_threshold();
  sample.alternate(options.max_rounds, options.density);
  fitter.start_from(sample);
  fitter.alternate(std::min(options.max_rounds, kRoundsAfterSample), options.density);
}

}  // namespace

Decomposition fit_ternary(std::span<const float> weights, const KernelShape& shape,
                          const TernaryOptions& options) {
  ensure(options.density > 0 && options.density <= 1, "a density is above 0 and at most 1");
  TernaryFitter fitter(weights, shape, options.terms, options.pattern);
  if (shape.taps == 1) {
    fitter.start_by_residuals();
    fitter.alternate(options.max_rounds, options.density);
  } else {
    alternate(fitter, weights, shape, options);
  }
  fitter.round_basis();
  fitter.settle(options.density);
  if (shape.taps == 1) return fitter.result();
  // Rounding the basis may cost more than the alternation has gained.
  TernaryFitter plain(weights, shape, options.terms, options.pattern);
  plain.start_by_threshold();
  plain.round_basis();
  plain.settle(options.density);
  return (plain.squared_error() < fitter.squared_error() ? plain : fitter).result();
}

Decomposition threshold_ternary(std::span<const float> weights, const KernelShape& shape,
                                int terms) {
  TernaryFitter fitter(weights, shape, terms);
  fitter.start_by_threshold();
  fitter.round_basis();
  return fitter.result();
}

double relative_error(std::span<const float> weights, std::span<const float> approximation) {
  ensure(weights.size() == approximation.size(), "both are [K][C/groups][R*S]");
  double lost = 0, all = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double difference = double(weights[i]) - double(approximation[i]);
    lost += difference * difference;
    all += double(weights[i]) * double(weights[i]);
  }
  return all > 0 ? std::sqrt(lost / all) : 0.0;
}

}  // namespace escalate
