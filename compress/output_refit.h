// A compressed network fitted again, layer by layer, to what its layers compute from real inputs.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "compress/calibrate.h"
#include "workloads/graph.h"
#include "workloads/inputs.h"

namespace escalate {

struct RefitOptions {
  std::int64_t images = 128;  ///< the first so many of the input; all if it has fewer
  double density = 1;         ///< largest share of a layer's coefficients that may be non-zero
  int jobs = 1;               ///< images that run at a time; the result does not depend on it
  std::optional<NmPattern> coefficient_pattern = {};  ///< along the input channels
};

/// Samples of a channel, positions x images, of which on average its spread is believed as much as
/// that the weights had it right.
inline constexpr std::int64_t kSpreadSamples = 16;

struct RefitSummary {
  std::int64_t images = 0;  ///< 0: there was nothing to fit
  /// By layer: standard deviation of what its outputs differ by from the original network's, over
  /// that of the original's.
  std::map<std::string, double> output_error;
  /// Layers with fewer samples than kSpreadSamples, and how many they have.
  std::map<std::string, std::int64_t> scarce;
  SeenActivations seen;  ///< of the fitted network
};

/// Goes through the decomposed layers in order, with what the layers before have become:
///  1. the coefficients are chosen anew for what the layer reads (fit_codes_to_outputs()), where
///  the
///     images give at least two inputs for each of its weights per output, these are at most 2304,
///     and it is one group; other layers keep theirs;
///  2. what is still lost moves mean and spread of every channel: each output channel gets the
///     factor (above 0) and offset that bring it to the mean and standard deviation that it has in
///     `original`, into channel scale and bias, as a batch norm whose statistics are taken again.
///     The standard deviation counts as far as there are samples to know it from: with fewer than
///     kSpreadSamples the factor stays near 1.
/// Basis kernels and direct layers stay, and so do decomposed ones that have their weights still.
///
/// `compressed` is compress_graph(original). Of the images only so many are taken as have their
/// tensors in 1 GiB together. Throws UserError for inputs that are int8 steps and for activations
/// that are not finite, naming the layer.
RefitSummary refit_to_outputs(Graph& compressed, const Graph& original, const InputSource& images,
                              const RefitOptions& options = {});

}  // namespace escalate
