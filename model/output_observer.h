// Who sees what the post-processing unit makes and writes.
#pragma once

#include <cstdint>
#include <span>

namespace escalate {

/// Channels first_channel... of output (p, q) of an image, in the coordinates of
/// Program::written_shape().
struct OutputPosition {
  int image = 0;
  int first_channel = 0;
  int p = 0, q = 0;
};

/// Sees every position that is written, and changes nothing.
class OutputObserver {
 public:
  virtual ~OutputObserver() = default;
  /// `computed` is what the unit made of its operands, `written` what goes to the global buffer:
  /// the same, or bytes that came with the input (OutputPath).
  virtual void on_outputs(const OutputPosition& at, std::span<const std::int8_t> computed,
                          std::span<const std::int8_t> written) = 0;
};

}  // namespace escalate
