// Which elements of the intermediate map are accumulated from the concentrator's own picks, as who
// checks a run says.
#pragma once

namespace escalate {

/// Says which outputs are checked, and may lose a pick to show that a check finds it.
class PickSelector {
 public:
  virtual ~PickSelector() = default;
  /// Whether any output of channel `k` (of the layer) that position (h, w) contributes to is
  /// checked.
  virtual bool is_checked(int image, int k, int h, int w) const = 0;
  /// Whether no element of the layer is checked.
  virtual bool none_checked() const = 0;
  /// Called for every pick of a checked element; false: the pick is dropped (fault injection).
  virtual bool keep_pick() { return true; }
};

}  // namespace escalate
