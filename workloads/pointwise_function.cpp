#include "workloads/pointwise_function.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "common/error.h"

namespace escalate {
namespace {

using Op = PointwiseFunction::Op;

std::string_view name_of(Op op) {
  switch (op) {
    case Op::kInput:
      return "x";
    case Op::kConstant:
      return "constant";
    case Op::kChannel:
      return "channel";
    case Op::kNegate:
      return "neg";
    case Op::kAbs:
      return "abs";
    case Op::kExp:
      return "exp";
    case Op::kLog:
      return "log";
    case Op::kSqrt:
      return "sqrt";
    case Op::kReciprocal:
      return "reciprocal";
    case Op::kSigmoid:
      return "sigmoid";
    case Op::kTanh:
      return "tanh";
    case Op::kErf:
      return "erf";
    case Op::kSoftplus:
      return "softplus";
    case Op::kFloor:
      return "floor";
    case Op::kCeil:
      return "ceil";
    case Op::kRound:
      return "round";
    case Op::kSign:
      return "sign";
    case Op::kAdd:
      return "add";
    case Op::kSub:
      return "sub";
    case Op::kMul:
      return "mul";
    case Op::kDiv:
      return "div";
    case Op::kMin:
      return "min";
    case Op::kMax:
      return "max";
    case Op::kPow:
      return "pow";
  }
  throw InternalError("a step of no kind");
}

float apply(Op op, float x) {
  switch (op) {
    case Op::kNegate:
      return -x;
    case Op::kAbs:
      return std::abs(x);
    case Op::kExp:
      return std::exp(x);
    case Op::kLog:
      return std::log(x);
    case Op::kSqrt:
      return std::sqrt(x);
    case Op::kReciprocal:
      return 1 / x;
    case Op::kSigmoid:
      return 1 / (1 + std::exp(-x));
    case Op::kTanh:
      return std::tanh(x);
    case Op::kErf:
      return std::erf(x);
    case Op::kSoftplus:  // without overflow
      return std::max(x, 0.0f) + std::log1p(std::exp(-std::abs(x)));
    case Op::kFloor:
      return std::floor(x);
    case Op::kCeil:
      return std::ceil(x);
    case Op::kRound:
      return std::nearbyint(x);
    case Op::kSign:
      return float((x > 0) - (x < 0));
    case Op::kInput:
    case Op::kConstant:
    case Op::kChannel:
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
    case Op::kDiv:
    case Op::kMin:
    case Op::kMax:
    case Op::kPow:
      break;
  }
  throw InternalError("a step that does not take one value");
}

float apply(Op op, float left, float right) {
  switch (op) {
    case Op::kAdd:
      return left + right;
    case Op::kSub:
      return left - right;
    case Op::kMul:
      return left * right;
    case Op::kDiv:
      return left / right;
    case Op::kMin:
      return std::min(left, right);
    case Op::kMax:
      return std::max(left, right);
    case Op::kPow:
      return std::pow(left, right);
    case Op::kInput:
    case Op::kConstant:
    case Op::kChannel:
    case Op::kNegate:
    case Op::kAbs:
    case Op::kExp:
    case Op::kLog:
    case Op::kSqrt:
    case Op::kReciprocal:
    case Op::kSigmoid:
    case Op::kTanh:
    case Op::kErf:
    case Op::kSoftplus:
    case Op::kFloor:
    case Op::kCeil:
    case Op::kRound:
    case Op::kSign:
      break;
  }
  throw InternalError("a step that does not take two values");
}

}  // namespace

int num_operands(PointwiseFunction::Op op) {
  if (op <= Op::kChannel) return 0;
  return op < Op::kAdd ? 1 : 2;
}

PointwiseFunction PointwiseFunction::constant(float number) {
  return PointwiseFunction({Step{Op::kConstant, number, {}}});
}

PointwiseFunction PointwiseFunction::channel(std::vector<float> numbers) {
  return PointwiseFunction({Step{Op::kChannel, 0, std::move(numbers)}});
}

PointwiseFunction PointwiseFunction::unary(Op op, const PointwiseFunction& of) {
  ensure(num_operands(op) == 1, "a step of one operand");
  PointwiseFunction made = of;
  made.steps_.push_back({op, 0, {}});
  return made;
}

PointwiseFunction PointwiseFunction::binary(Op op, const PointwiseFunction& left,
                                            const PointwiseFunction& right) {
  ensure(num_operands(op) == 2, "a step of two operands");
  PointwiseFunction made = left;
  made.steps_.insert(made.steps_.end(), right.steps_.begin(), right.steps_.end());
  made.steps_.push_back({op, 0, {}});
  return made;
}

PointwiseFunction PointwiseFunction::composed(const PointwiseFunction& outer,
                                              const PointwiseFunction& inner) {
  std::vector<Step> steps;
  for (const Step& step : outer.steps_) {
    if (step.op == Op::kInput) {
      steps.insert(steps.end(), inner.steps_.begin(), inner.steps_.end());
    } else {
      steps.push_back(step);
    }
  }
  return PointwiseFunction(std::move(steps));
}

bool PointwiseFunction::is_uniform() const { return channels() == 0; }

bool PointwiseFunction::is_identity() const {
  return steps_.size() == 1 && steps_[0].op == Op::kInput;
}

int PointwiseFunction::channels() const {
  int found = 0;
  for (const Step& step : steps_) {
    if (step.op != Op::kChannel) continue;
    const int size = int(step.by_channel.size());
    if (found != 0 && size != found) return -1;
    found = size;
  }
  return found;
}

float PointwiseFunction::operator()(float x, int channel) const {
  std::array<float, kMostSteps> stack{};
  std::size_t height = 0;
  for (const Step& step : steps_) {
    if (step.op == Op::kInput) {
      stack[height++] = x;
    } else if (step.op == Op::kConstant) {
      stack[height++] = step.number;
    } else if (step.op == Op::kChannel) {
      stack[height++] = step.by_channel[std::size_t(channel)];
    } else if (num_operands(step.op) == 1) {
      stack[height - 1] = apply(step.op, stack[height - 1]);
    } else {
      --height;
      stack[height - 1] = apply(step.op, stack[height - 1], stack[height]);
    }
  }
  return stack[0];
}

std::string PointwiseFunction::text() const {
  std::string text;
  for (const Step& step : steps_) {
    if (!text.empty()) text += ' ';
    if (step.op == Op::kConstant) {
      text += fmt::format("{}", step.number);
    } else if (step.op == Op::kChannel) {
      text += fmt::format("[{}]", fmt::join(step.by_channel, ","));
    } else {
      text += name_of(step.op);
    }
  }
  return text;
}

}  // namespace escalate
