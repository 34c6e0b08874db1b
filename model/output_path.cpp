#include "model/output_path.h"

#include <algorithm>

#include "common/error.h"

namespace escalate {
namespace {

constexpr std::size_t kPositionsAtOnce = 64;

}  // namespace

void OutputPath::put_drawn(const Activations& tensor) {
  drawn_shape_ = tensor.shape;
  const auto [c, h, w] = tensor.shape;
  const std::size_t positions = std::size_t(h) * std::size_t(w);
  ensure(tensor.values.size() == positions * std::size_t(c), "a drawn tensor has all its values");
  drawn_.resize(tensor.values.size());
  // A few positions at a time, so that they stay in the cache until all channels have been there.
  for (std::size_t first = 0; first < positions; first += kPositionsAtOnce) {
    const std::size_t end = std::min(first + kPositionsAtOnce, positions);
    for (std::size_t k = 0; k < std::size_t(c); ++k) {
      const std::int8_t* const channel = &tensor.values[k * positions];
      for (std::size_t at = first; at < end; ++at) drawn_[at * std::size_t(c) + k] = channel[at];
    }
  }
}

std::span<const std::int8_t> OutputPath::written(const OutputPosition& at,
                                                 std::span<const std::int8_t> computed) {
  std::span<const std::int8_t> bytes = computed;
  if (!drawn_.empty()) {
    const auto first = (std::size_t(at.p) * std::size_t(drawn_shape_.w) + std::size_t(at.q)) *
                           std::size_t(drawn_shape_.c) +
                       std::size_t(at.first_channel);
    bytes = std::span(drawn_).subspan(first, computed.size());
  }
  for (OutputObserver* observer : observers_) observer->on_outputs(at, computed, bytes);
  num_written_[std::size_t(at.image)] += std::int64_t(bytes.size());
  return bytes;
}

}  // namespace escalate
