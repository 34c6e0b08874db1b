#include "workloads/drawn_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "common/error.h"
#include "workloads/given_tensors.h"
#include "workloads/nm_pattern.h"

namespace escalate {
namespace {

/// Largest magnitude of a weight for which `products` of it with an int8 activation, and the bias
/// of up to half a deviation, cannot leave int32.
int largest_weight(const Node& node, double products) {
  const double most = std::numeric_limits<std::int32_t>::max() / (products * 128 * 1.5);
  if (most < 1) {
    throw UserError(fmt::format("layer '{}': its int32 accumulators could overflow", node.name));
  }
  return static_cast<int>(std::min(127.0, most));
}

void draw_weights(const Node& node, IntegerNode& made, std::int64_t per_output,
                  std::uint64_t seed) {
  const auto draw = [&](double density) {
    draw_signed(made.weights, stream_of(seed, node.name, "weights"), density,
                largest_weight(node, static_cast<double>(per_output)));
  };
  const std::optional<NmPattern>& pattern = node.drawn->weight_pattern;
  if (!pattern) return draw(node.drawn->weight);
  // Of the places that the pattern leaves, as many that the share of all is the density.
  draw(std::min(1.0, node.drawn->weight / pattern->density()));
  const int taps = made.window.r * made.window.s;
  keep_pattern(made.weights, static_cast<int>(per_output / taps), taps, *pattern,
               seed_for(seed_for(seed, node.name), "weight_pattern"));
}

int num_terms(const Node& node, int taps, const DrawOptions& options) {
  for (const char* key : {"coefficients", "basis"}) {
    if (!node.npy_files.contains(key)) continue;
    const NpyFile file(node.npy_files.at(key));
    if (file.shape().size() != 3 || file.num_elements() == 0) {
      throw UserError(
          {file.path()},
          fmt::format("{} of layer '{}': is {}; expected {}", key, node.name, file.description(),
                      key == std::string("basis") ? "[M][R][S]" : "[K][M][C/groups]"));
    }
    return static_cast<int>(file.shape()[key == std::string("basis") ? 0 : 1]);
  }
  if (node.terms > 0) return node.terms;
  if (node.decomposition) return node.decomposition->terms;
  return taps == 1 ? options.pointwise_terms : std::min(options.terms, taps);
}

/// Coefficients have mean 0 and are independent, so each (m, c) adds the mean square of its
/// convolution with basis m: sum b^2 var(x) + (sum b)^2 mean(x)^2.
double decomposed_deviation(const IntegerNode& made, int channels, const Moments& input) {
  const std::size_t taps = made.basis.size() / static_cast<std::size_t>(made.terms);
  double square = 0;
  for (int m = 0; m < made.terms; ++m) {
    double sum = 0, squares = 0;
    for (std::size_t t = 0; t < taps; ++t) {
      const double b = made.basis[static_cast<std::size_t>(m) * taps + t];
      sum += b;
      squares += b * b;
    }
    square += squares * input.variance() + sum * sum * input.mean * input.mean;
  }
  return std::sqrt(square * channels * moments_of(made.coefficients).square);
}

}  // namespace

double draw_direct(const Node& node, IntegerNode& made, int in_channels, const Moments& input,
                   std::uint64_t seed) {
  const Window& window = made.window;
  const std::int64_t per_output = std::int64_t{in_channels / made.groups} * window.r * window.s;
  made.form = WeightForm::kDirect;
  if (node.npy_files.contains("weights")) {
    made.weights = read_scaled(
        open_tensor(node, "weights", {made.out.c, in_channels / made.groups, window.r, window.s}),
        fmt::format("weights of layer '{}'", node.name));
  } else {
    made.weights.resize(checked_size(node.name, {made.out.c, per_output}));
    draw_weights(node, made, per_output, seed);
  }
  return std::sqrt(static_cast<double>(per_output) * moments_of(made.weights).square *
                   input.square);
}

double draw_decomposed(const Node& node, IntegerNode& made, int in_channels, const Moments& input,
                       const DrawOptions& options, std::uint64_t seed) {
  const Window& window = made.window;
  const int taps = window.r * window.s;
  const int channels = in_channels / made.groups;
  made.form = WeightForm::kDecomposed;
  made.terms = num_terms(node, taps, options);
  if (node.npy_files.contains("coefficients")) {
    made.coefficients =
        read_whole(open_tensor(node, "coefficients", {made.out.c, made.terms, channels}),
                   fmt::format("coefficients of layer '{}'", node.name), 1);
  } else {
    made.coefficients.resize(checked_size(node.name, {made.out.c, made.terms, channels}));
    draw_ternary(made.coefficients, stream_of(seed, node.name, "coefficients"),
                 node.drawn->coefficient, options.jobs);
  }
  if (node.npy_files.contains("basis")) {
    made.basis = read_whole(open_tensor(node, "basis", {made.terms, window.r, window.s}),
                            fmt::format("basis of layer '{}'", node.name), 127);
  } else if (made.terms == 1 && taps == 1) {
    made.basis = {1};
  } else {
    made.basis.resize(checked_size(node.name, {made.terms, taps}));
    draw_signed(made.basis, stream_of(seed, node.name, "basis"), 1,
                largest_weight(node, static_cast<double>(channels) * made.terms * taps));
  }
  return decomposed_deviation(made, channels, input);
}

}  // namespace escalate
