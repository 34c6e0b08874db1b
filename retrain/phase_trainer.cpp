#include "retrain/phase_trainer.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "common/error.h"
#include "common/math.h"
#include "common/random.h"

namespace escalate {
namespace {

constexpr int kEvaluationBatch = 500;
constexpr int kPullEvery = 4;  ///< steps between looks at the share of zeros
constexpr std::int64_t kStatisticsBatches = 16;
constexpr double kPullGrowth = 1.1, kPullStart = 0.05, kPullMost = 0.5, kPullFade = 2,
                 kPullLeast = 1e-4;  ///< in root mean square gradients
constexpr int kTurn = 2;             ///< epochs that coefficients, or basis kernels, have a turn

std::vector<OptimizedParameter> rules_for(const std::vector<Parameter>& parameters,
                                          const PhaseSettings& settings) {
  std::vector<OptimizedParameter> made;
  for (const Parameter& parameter : parameters) {
    const bool is_latent = parameter.kind == ParameterKind::kLatent;
    const bool decays = parameter.kind == ParameterKind::kWeight ||
                        parameter.kind == ParameterKind::kCoefficient ||
                        parameter.kind == ParameterKind::kBasis;
    made.push_back(
        {parameter.name, parameter.tensor, is_latent ? UpdateRule::kAdam : UpdateRule::kSgd,
         is_latent ? settings.latent_rate : settings.rate, decays ? settings.weight_decay : 0.0});
  }
  return made;
}

at::Tensor labels_of(const std::vector<std::int64_t>& labels, at::Device device) {
  return at::tensor(at::ArrayRef<std::int64_t>(labels)).to(device);
}

}  // namespace

PhaseTrainer::PhaseTrainer(TrainedNetwork& network, TrainedNetwork* teacher,
                           const LabelledImages& images, const PhaseSettings& settings)
    : network_(network),
      teacher_(teacher),
      images_(images),
      settings_(settings),
      parameters_(network.parameters()),
      optimizer_(rules_for(parameters_, settings)) {
  for (const Parameter& parameter : parameters_) {
    if (parameter.kind == ParameterKind::kLatent) latents_.push_back(parameter.tensor);
  }
  ensure(teacher != nullptr || settings.distillation == 0, "distillation has a teacher");
}

std::int64_t PhaseTrainer::batches_per_epoch() const {
  return ceil_div(images_.size(), settings_.batch);
}

void PhaseTrainer::freeze_for(int epoch) {
  const bool coefficients_turn = epoch / kTurn % 2 == 0;
  for (Parameter& parameter : parameters_) {
    const bool frozen = settings_.alternate &&
                        ((parameter.kind == ParameterKind::kBasis && coefficients_turn) ||
                         (parameter.kind == ParameterKind::kCoefficient && !coefficients_turn));
    parameter.tensor.requires_grad_(!frozen);
  }
}

double PhaseTrainer::rate_factor(int epoch, std::int64_t batch) const {
  const double steps = double(epoch) * double(batches_per_epoch()) + double(batch);
  const double warm_up = double(settings_.warm_up_epochs) * double(batches_per_epoch());
  const double warmth = steps < warm_up ? (steps + 1) / warm_up : 1.0;
  if (settings_.schedule == Schedule::kSteps) {
    const double done = double(epoch) / settings_.epochs;
    return warmth * (done < 0.5 ? 1.0 : done < 0.75 ? 0.1 : 0.01);
  }
  const double all = double(settings_.epochs) * double(batches_per_epoch());
  return warmth * 0.5 * (1 + std::cos(3.14159265358979323846 * steps / all));
}

at::Tensor PhaseTrainer::loss_of(const at::Tensor& images, const at::Tensor& outputs,
                                 const at::Tensor& labels) {
  at::Tensor loss = at::cross_entropy_loss(outputs, labels);
  if (settings_.distillation > 0) {
    at::Tensor taught;
    {
      const c10::NoGradGuard no_gradients;
      taught = at::softmax(teacher_->forward(images, false) / settings_.temperature, 1);
    }
    const at::Tensor log_outputs = at::log_softmax(outputs / settings_.temperature, 1);
    const at::Tensor difference =
        (taught * (at::log(at::clamp_min(taught, 1e-12)) - log_outputs)).sum(1).mean();
    loss = (1 - settings_.distillation) * loss +
           settings_.distillation * settings_.temperature * settings_.temperature * difference;
  }
  if (settings_.l1 > 0) {
    for (const Parameter& parameter : parameters_) {
      if (parameter.kind == ParameterKind::kCoefficient && parameter.tensor.requires_grad()) {
        loss = loss + settings_.l1 * at::abs(parameter.tensor).sum();
      }
    }
  }
  return loss;
}

std::pair<double, at::Tensor> PhaseTrainer::step(const at::Tensor& images, const at::Tensor& labels,
                                                 double rate_factor) {
  optimizer_.clear_gradients();
  const at::Tensor outputs = network_.forward(images, true);
  const at::Tensor loss = loss_of(images, outputs, labels);
  loss.backward();
  const double value = loss.item<double>();
  if (!std::isfinite(value)) {
    throw UserError("the loss is not finite any more: choose a smaller --rate");
  }
  pull_latents();
  optimizer_.step(rate_factor);
  clamp_latents();
  return {value, outputs.detach()};
}

void PhaseTrainer::pull_latents() {
  const c10::NoGradGuard no_gradients;
  if (settings_.zeros > 0 && steps_ % kPullEvery == 0) {
    const bool too_few = zero_share(network_) < settings_.zeros;
    // Latents come to the threshold in crowds: a pull that faded slowly would take too many along.
    pull_ = too_few ? std::clamp(pull_ * kPullGrowth, kPullStart, kPullMost) : pull_ / kPullFade;
  }
  ++steps_;
  if (pull_ < kPullLeast) return;
  double squares = 0, count = 0;
  for (const at::Tensor& latent : latents_) {
    if (!latent.grad().defined()) continue;  // nobody reads the layer
    squares += at::square(latent.grad()).sum().item<double>();
    count += double(latent.numel());
  }
  if (count == 0) return;
  const double slope = pull_ * std::sqrt(squares / count);
  for (const at::Tensor& latent : latents_) {
    at::Tensor gradient = latent.grad();
    if (gradient.defined()) gradient.add_(at::sign(latent), slope);
  }
}

void PhaseTrainer::clamp_latents() {
  const c10::NoGradGuard no_gradients;
  for (at::Tensor& latent : latents_) latent.clamp_(-kLargestLatent, kLargestLatent);
}

at::Tensor PhaseTrainer::inputs_of(const ImageBatch& batch) const {
  return network_input(batch.pixels, images_.shape, network_.structure().transform,
                       network_.device());
}

void PhaseTrainer::measure_statistics(const Epoch& order) {
  const c10::NoGradGuard no_gradients;
  const std::int64_t batches = std::min(kStatisticsBatches, order.num_batches());
  for (std::int64_t b = 0; b < batches; ++b) {
    network_.set_batch_share(1.0 / double(b + 1));
    network_.forward(inputs_of(order.batch(b)), true);
  }
  network_.set_batch_share(kBatchShare);
}

EpochSummary PhaseTrainer::run_epoch(int epoch, const std::function<void()>& on_batch) {
  freeze_for(epoch);
  const Epoch order(images_, settings_.batch, settings_.augmentation,
                    seed_for(settings_.seed, settings_.name), epoch);
  EpochSummary summary;
  for (std::int64_t b = 0; b < order.num_batches(); ++b) {
    const ImageBatch batch = order.batch(b);
    const at::Tensor inputs = inputs_of(batch);
    const at::Tensor labels = labels_of(batch.labels, network_.device());
    const auto [loss, outputs] = step(inputs, labels, rate_factor(epoch, b));
    summary.loss += loss * double(batch.labels.size());
    summary.training_ratio += double((outputs.argmax(1) == labels).sum().item<std::int64_t>());
    if (on_batch) on_batch();
  }
  measure_statistics(order);
  summary.loss /= double(images_.size());
  summary.training_ratio /= double(images_.size());
  return summary;
}

std::map<std::string, at::Tensor> PhaseTrainer::state() const {
  std::map<std::string, at::Tensor> made = optimizer_.state();
  made["pull"] = at::full({1}, pull_, at::kDouble);
  made["steps"] = at::full({1}, double(steps_), at::kDouble);
  return made;
}

void PhaseTrainer::load_state(const std::map<std::string, at::Tensor>& state) {
  const c10::NoGradGuard no_gradients;
  optimizer_.load_state(state);
  pull_ = state.at("pull").item<double>();
  steps_ = std::int64_t(state.at("steps").item<double>());
}

double accuracy(TrainedNetwork& network, const LabelledImages& images) {
  const c10::NoGradGuard no_gradients;
  const auto size = images.shape.size();
  std::int64_t right = 0;
  for (std::int64_t first = 0; first < images.size(); first += kEvaluationBatch) {
    const std::int64_t last = std::min<std::int64_t>(first + kEvaluationBatch, images.size());
    const std::vector<std::uint8_t> pixels(images.pixels.begin() + first * size,
                                           images.pixels.begin() + last * size);
    const at::Tensor inputs =
        network_input(pixels, images.shape, network.structure().transform, network.device());
    const at::Tensor labels =
        labels_of({images.labels.begin() + first, images.labels.begin() + last}, network.device());
    right += (network.forward(inputs, false).argmax(1) == labels).sum().item<std::int64_t>();
  }
  return double(right) / double(images.size());
}

double zero_share(const TrainedNetwork& network) {
  const auto share = [&](bool decomposed) {
    std::int64_t zeros = 0, all = 0;
    for (const auto& [node, layer] : network.layers()) {
      if ((layer.weighting != Weighting::kPlain) != decomposed) continue;
      zeros += layer.num_zeros();
      all += layer.sparse().numel();
    }
    return std::pair{zeros, all};
  };
  auto [zeros, all] = share(true);
  if (all == 0) std::tie(zeros, all) = share(false);
  return all > 0 ? double(zeros) / double(all) : 0.0;
}

}  // namespace escalate
