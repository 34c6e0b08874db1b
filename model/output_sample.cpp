#include "model/output_sample.h"

#include <algorithm>
#include <cmath>

#include "common/random.h"
#include "model/tensor_index.h"

namespace escalate {

OutputSample::OutputSample(const Shape& out, std::uint64_t seed) : out_(out) {
  const auto size = std::size_t(out.size());
  const auto wanted = std::size_t(std::ceil(kShare * double(size)));
  std::vector<bool> drawn(size, false);
  Random random(seed);
  while (outputs_.size() < wanted) {
    const auto at = std::size_t(random.below(size));
    if (drawn[at]) continue;
    drawn[at] = true;
    outputs_.push_back(at);
  }
  std::sort(outputs_.begin(), outputs_.end());
}

std::vector<bool> OutputSample::positions_read(const Window& window, const Shape& in) const {
  std::vector<bool> read(std::size_t(out_.c) * std::size_t(in.h) * std::size_t(in.w), false);
  const Shape positions{out_.c, in.h, in.w};
  for (const std::size_t at : outputs_) {
    const int k = int(at / (std::size_t(out_.h) * std::size_t(out_.w)));
    const int p = int(at / std::size_t(out_.w) % std::size_t(out_.h));
    const int q = int(at % std::size_t(out_.w));
    for (int r = 0; r < window.r; ++r) {
      const int h = p * window.stride_h - window.pad_top + r;
      if (h < 0 || h >= in.h) continue;
      for (int s = 0; s < window.s; ++s) {
        const int w = q * window.stride_w - window.pad_left + s;
        if (w >= 0 && w < in.w) read[tensor_index(positions, k, h, w)] = true;
      }
    }
  }
  return read;
}

}  // namespace escalate
