#include "compiler/coefficient_values.h"

#include <algorithm>

namespace escalate {

void CoefficientValues::look_at_flattened(const std::vector<std::int8_t>& values, int channels,
                                          int positions, int stride) {
  look_at(values);
  channels_ = std::size_t(channels);
  positions_ = std::size_t(positions);
  stride_ = std::size_t(stride);
}

std::size_t CoefficientValues::size() const {
  const std::size_t values = of_node().size();
  return positions_ == 0 ? values : values / channels_ * stride_;
}

std::span<const std::int8_t> CoefficientValues::part(std::size_t first, std::size_t count,
                                                     std::vector<std::int8_t>& room) const {
  const std::span<const std::int8_t> values = of_node();
  if (positions_ == 0) return values.subspan(first, count);
  room.assign(count, 0);
  const std::size_t end = first + count;
  for (std::size_t at = first; at < end;) {
    const std::size_t position = at / stride_, channel = at % stride_;
    const std::size_t next = std::min(end, at + stride_ - channel);
    const std::size_t filled = std::min(next, at + (channel < channels_ ? channels_ - channel : 0));
    const std::size_t row = position / positions_;
    const std::int8_t* from =
        &values[(row * channels_ + channel) * positions_ + position % positions_];
    for (std::int8_t& value : std::span(room).subspan(at - first, filled - at)) {
      value = *from;
      from += positions_;
    }
    at = next;
  }
  return room;
}

}  // namespace escalate
