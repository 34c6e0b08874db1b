// One phase of training: a number of epochs with one set of rules.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "retrain/optimizer.h"
#include "retrain/trained_network.h"
#include "workloads/training_set.h"

namespace escalate {

/// How the learning rate falls over a phase.
enum class Schedule {
  kCosine,  ///< to 0, at every step
  kSteps    ///< times 0.1 after half and after three quarters of the epochs (PENNI)
};

struct PhaseSettings {
  std::string name;
  int epochs = 1;
  int batch = 128;
  double rate = 0.01;          ///< rate of stochastic gradient descent
  double latent_rate = 0.003;  ///< rate of Adam, for latent coefficients
  double weight_decay = 1e-4;
  Schedule schedule = Schedule::kCosine;
  /// First epochs, in which the schedule's rates are scaled by a factor that rises evenly from 0 to
  /// 1: random weights do not stand a large rate (P. Goyal et al., arXiv 1706.02677).
  int warm_up_epochs = 0;
  /// Weight of the sum of the coefficients' magnitudes in the loss (real coefficients).
  double l1 = 0;
  /// Coefficients and basis kernels take turns, two epochs each, coefficients first (PENNI, phase
  /// B). The rest of the network is always trained.
  bool alternate = false;
  /// Share of zeros that latent coefficients are pulled to (0: no pull), by an l1 loss of all of
  /// them that grows while there are too few and fades quickly where there are enough. It is part
  /// of the gradient that Adam scales, so that those become 0 that the loss needs least.
  double zeros = 0;
  int int8_epochs = 0;      ///< last ones, in which the network computes with int8 activations
  double distillation = 0;  ///< share of the loss that compares with the teacher's outputs
  double temperature = 4;   ///< temperature of that comparison (Hinton et al., arXiv 1503.02531)
  Augmentation augmentation;
  std::uint64_t seed = 1;
};

struct EpochSummary {
  double loss = 0;            ///< mean over the images
  double training_ratio = 0;  ///< right ones among the (varied) training images
};

class PhaseTrainer {
 public:
  /// `teacher` may be null where there is no distillation. All must outlive the trainer.
  PhaseTrainer(TrainedNetwork& network, TrainedNetwork* teacher, const LabelledImages& images,
               const PhaseSettings& settings);

  /// Trains for the epoch of that number (from 0 on). `on_batch` is called after each step. In the
  /// end batch norms have the mean statistics of some batches under the weights as they then are:
  /// running ones lag behind coefficients that jump (Nagel et al., ICML 2022, arXiv 2203.11086).
  /// Throws UserError if the loss is not finite any more.
  EpochSummary run_epoch(int epoch, const std::function<void()>& on_batch = {});

  /// One step on these network inputs and classes; its loss and outputs.
  std::pair<double, at::Tensor> step(const at::Tensor& images, const at::Tensor& labels,
                                     double rate_factor);
  /// Says which parameters move in an epoch (alternation).
  void freeze_for(int epoch);

  /// What the next epoch depends on besides the network.
  std::map<std::string, at::Tensor> state() const;
  void load_state(const std::map<std::string, at::Tensor>& state);

  std::int64_t batches_per_epoch() const;

 private:
  double rate_factor(int epoch, std::int64_t batch) const;
  at::Tensor loss_of(const at::Tensor& images, const at::Tensor& outputs, const at::Tensor& labels);
  void pull_latents();
  void clamp_latents();
  at::Tensor inputs_of(const ImageBatch& batch) const;
  void measure_statistics(const Epoch& order);

  TrainedNetwork& network_;
  TrainedNetwork* teacher_;
  const LabelledImages& images_;
  PhaseSettings settings_;
  std::vector<Parameter> parameters_;
  std::vector<at::Tensor> latents_;
  Optimizer optimizer_;
  double pull_ = 0;  ///< l1 weight, in root mean squares of all latents' gradients
  std::int64_t steps_ = 0;
};

/// Share of `images` that a network classes rightly (batch norms by their running statistics).
double accuracy(TrainedNetwork& network, const LabelledImages& images);

/// Zeros among the coefficients of all decomposed layers, or, where there are none, among all plain
/// weights.
double zero_share(const TrainedNetwork& network);

}  // namespace escalate
