#include "model/output_path.h"

#include "common/error.h"

namespace escalate {

void OutputPath::put_drawn(const Activations& tensor) {
  drawn_shape_ = tensor.shape;
  const auto [c, h, w] = tensor.shape;
  const std::size_t positions = std::size_t(h) * std::size_t(w);
  ensure(tensor.values.size() == positions * std::size_t(c), "a drawn tensor has all its values");
  drawn_.resize(tensor.values.size());
  auto channel = tensor.values.begin();
  for (int k = 0; k < c; ++k) {
    for (std::size_t at = 0; at < positions; ++at) {
      drawn_[at * std::size_t(c) + std::size_t(k)] = *channel++;
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
