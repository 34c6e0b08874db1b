// The two rules by which parameters move: stochastic gradient descent with Nesterov's momentum, as
// PENNI trains, and Adam (arXiv 1412.6980), for latent coefficients.
#pragma once

#include <ATen/ATen.h>

#include <map>
#include <string>
#include <vector>

namespace escalate {

enum class UpdateRule { kSgd, kAdam };

/// A parameter and how it moves.
struct OptimizedParameter {
  std::string name;
  at::Tensor tensor;
  UpdateRule rule = UpdateRule::kSgd;
  double rate = 0;          ///< at the start of the schedule
  double weight_decay = 0;  ///< kSgd: times the parameter, added to the gradient
};

class Optimizer {
 public:
  explicit Optimizer(std::vector<OptimizedParameter> parameters);

  /// Forgets the gradients of the last step.
  void clear_gradients();
  /// One step, with every parameter's rate times `factor`. Parameters without a gradient (frozen
  /// ones) stay as they are, and so does their momentum.
  void step(double factor);

  /// Momenta and step counts by parameter name.
  std::map<std::string, at::Tensor> state() const;
  void load_state(const std::map<std::string, at::Tensor>& state);

  const std::vector<OptimizedParameter>& parameters() const { return parameters_; }

 private:
  struct Moments {
    at::Tensor first, second;  ///< second: Adam alone
    double steps = 0;
  };
  std::vector<OptimizedParameter> parameters_;
  std::vector<Moments> moments_;
};

}  // namespace escalate
