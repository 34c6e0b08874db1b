#include "model/output_path.h"

#include "model/by_position.h"

namespace escalate {

void OutputPath::put_drawn(const Activations& tensor) {
  drawn_shape_ = tensor.shape;
  set_by_position(tensor, drawn_);
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
