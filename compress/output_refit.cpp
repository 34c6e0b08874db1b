#include "compress/output_refit.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "common/error.h"
#include "common/math.h"
#include "common/parallel.h"
#include "compress/calibrate.h"
#include "compress/graph_passes.h"
#include "compress/output_fit.h"
#include "workloads/float_executor.h"

namespace escalate {
namespace {

/// Sums over the positions of one channel of one image, of both networks.
struct PairSums {
  double count = 0;
  double original = 0, original_square = 0;
  double made = 0, made_square = 0;
  double product = 0;

  void add(const PairSums& other) {
    count += other.count;
    original += other.original;
    original_square += other.original_square;
    made += other.made;
    made_square += other.made_square;
    product += other.product;
  }
};

/// y becomes factor * y + offset.
struct Correction {
  double factor = 1, offset = 0;
  double variance = 0;  ///< variance of the original outputs
  double error = 0;     ///< variance of what the corrected outputs still differ by
};

double variance_of(double sum, double sum_of_squares, double count) {
  const double mean = sum / count;
  return std::max(0.0, sum_of_squares / count - mean * mean);
}

/// The variance that `kSpreadSamples` made-up samples add to both networks' in each channel of a
/// layer: what a channel of the layer has on average, in proportion to their number.
///
/// The spread of a few samples is chance. Of two, the factor would be the ratio of two differences,
/// of which the lower may be next to 0; with these beside it stays near 1, where the weights want
/// it, until there are many more samples than that.
double prior_variance(const std::vector<PairSums>& channels) {
  double original = 0, made = 0;
  for (const PairSums& sums : channels) {
    original += variance_of(sums.original, sums.original_square, sums.count);
    made += variance_of(sums.made, sums.made_square, sums.count);
  }
  return double(kSpreadSamples) / channels.front().count * std::sqrt(original * made) /
         double(channels.size());
}

Correction correction_of(const PairSums& sums, double prior) {
  const double original_mean = sums.original / sums.count, made_mean = sums.made / sums.count;
  const double made_variance = variance_of(sums.made, sums.made_square, sums.count);
  const double covariance = sums.product / sums.count - original_mean * made_mean;
  Correction correction;
  correction.variance = variance_of(sums.original, sums.original_square, sums.count);
  // A channel that hardly moves has rounding errors for a variance.
  const double least = 1e-10 * std::max(made_mean * made_mean, original_mean * original_mean);
  if (made_variance > least && correction.variance > least) {
    correction.factor = std::sqrt((correction.variance + prior) / (made_variance + prior));
  }
  correction.offset = original_mean - correction.factor * made_mean;
  correction.error = correction.variance + correction.factor * correction.factor * made_variance -
                     2 * correction.factor * covariance;
  return correction;
}

constexpr std::int64_t kMostDepth = 2304;  ///< inputs of an output: its Gram matrix has the square
constexpr std::int64_t kLeastPatches = 2;  ///< for each of them, or the fit would be to chance
constexpr std::int64_t kPatches = 8192, kPatchesOfDepth = 4;  ///< as many are enough
constexpr std::int64_t kMostBytes = std::int64_t{1} << 30;    ///< tensors held at a time

/// For each node the last one that reads it; -1: none does.
std::vector<int> last_readers(const Graph& graph) {
  std::vector<int> last(graph.nodes.size(), -1);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const int input : graph.nodes[i].inputs) last[std::size_t(input)] = int(i);
  }
  return last;
}

/// The number of images that can be at one node together.
std::int64_t images_that_fit(const Graph& graph) {
  const std::vector<int> last = last_readers(graph);
  std::int64_t held = 0, most = 1;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    held += graph.nodes[i].out.size();
    most = std::max(most, held);
    for (std::size_t j = 0; j <= i; ++j) {
      if (last[j] == int(i)) held -= graph.nodes[j].out.size();
    }
  }
  const auto bytes_per_image = std::int64_t(2 * sizeof(float)) * most;
  return std::max<std::int64_t>(1, kMostBytes / bytes_per_image);
}

/// What output position `position` reads, [C][R*S].
void copy_patch(const Node& node, const Tensor& input, int position, float* patch) {
  if (node.op == OpKind::kFullyConnected) {
    std::copy(input.values.begin(), input.values.end(), patch);
    return;
  }
  const Window& window = node.window;
  const int top = position / node.out.w * window.stride_h - window.pad_top;
  const int left = position % node.out.w * window.stride_w - window.pad_left;
  for (int c = 0; c < input.shape.c; ++c) {
    for (int r = 0; r < window.r; ++r) {
      for (int s = 0; s < window.s; ++s, ++patch) {
        const int h = top + r, w = left + s;
        const bool is_inside = h >= 0 && h < input.shape.h && w >= 0 && w < input.shape.w;
        *patch = is_inside
                     ? input.values[(std::size_t(c) * std::size_t(input.shape.h) + std::size_t(h)) *
                                        std::size_t(input.shape.w) +
                                    std::size_t(w)]
                     : 0.0f;
      }
    }
  }
}

class OutputRefit {
 public:
  OutputRefit(Graph& compressed, const Graph& original, const InputSource& images,
              const RefitOptions& options)
      : compressed_(compressed),
        original_(prepared(original)),
        images_(images),
        num_images_(std::min({options.images, images.size(), images_that_fit(compressed)})),
        density_(options.density),
        jobs_(options.jobs),
        pattern_(options.coefficient_pattern),
        original_executor_(original_),
        made_executor_(compressed),
        original_outputs_(std::size_t(num_images_)),
        made_outputs_(std::size_t(num_images_)),
        last_reader_(last_readers(original_)),
        is_measured_(nodes_to_measure(compressed)) {
    ensure(original_.nodes.size() == compressed.nodes.size(),
           "a network is refitted to the one it was compressed from");
    summary_.seen.images = num_images_;
    summary_.seen.magnitudes.resize(compressed.nodes.size());
  }

  RefitSummary run() {
    parallel_for(num_images_, jobs_, [&](std::int64_t n) { read_image(n); });
    measure(0);
    for (int i = 1; i < int(original_.nodes.size()); ++i) {
      const bool is_fitted = loses_weights(i);
      if (is_fitted) fit_codes(i);
      run_node(i);
      if (is_fitted) refit(i);
      measure(i);
    }
    summary_.images = summary_.output_error.empty() ? 0 : num_images_;
    return std::move(summary_);
  }

 private:
  using Outputs = std::vector<Tensor>;  ///< by node; empty where not yet or no longer needed

  void read_image(std::int64_t n) {
    InputImage image = images_.image(n);
    if (image.is_int8_steps) {
      throw UserError(SourcePlace{image.name, 0, ""},
                      "calibration needs real input values, and these are int8 steps");
    }
    for (Outputs* outputs : {&original_outputs_[std::size_t(n)], &made_outputs_[std::size_t(n)]}) {
      outputs->resize(original_.nodes.size());
      outputs->front() = image.values;
    }
  }

  /// Few images at a time, and what no later node reads of them is dropped at once: that makes room
  /// for what the next ones give.
  void run_node(int i) {
    const std::int64_t together = original_executor_.images_together(i);
    parallel_for(ceil_div(num_images_, together), jobs_, [&](std::int64_t part) {
      const auto first = std::size_t(part * together);
      const std::size_t count = std::size_t(std::min(num_images_ - std::int64_t(first), together));
      run_node(original_executor_, i, std::span(original_outputs_).subspan(first, count));
      run_node(made_executor_, i, std::span(made_outputs_).subspan(first, count));
      for (std::size_t n = first; n < first + count; ++n) drop_unread(n, i);
    });
  }

  void run_node(const FloatExecutor& executor, int i, std::span<Outputs> images) const {
    std::vector<std::vector<const Tensor*>> inputs(images.size());
    for (std::size_t n = 0; n < images.size(); ++n) {
      for (const int input : original_.nodes[std::size_t(i)].inputs) {
        inputs[n].push_back(&images[n][std::size_t(input)]);
      }
    }
    std::vector<Tensor> outputs = executor.run_node(i, inputs);
    for (std::size_t n = 0; n < images.size(); ++n) {
      images[n][std::size_t(i)] = std::move(outputs[n]);
    }
  }

  std::vector<float> weights_of(const Graph& graph, int i) const {
    const Node& node = graph.nodes[std::size_t(i)];
    const Shape in = original_.input_shape_of(i);
    return float_weights(node, node.op == OpKind::kFullyConnected ? int(in.size()) : in.c);
  }

  /// Whether it is a decomposed layer with other weights than it came with.
  bool loses_weights(int i) const {
    return compressed_.nodes[std::size_t(i)].decomposition &&
           weights_of(compressed_, i) != weights_of(original_, i);
  }

  /// Chooses the layer's coefficients for what it reads, where there is enough of that.
  void fit_codes(int i) {
    Node& node = compressed_.nodes[std::size_t(i)];
    const std::vector<float> weights = weights_of(original_, i);
    const int taps = node.window.r * node.window.s;
    const int depth = int(weights.size()) / node.out_channels;
    const bool is_fed = num_images_ * node.out.h * node.out.w >= kLeastPatches * depth;
    if (node.groups != 1 || depth > kMostDepth || !is_fed) return;
    fit_codes_to_outputs(weights, {node.out_channels, depth / taps, taps}, patches_of(node, depth),
                         {density_, jobs_, pattern_}, *node.decomposition);
    made_executor_.refresh(i);
  }

  /// Evenly spaced ones of all positions of all images, [n][depth].
  std::vector<float> patches_of(const Node& node, int depth) const {
    const std::int64_t positions = std::int64_t{node.out.h} * node.out.w;
    const std::int64_t all = positions * num_images_;
    const std::int64_t wanted = std::max(kPatches, kPatchesOfDepth * depth);
    const std::int64_t stride = std::max<std::int64_t>(1, all / wanted);
    const std::int64_t count = ceil_div(all, stride);
    std::vector<float> patches(std::size_t(count * depth));
    parallel_for(count, jobs_, [&](std::int64_t n) {
      const std::int64_t image = n * stride / positions, position = n * stride % positions;
      copy_patch(node, made_outputs_[std::size_t(image)][std::size_t(node.inputs[0])],
                 int(position), patches.data() + n * depth);
    });
    return patches;
  }

  void measure(int i) {
    MagnitudeHistogram& all = summary_.seen.magnitudes[std::size_t(i)];
    std::mutex mutex;
    parallel_for(is_measured_[std::size_t(i)] ? num_images_ : 0, jobs_, [&](std::int64_t n) {
      MagnitudeHistogram one;
      if (!one.add(made_outputs_[std::size_t(n)][std::size_t(i)].values)) {
        throw UserError(SourcePlace{"", 0, compressed_.nodes[std::size_t(i)].name},
                        "has an activation that is not finite");
      }
      const std::lock_guard lock(mutex);
      all.merge(one);
    });
  }

  void drop_unread(std::size_t n, int i) {
    for (const int input : original_.nodes[std::size_t(i)].inputs) {
      if (last_reader_[std::size_t(input)] != i) continue;
      original_outputs_[n][std::size_t(input)] = {};
      made_outputs_[n][std::size_t(input)] = {};
    }
  }

  PairSums moments_of(std::int64_t n, int i, int channel) const {
    const Tensor& original = original_outputs_[std::size_t(n)][std::size_t(i)];
    const Tensor& made = made_outputs_[std::size_t(n)][std::size_t(i)];
    const std::size_t positions = std::size_t(original.shape.h) * std::size_t(original.shape.w);
    const std::size_t first = std::size_t(channel) * positions;
    PairSums sums;
    sums.count = double(positions);
    for (std::size_t p = first; p < first + positions; ++p) {
      const double a = original.values[p], b = made.values[p];
      sums.original += a;
      sums.original_square += a * a;
      sums.made += b;
      sums.made_square += b * b;
      sums.product += a * b;
    }
    return sums;
  }

  void refit(int i) {
    Node& node = compressed_.nodes[std::size_t(i)];
    node.bias.resize(std::size_t(node.out_channels), 0.0f);
    std::vector<PairSums> sums(std::size_t(node.out_channels));
    parallel_for(node.out_channels, jobs_, [&](std::int64_t k) {
      for (std::int64_t n = 0; n < num_images_; ++n) {
        sums[std::size_t(k)].add(moments_of(n, i, int(k)));
      }
    });
    const double prior = prior_variance(sums);
    const auto samples = std::int64_t(sums.front().count);
    if (samples < kSpreadSamples) summary_.scarce[node.name] = samples;
    std::vector<Correction> corrections(std::size_t(node.out_channels));
    parallel_for(node.out_channels, jobs_, [&](std::int64_t k) {
      const Correction correction = correction_of(sums[std::size_t(k)], prior);
      if (!std::isfinite(correction.factor) || !std::isfinite(correction.offset)) {
        throw UserError(SourcePlace{"", 0, node.name}, "has an activation that is not finite");
      }
      apply(correction, node, i, int(k));
      corrections[std::size_t(k)] = correction;
    });
    double variance = 0, error = 0;
    for (const Correction& correction : corrections) {
      variance += std::max(0.0, correction.variance);
      error += std::max(0.0, correction.error);
    }
    summary_.output_error[node.name] = variance > 0 ? std::sqrt(error / variance) : 0.0;
  }

  void apply(const Correction& correction, Node& node, int i, int channel) {
    float& scale = node.decomposition->channel_scale[std::size_t(channel)];
    float& bias = node.bias[std::size_t(channel)];
    scale = float(scale * correction.factor);
    bias = float(bias * correction.factor + correction.offset);
    for (Outputs& outputs : made_outputs_) {
      Tensor& made = outputs[std::size_t(i)];
      const std::size_t positions = std::size_t(made.shape.h) * std::size_t(made.shape.w);
      for (std::size_t p = 0; p < positions; ++p) {
        float& value = made.values[std::size_t(channel) * positions + p];
        value = float(value * correction.factor + correction.offset);
      }
    }
  }

  Graph& compressed_;
  Graph original_;
  const InputSource& images_;
  std::int64_t num_images_;
  double density_;
  int jobs_;
  std::optional<NmPattern> pattern_;
  FloatExecutor original_executor_, made_executor_;
  std::vector<Outputs> original_outputs_, made_outputs_;  ///< by image
  std::vector<int> last_reader_;
  std::vector<bool> is_measured_;  ///< by node
  RefitSummary summary_;
};

}  // namespace

RefitSummary refit_to_outputs(Graph& compressed, const Graph& original, const InputSource& images,
                              const RefitOptions& options) {
  return OutputRefit(compressed, original, images, options).run();
}

}  // namespace escalate
