// Who sees what the post-processing unit writes.
#pragma once

#include <cstdint>
#include <span>

namespace escalate {

/// Sees every position that is written: the layer's checks.
class OutputObserver {
 public:
  virtual ~OutputObserver() = default;
  /// Channels first_channel... of output position (p, q) of an image; what is left in `values` is
  /// what is written (drawn workloads write what their readers were drawn to read).
  virtual void on_outputs(int image, int first_channel, int p, int q,
                          std::span<std::int8_t> values) = 0;
};

}  // namespace escalate
