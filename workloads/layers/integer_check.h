// Checks of one integer node, from which each kind puts its own together.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "workloads/integer_network.h"

namespace escalate {

constexpr std::int64_t kMostAccumulator = std::numeric_limits<std::int32_t>::max();
constexpr int kMostShift = 62;

class IntegerCheck {
 public:
  /// Of a node whose inputs have been checked.
  IntegerCheck(const IntegerNetwork& network, std::size_t index)
      : network_(network), index_(index), node_(network.nodes[index]) {}

  /// All of it; UserError that names the node.
  void run() const;

  const IntegerNode& node() const { return node_; }
  const Shape& in(std::size_t i = 0) const {
    return network_.nodes[std::size_t(node_.inputs[i])].out;
  }

  [[noreturn]] void fail(const std::string& message) const;
  template <class Message>
  void require(bool holds, const Message& message) const {
    if (!holds) fail(message);
  }
  template <class Number>
  void require_in(const char* what, Number value, std::int64_t low, std::int64_t high) const {
    if (value < low || value > high) {
      fail(fmt::format("{} {}: expected {} to {}", what, value, low, high));
    }
  }
  void expect_shape(const Shape& expected) const;
  void expect_size(const char* what, std::size_t size, std::int64_t expected) const;
  /// So many factors, each in its range.
  void check_factors(std::int64_t expected) const;
  void check_negative_factors() const;
  /// Ranges of the window, and the shape that it makes. A pool makes as many channels as it reads,
  /// and its windows meet something.
  void check_window(bool is_pool) const;

 private:
  void check_inputs() const;
  void check_shape() const;
  void check_substitute() const;

  const IntegerNetwork& network_;
  std::size_t index_;
  const IntegerNode& node_;
};

}  // namespace escalate
