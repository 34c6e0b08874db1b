// Images of a file whose host makes the network's input of them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "workloads/graph.h"
#include "workloads/inputs.h"

namespace escalate {

/// Images as the network reads them: what `head` makes of `images`, which are of image_shape().
/// Without a head they stay as they are. Asking for an image of int8 steps is a UserError: steps
/// are of the network's input, and the head reads the file's.
std::unique_ptr<InputSource> behind_head(std::unique_ptr<InputSource> images, HostPart head,
                                         const Shape& network_input);

/// open_input() for a network with that head.
std::unique_ptr<InputSource> open_images(const std::string& spec, const HostPart& head,
                                         const Shape& network_input,
                                         const InputTransform& transform, std::uint64_t seed = 1);
std::unique_ptr<InputSource> open_images(const std::string& spec, const Graph& graph,
                                         const InputTransform& transform, std::uint64_t seed = 1);

}  // namespace escalate
