// Whether a machine's products, each added to the output that the machine says, give the dense
// convolution.
#pragma once

#include <cstdint>
#include <vector>

#include "baselines/accelerator_model.h"
#include "common/random.h"
#include "tests/baselines/naive_layer.h"

namespace escalate {

/// Values whose non-zeros are those of `bits`.
inline std::vector<std::int32_t> values_of(const BitTensor& bits, Random& random) {
  std::vector<std::int32_t> values(static_cast<std::size_t>(bits.size()));
  for (std::int64_t i = 0; i < bits.size(); ++i) {
    if (!bits.at(i)) continue;
    const auto magnitude = static_cast<std::int32_t>(random.between(1, 127));
    values[static_cast<std::size_t>(i)] = random.chance(0.5) ? magnitude : -magnitude;
  }
  return values;
}

/// Outputs of all images in which the machine's sums differ from a dense convolution's.
inline std::int64_t count_mismatches(const AcceleratorModel& model, const LayerWorkload& layer,
                                     std::uint64_t seed) {
  Random random(seed);
  const std::vector<std::int32_t> weights = values_of(layer.weights, random);
  std::vector<std::vector<std::int32_t>> inputs;
  for (const BitTensor& input : layer.inputs) inputs.push_back(values_of(input, random));
  const auto size = static_cast<std::size_t>(layer.out.size());
  std::vector<std::vector<std::int32_t>> sums(inputs.size(), std::vector<std::int32_t>(size));
  std::vector<std::vector<std::int32_t>> expected = sums;
  model.run(layer, [&](const Product& product) {
    const auto image = static_cast<std::size_t>(product.image);
    sums.at(image).at(static_cast<std::size_t>(product.output)) +=
        weights.at(static_cast<std::size_t>(product.weight)) *
        inputs[image].at(static_cast<std::size_t>(product.activation));
  });
  std::int64_t mismatches = 0;
  for (std::size_t image = 0; image < inputs.size(); ++image) {
    for_each_product(layer, [&](int k, int p, int q, std::int64_t weight, std::int64_t activation) {
      const std::int64_t output = (std::int64_t{k} * layer.out.h + p) * layer.out.w + q;
      expected[image][static_cast<std::size_t>(output)] +=
          weights[static_cast<std::size_t>(weight)] *
          inputs[image][static_cast<std::size_t>(activation)];
    });
    for (std::size_t i = 0; i < size; ++i) mismatches += sums[image][i] != expected[image][i];
  }
  return mismatches;
}

}  // namespace escalate
