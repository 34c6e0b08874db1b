#include "model/by_position.h"

#include <algorithm>

#include "common/error.h"

namespace escalate {
namespace {

// A few, so that they stay in the cache until all channels have been there.
constexpr std::size_t kPositionsAtOnce = 64;

}  // namespace

void set_by_position(const Activations& tensor, std::vector<std::int8_t>& values) {
  const auto channels = std::size_t(tensor.shape.c);
  const std::size_t positions = std::size_t(tensor.shape.h) * std::size_t(tensor.shape.w);
  ensure(tensor.values.size() == positions * channels, "a tensor has all its values");
  values.resize(tensor.values.size());
  for (std::size_t first = 0; first < positions; first += kPositionsAtOnce) {
    const std::size_t end = std::min(first + kPositionsAtOnce, positions);
    for (std::size_t c = 0; c < channels; ++c) {
      const std::int8_t* const channel = &tensor.values[c * positions];
      for (std::size_t at = first; at < end; ++at) values[at * channels + c] = channel[at];
    }
  }
}

}  // namespace escalate
