// The coefficients of a layer in the order in which the machine reads its input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace escalate {

/// A layer's coefficients as the machine sees them: those of its node where they lie, in another
/// order if the input is a flattened map, or values of its own.
class CoefficientValues {
 public:
  /// Values that outlive this object and its copies.
  void look_at(const std::vector<std::int8_t>& values) {
    *this = CoefficientValues();
    looked_at_ = &values;
  }
  /// The same, in rows of [channels][positions] that are read position by position, each filled up
  /// with zeros to `stride`: as a flattened map lies in the global buffer.
  void look_at_flattened(const std::vector<std::int8_t>& values, int channels, int positions,
                         int stride);
  CoefficientValues& operator=(std::vector<std::int8_t> values) {
    *this = CoefficientValues();
    own_ = std::move(values);
    return *this;
  }
  void assign(std::size_t count, std::int8_t value) {
    *this = std::vector<std::int8_t>(count, value);
  }
  void clear() { *this = CoefficientValues(); }

  std::size_t size() const;
  /// All of them in the order of the node, without zeros that fill up.
  std::span<const std::int8_t> of_node() const {
    return looked_at_ ? std::span(*looked_at_) : std::span(own_);
  }
  /// `count` values from `first` on: where they lie, or in `room`.
  std::span<const std::int8_t> part(std::size_t first, std::size_t count,
                                    std::vector<std::int8_t>& room) const;
  /// Changes one of its own.
  void set(std::size_t i, std::int8_t value) { own_.at(i) = value; }

 private:
  const std::vector<std::int8_t>* looked_at_ = nullptr;
  std::vector<std::int8_t> own_;
  std::size_t channels_ = 0, positions_ = 0, stride_ = 0;  ///< 0 unless flattened
};

}  // namespace escalate
