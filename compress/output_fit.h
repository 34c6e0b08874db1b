// Ternary coefficients fitted to what a layer computes from real inputs, not to its weights alone.
#pragma once

#include <optional>
#include <span>

#include "compress/kernel_svd.h"
#include "workloads/graph.h"

namespace escalate {

struct OutputFitOptions {
  double density = 1;  ///< largest share of the coefficients that may be non-zero
  int jobs = 1;        ///< output channels are divided among them; the result does not depend on it
  std::optional<NmPattern> pattern = {};  ///< of coefficients along the input channels
};

/// Chooses the coefficients of `parts` anew; basis and channel scales stay. What is kept small is
/// the squared error of the layer's outputs, up to an offset a channel, over `patches`
/// [n][C][R*S], inputs that the layer meets: |(W - What) X|^2 in place of |W - What|^2. Kernel by
/// kernel, those of the input channels with the strongest inputs first, the best of all 3^6 codes
/// is taken (of up to six terms at a time), and what it loses is made up for, as far as inputs are
/// correlated, by changing the weights of the channels still to come (optimal brain surgeon, as in
/// GPTQ, arXiv 2210.17323, with a kernel in place of a weight). With a pattern the codes are 0
/// outside of CoefficientPlaces. `weights` are [K][C][R*S].
void fit_codes_to_outputs(std::span<const float> weights, const KernelShape& shape,
                          std::span<const float> patches, const OutputFitOptions& options,
                          Decomposition& parts);

}  // namespace escalate
