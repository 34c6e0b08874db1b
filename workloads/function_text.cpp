#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <sstream>

#include "common/error.h"
#include "workloads/pointwise_function.h"

namespace escalate {
namespace {

using Op = PointwiseFunction::Op;

const std::map<std::string, Op>& steps_by_name() {
  static const std::map<std::string, Op> all = {
      {"neg", Op::kNegate},        {"abs", Op::kAbs},     {"exp", Op::kExp},
      {"log", Op::kLog},           {"sqrt", Op::kSqrt},   {"reciprocal", Op::kReciprocal},
      {"sigmoid", Op::kSigmoid},   {"tanh", Op::kTanh},   {"erf", Op::kErf},
      {"softplus", Op::kSoftplus}, {"floor", Op::kFloor}, {"ceil", Op::kCeil},
      {"round", Op::kRound},       {"sign", Op::kSign},   {"add", Op::kAdd},
      {"sub", Op::kSub},           {"mul", Op::kMul},     {"div", Op::kDiv},
      {"min", Op::kMin},           {"max", Op::kMax},     {"pow", Op::kPow}};
  return all;
}

/// As PyTorch has them by default.
const std::map<std::string, std::string>& activations() {
  static const std::map<std::string, std::string> all = {
      {"silu", "x x sigmoid mul"},
      {"hardsigmoid", "x 3 add 0 max 6 min 6 div"},
      {"hardswish", "x x 3 add 0 max 6 min mul 6 div"},
      {"gelu", "x 0.5 mul x 1.4142135 div erf 1 add mul"},
      {"mish", "x x softplus tanh mul"},
      {"elu", "x 0 max x 0 min exp 1 sub add"},
      {"leaky_relu", "x 0 max x 0 min 0.01 mul add"},
      {"softsign", "x x abs 1 add div"}};
  return all;
}

float number_of(const std::string& word) {
  float value = 0;
  const auto [end, fault] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (fault != std::errc() || end != word.data() + word.size() || std::isnan(value)) {
    throw UserError(
        fmt::format("'{}' is no step of a function; expected x, a number, a list of numbers by "
                    "channel as [1,2], or one of {}",
                    word, fmt::join(function_names(), ", ")));
  }
  return value;
}

PointwiseFunction channels_of(const std::string& word) {
  std::vector<float> numbers;
  std::istringstream items(word.substr(1, word.size() - 2));
  for (std::string item; std::getline(items, item, ',');) numbers.push_back(number_of(item));
  if (!word.ends_with(']') || numbers.empty()) {
    throw UserError("'" + word + "' is no list of numbers by channel");
  }
  return PointwiseFunction::channel(std::move(numbers));
}

/// Takes operands off the stack and puts what `op` makes of them there.
void apply(Op op, const std::string& word, std::vector<PointwiseFunction>& stack) {
  const auto operands = std::size_t(num_operands(op));
  if (stack.size() < operands) {
    throw UserError(
        fmt::format("'{}' takes {} values, and there are {}", word, operands, stack.size()));
  }
  const PointwiseFunction last = stack.back();
  stack.pop_back();
  if (operands == 1) {
    stack.push_back(PointwiseFunction::unary(op, last));
  } else {
    stack.back() = PointwiseFunction::binary(op, stack.back(), last);
  }
}

}  // namespace

std::vector<std::string> function_names() {
  std::vector<std::string> names;
  for (const auto& [name, text] : activations()) names.push_back(name);
  for (const auto& [name, op] : steps_by_name()) {
    if (num_operands(op) == 1) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

PointwiseFunction parse_function(const std::string& text) {
  const auto named = activations().find(text);
  const auto step = steps_by_name().find(text);
  if (named != activations().end()) return parse_function(named->second);
  if (step != steps_by_name().end() && num_operands(step->second) == 1) {
    return PointwiseFunction::unary(step->second, {});
  }
  std::vector<PointwiseFunction> stack;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const auto op = steps_by_name().find(word);
    if (op != steps_by_name().end()) {
      apply(op->second, word, stack);
    } else if (word == "x") {
      stack.emplace_back();
    } else if (word.starts_with('[')) {
      stack.push_back(channels_of(word));
    } else {
      stack.push_back(PointwiseFunction::constant(number_of(word)));
    }
  }
  if (stack.size() != 1) {
    throw UserError(fmt::format("'{}' leaves {} values; expected one", text, stack.size()));
  }
  if (stack[0].steps().size() > PointwiseFunction::kMostSteps) {
    throw UserError(fmt::format("has {} steps; expected up to {}", stack[0].steps().size(),
                                PointwiseFunction::kMostSteps));
  }
  return stack[0];
}

}  // namespace escalate
