#include "retrain/optimizer.h"

#include <c10/core/GradMode.h>

#include <cmath>
#include <utility>

#include "common/error.h"

namespace escalate {
namespace {

constexpr double kMomentum = 0.9;                          ///< PENNI's setting
constexpr double kFirstDecay = 0.9, kSecondDecay = 0.999;  ///< Adam's own defaults
constexpr double kAdamEpsilon = 1e-8;

}  // namespace

Optimizer::Optimizer(std::vector<OptimizedParameter> parameters)
    : parameters_(std::move(parameters)) {
  for (const OptimizedParameter& parameter : parameters_) {
    Moments moments;
    moments.first = at::zeros_like(parameter.tensor.detach());
    if (parameter.rule == UpdateRule::kAdam) {
      moments.second = at::zeros_like(parameter.tensor.detach());
    }
    moments_.push_back(std::move(moments));
  }
}

void Optimizer::clear_gradients() {
  for (OptimizedParameter& parameter : parameters_) parameter.tensor.mutable_grad().reset();
}

void Optimizer::step(double factor) {
  const c10::NoGradGuard no_gradients;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    OptimizedParameter& parameter = parameters_[i];
    const at::Tensor gradient = parameter.tensor.grad();
    if (!gradient.defined()) continue;
    Moments& moments = moments_[i];
    const double rate = parameter.rate * factor;
    ++moments.steps;
    if (parameter.rule == UpdateRule::kSgd) {
      const at::Tensor slope = gradient + parameter.tensor * parameter.weight_decay;
      moments.first.mul_(kMomentum).add_(slope);
      parameter.tensor.sub_(rate * (slope + kMomentum * moments.first));
      continue;
    }
    moments.first.mul_(kFirstDecay).add_(gradient, 1 - kFirstDecay);
    moments.second.mul_(kSecondDecay).addcmul_(gradient, gradient, 1 - kSecondDecay);
    const at::Tensor mean = moments.first / (1 - std::pow(kFirstDecay, moments.steps));
    const at::Tensor square = moments.second / (1 - std::pow(kSecondDecay, moments.steps));
    parameter.tensor.sub_(rate * mean / (at::sqrt(square) + kAdamEpsilon));
  }
}

std::map<std::string, at::Tensor> Optimizer::state() const {
  std::map<std::string, at::Tensor> made;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const std::string& name = parameters_[i].name;
    made[name + ".first"] = moments_[i].first;
    if (moments_[i].second.defined()) made[name + ".second"] = moments_[i].second;
    made[name + ".steps"] = at::full({1}, moments_[i].steps, at::kDouble);
  }
  return made;
}

void Optimizer::load_state(const std::map<std::string, at::Tensor>& state) {
  const auto take = [&](const std::string& name) {
    const auto found = state.find(name);
    ensure(found != state.end(), "an optimiser's state is of this network");
    return found->second;
  };
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const std::string& name = parameters_[i].name;
    moments_[i].first.copy_(take(name + ".first"));
    if (moments_[i].second.defined()) moments_[i].second.copy_(take(name + ".second"));
    moments_[i].steps = take(name + ".steps").item<double>();
  }
}

}  // namespace escalate
