#include "workloads/sign_slopes.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <utility>

namespace escalate {
namespace {

using Op = PointwiseFunction::Op;
using Numbers = std::vector<float>;
using Combine = std::function<float(float, float)>;

/// What a step leaves on the stack: numbers, or lines through 0. One of each, or one a channel.
struct Value {
  bool is_line = false;
  Numbers positive, negative;  ///< slopes; of numbers both are these

  static Value number(Numbers numbers) { return {false, numbers, numbers}; }
  bool is_zero() const {
    return !is_line && std::ranges::all_of(positive, [](float number) { return number == 0; });
  }
};

Numbers combined(const Numbers& left, const Numbers& right, const Combine& combine) {
  Numbers made;
  for (std::size_t c = 0; c < std::max(left.size(), right.size()); ++c) {
    made.push_back(combine(left[left.size() == 1 ? 0 : c], right[right.size() == 1 ? 0 : c]));
  }
  return made;
}

float smaller(float a, float b) { return std::min(a, b); }
float larger(float a, float b) { return std::max(a, b); }

std::optional<Value> applied(Op op, Value of) {
  const auto map = [](Numbers& numbers, float (*change)(float)) {
    std::ranges::transform(numbers, numbers.begin(), change);
  };
  if (op == Op::kNegate) {
    for (Numbers* slopes : {&of.positive, &of.negative}) map(*slopes, [](float s) { return -s; });
  } else if (op == Op::kAbs) {
    map(of.positive, [](float s) { return std::abs(s); });
    // |s x| of x below 0
    map(
        of.negative,
        of.is_line ? [](float s) { return -std::abs(s); } : [](float s) { return std::abs(s); });
  } else {
    return std::nullopt;
  }
  return of;
}

std::optional<Value> scaled(Op op, const Value& left, const Value& right) {
  if (left.is_line && right.is_line) return std::nullopt;
  if (op == Op::kDiv && right.is_line) return std::nullopt;
  const Combine combine = op == Op::kMul ? Combine(std::multiplies<>()) : std::divides<>();
  return Value{left.is_line || right.is_line, combined(left.positive, right.positive, combine),
               combined(left.negative, right.negative, combine)};
}

std::optional<Value> joined(Op op, const Value& left, const Value& right) {
  const bool is_line = left.is_line || right.is_line;
  // A line and a number other than 0 make no line through 0.
  if (is_line && ((!left.is_line && !left.is_zero()) || (!right.is_line && !right.is_zero()))) {
    return std::nullopt;
  }
  Combine above, below;
  if (op == Op::kAdd) {
    above = below = std::plus<>();
  } else if (op == Op::kSub) {
    above = below = std::minus<>();
  } else if (op == Op::kMin || op == Op::kMax) {
    above = op == Op::kMin ? smaller : larger;
    below = (op == Op::kMin) == is_line ? larger : smaller;  // the steeper line is lower below 0
  } else {
    return std::nullopt;
  }
  return Value{is_line, combined(left.positive, right.positive, above),
               combined(left.negative, right.negative, below)};
}

std::optional<Value> applied(Op op, const Value& left, const Value& right) {
  return op == Op::kMul || op == Op::kDiv ? scaled(op, left, right) : joined(op, left, right);
}

}  // namespace

std::optional<SignSlopes> sign_slopes(const PointwiseFunction& function) {
  if (function.channels() < 0) return std::nullopt;
  std::vector<Value> stack;
  for (const PointwiseFunction::Step& step : function.steps()) {
    if (step.op == Op::kInput) {
      stack.push_back({true, {1}, {1}});
    } else if (step.op == Op::kConstant) {
      stack.push_back(Value::number({step.number}));
    } else if (step.op == Op::kChannel) {
      stack.push_back(Value::number(step.by_channel));
    } else {
      std::optional<Value> made;
      if (num_operands(step.op) == 1) {
        made = applied(step.op, std::move(stack.back()));
      } else {
        const Value right = std::move(stack.back());
        stack.pop_back();
        made = applied(step.op, stack.back(), right);
      }
      if (!made) return std::nullopt;
      stack.back() = std::move(*made);
    }
  }
  Value& result = stack.back();
  const auto is_finite = [](float slope) { return std::isfinite(slope); };
  const bool holds = result.is_line && std::ranges::all_of(result.positive, is_finite) &&
                     std::ranges::all_of(result.negative, is_finite);
  if (!holds) return std::nullopt;
  return SignSlopes{std::move(result.positive), std::move(result.negative)};
}

std::optional<SignSlopes> fusible_slopes(const PointwiseFunction& function) {
  if (function.channels() < 1) return std::nullopt;
  std::optional<SignSlopes> slopes = sign_slopes(function);
  const auto falls = [](float slope) { return slope < 0; };
  if (slopes && std::ranges::any_of(slopes->positive, falls)) return std::nullopt;
  return slopes;
}

}  // namespace escalate
