// Int8 activations while training: the steps that the integer network's tensors would have.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <map>

#include "retrain/trained_network.h"

namespace escalate {

/// Images that activations are calibrated on, while training and for the network that is written.
inline constexpr std::int64_t kCalibrationImages = 256;

/// Steps of the outputs that an integer network made of `network` now would hold as int8, by node,
/// by the rule of calibrate() (compress/calibrate.h) on these network inputs [N][C][H][W]: none
/// where a batch norm, ReLU or clip behind is computed together with the node. Throws UserError
/// naming a node whose outputs are not finite.
std::map<int, double> int8_steps_of(const TrainedNetwork& network, const at::Tensor& images);

}  // namespace escalate
