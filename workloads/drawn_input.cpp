#include "workloads/drawn_input.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "workloads/drawn_values.h"
#include "workloads/given_tensors.h"

namespace escalate {

Activations draw_activations(const Node& layer, const Shape& shape, std::uint64_t seed, int jobs) {
  Activations drawn{shape, {}};
  const std::vector<std::int64_t> extents = {shape.c, shape.h, shape.w};
  const std::string what = fmt::format("input of layer '{}'", layer.name);
  if (layer.npy_files.contains("activations")) {
    drawn.values = read_scaled(open_tensor(layer, "activations", extents), what);
    return drawn;
  }
  drawn.values.resize(checked_size(layer.name, {shape.c, shape.h, shape.w}));
  std::vector<std::int8_t> mask;
  double density = layer.drawn->activation;
  if (layer.npy_files.contains("mask")) {
    mask = read_scaled(open_tensor(layer, "mask", extents), "mask of the " + what);
    density = 1;
  }
  const RandomStream numbers = stream_of(seed, layer.name, "activations");
  if (layer.drawn->signed_input) {
    draw_signed(drawn.values, numbers, density, 127);
  } else {
    draw_positive(drawn.values, numbers, density, jobs);
  }
  for (std::size_t i = 0; i < mask.size(); ++i) {
    if (mask[i] == 0) drawn.values[i] = 0;
  }
  return drawn;
}

}  // namespace escalate
