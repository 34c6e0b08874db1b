// A function of one value: what activation functions and arithmetic with constants come to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace escalate {

/// Steps of a stack machine that leave one value, in 32-bit floats. SiLU is "x, x, sigmoid, mul".
class PointwiseFunction {
 public:
  enum class Op {
    kInput,     ///< pushes x
    kConstant,  ///< pushes a number
    kChannel,   ///< pushes the number of x's channel from a list
    // These replace the uppermost value by one.
    kNegate,
    kAbs,
    kExp,
    kLog,
    kSqrt,
    kReciprocal,
    kSigmoid,
    kTanh,
    kErf,
    kSoftplus,
    kFloor,
    kCeil,
    kRound,  ///< halves to even
    kSign,
    // These replace the two uppermost values, of which the right one is the upper, by one.
    kAdd,
    kSub,
    kMul,
    kDiv,
    kMin,
    kMax,
    kPow
  };
  struct Step {
    Op op = Op::kInput;
    float number = 0;               ///< kConstant
    std::vector<float> by_channel;  ///< kChannel
    bool operator==(const Step&) const = default;
  };
  static constexpr std::size_t kMostSteps = 64;

  /// x itself.
  PointwiseFunction() : steps_{{}} {}
  static PointwiseFunction constant(float number);
  static PointwiseFunction channel(std::vector<float> numbers);
  /// op(f(x)), op(f(x), g(x)). `op` takes as many operands.
  static PointwiseFunction unary(Op op, const PointwiseFunction& of);
  static PointwiseFunction binary(Op op, const PointwiseFunction& left,
                                  const PointwiseFunction& right);
  /// f(g(x)): every x of `outer` is replaced by `inner`.
  static PointwiseFunction composed(const PointwiseFunction& outer, const PointwiseFunction& inner);

  const std::vector<Step>& steps() const { return steps_; }
  /// Whether it is the same for all channels.
  bool is_uniform() const;
  bool is_identity() const;
  /// Numbers of channels that kChannel steps have; 0 if there are none, -1 if they differ.
  int channels() const;
  float operator()(float x, int channel) const;

  /// "max(x, 0) + 0.1 * min(x, 0)" as "x 0 max 0.1 x 0 min mul add"; channels in brackets.
  std::string text() const;
  bool operator==(const PointwiseFunction&) const = default;

 private:
  explicit PointwiseFunction(std::vector<Step> steps) : steps_(std::move(steps)) {}
  std::vector<Step> steps_;
};

/// A function as text() gives it ("x x sigmoid mul"), or by a name of function_names(). UserError
/// (without a place) if it is neither.
PointwiseFunction parse_function(const std::string& text);

/// Of activation functions, such as "silu", and of all steps that take one value, such as "exp".
std::vector<std::string> function_names();

/// Operands that a step takes from the stack: 0, 1 or 2.
int num_operands(PointwiseFunction::Op op);

}  // namespace escalate
