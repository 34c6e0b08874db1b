// Compression by retraining: the phases, one after the other, from a network and labelled images to
// a smaller network that keeps its accuracy.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/enum_names.h"
#include "common/json.h"
#include "retrain/phase_trainer.h"
#include "retrain/transformations.h"
#include "workloads/graph.h"

namespace escalate {

/// What the network is to become.
enum class RetrainMethod {
  kTernary,       ///< ESCALATE: ternary coefficients, int8 basis kernels
  kPenni,         ///< PENNI: real coefficients, pruned, and shrunk
  kUnstructured,  ///< plain weights, the smallest pruned
  kNm,            ///< plain weights, the smallest of each group of input channels pruned
  kDense          ///< plain weights, nothing else (with random weights: training from scratch)
};
template <>
struct EnumNames<RetrainMethod> {
  static constexpr auto kNames = std::to_array<std::pair<RetrainMethod, std::string_view>>(
      {{RetrainMethod::kTernary, "ternary"},
       {RetrainMethod::kPenni, "penni"},
       {RetrainMethod::kUnstructured, "unstructured"},
       {RetrainMethod::kNm, "nm"},
       {RetrainMethod::kDense, "dense"}});
};

struct RetrainOptions {
  RetrainMethod method = RetrainMethod::kTernary;
  int scratch_epochs = 0;    ///< > 0: start from random weights, trained so long
  int alternate_epochs = 0;  ///< phase B, of decomposed layers
  int prune_epochs = 0;      ///< phase C, of decomposed layers; D follows
  int epochs = 30;           ///< with ternary coefficients, pruned weights, or (kDense) as it is
  int int8_epochs = 0;       ///< the last of those with ternary coefficients, with int8 activations
  int terms = 6;             ///< M
  int pointwise_terms = 0;   ///< ternary terms of 1x1 and FC layers; 0: these stay int8
  std::vector<std::string> direct;  ///< patterns of layers that stay plain, or whole (kNm)
  NmPattern pattern = {2, 4};       ///< of kNm
  /// Of ternary coefficients along the input channels, in layers of at least M of these.
  std::optional<NmPattern> coefficient_pattern = {};
  double density = 0.25;      ///< non-zero share: to start from (ternary), or to keep
  double zeros = 0.75;        ///< share of ternary coefficients to pull to (0: no pull)
  double prune_factor = 1;    ///< threshold in standard deviations of a layer's coefficients
  double rate = 0.02;         ///< rate of stochastic gradient descent
  double scratch_rate = 0.1;  ///< the same from random weights
  int warm_up_epochs = 1;  ///< the first epochs from random weights, in which the rate rises from 0
  double latent_rate = 0.003;  ///< rate of Adam, for latent coefficients
  double weight_decay = 1e-4;
  double l1 = 1e-4;              ///< phase B
  double distillation = 0;       ///< share of the loss that follows the teacher's outputs
  std::optional<Graph> teacher;  ///< who that is; none: the network that was given
  int batch = 128;
  Augmentation augmentation;
  std::uint64_t seed = 1;
  int jobs = 1;
  std::string device = "cpu";  ///< or "cuda"
  std::string checkpoint;      ///< file; empty: none
};

/// What every epoch came to.
struct EpochRecord {
  std::string phase;
  int epoch = 0;  ///< epoch of the phase, from 1 on
  int epochs = 0;
  EpochSummary training;
  double test_ratio = 0;
  double zeros = 0;  ///< share (zero_share())
};

/// Multiply-accumulates of one image and weights of a network, as it is: zeros left out.
struct NetworkCost {
  std::int64_t macs = 0;     ///< PENNI's count for layers of real basis kernels
  std::int64_t weights = 0;  ///< non-zero weights, or coefficients and basis kernels
};

struct RetrainOutcome {
  Graph network;              ///< as float; ternary layers as Decomposition; not calibrated
  Graph float_pairs;          ///< kPenni: layers as pairs of convolutions (else as `network`)
  double original_ratio = 0;  ///< accuracy of the network that was given (0: from scratch)
  double final_ratio = 0;
  double zeros = 0;
  NetworkCost before, after;
  std::vector<EpochRecord> epochs;
};

/// Told of what is going on.
struct RetrainListener {
  std::function<void(std::int64_t batches)> start = {};   ///< how many steps there are to be
  std::function<void(std::int64_t batches)> resume = {};  ///< done by an earlier run
  std::function<void()> batch = {};                       ///< one step is done
  std::function<void(const EpochRecord&)> epoch = {};
};

/// Retrains `original` (shapes inferred) on `training`; accuracies are of `test`. kPenni without
/// epochs of its own is phase A alone. With a checkpoint file the state is written after each
/// epoch, and a run with the same options that finds it goes on from there, to the same result as
/// one that was never stopped (on one kind of machine, with the same number of threads). Throws
/// UserError for options that do not fit, a checkpoint of other options, and a device that libtorch
/// does not have.
RetrainOutcome retrain(const Graph& original, const RetrainOptions& options,
                       const LabelledImages& training, const LabelledImages& test,
                       const RetrainListener& listener = {});

/// The options that a result depends on.
Json retrain_options_json(const RetrainOptions& options);

/// Zeros left out.
NetworkCost cost_of(const TrainedNetwork& network);

}  // namespace escalate
