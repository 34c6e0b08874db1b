// Which elements of the intermediate map are accumulated from the concentrator's own picks, as who
// checks a run says.
#pragma once

#include <cstdint>

namespace escalate {

class PickSelector {
 public:
  virtual ~PickSelector() = default;
  /// Whether any output of channel `k` (of the layer) that position (h, w) contributes to is
  /// checked.
  virtual bool is_checked(int image, int k, int h, int w) const = 0;
};

/// What is asked of the picks of a run.
struct PickOptions {
  const PickSelector* selector = nullptr;  ///< nullptr: no element is accumulated from its picks
  std::int64_t drop = -1;                  ///< the pick that is lost (PickFault); -1: none
};

}  // namespace escalate
