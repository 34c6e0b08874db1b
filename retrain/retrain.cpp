#include "retrain/retrain.h"

#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "common/error.h"
#include "common/math.h"
#include "compress/shrink.h"
#include "retrain/checkpoint.h"
#include "retrain/int8_steps.h"
#include "workloads/nm_groups.h"
#include "workloads/onnx/reader.h"
#include "workloads/onnx/writer.h"

namespace escalate {
namespace {

constexpr std::int64_t kSettlingImages = 512;  ///< that batch norms get their first statistics from

enum class Entry { kNothing, kDecompose, kPrune, kTernary, kPruneWeights, kPruneGroups };

/// A phase, and what is done to the network before it.
struct Phase {
  Entry entry;
  PhaseSettings settings;
};

PhaseSettings settings_for(const RetrainOptions& options, const std::string& name, int epochs) {
  PhaseSettings settings;
  settings.name = name;
  settings.epochs = epochs;
  settings.batch = options.batch;
  settings.rate = options.rate;
  settings.latent_rate = options.latent_rate;
  settings.weight_decay = options.weight_decay;
  settings.distillation = options.distillation;
  settings.augmentation = options.augmentation;
  settings.seed = options.seed;
  return settings;
}

std::vector<Phase> phases_of(const RetrainOptions& options) {
  const int most = options.method == RetrainMethod::kTernary ? options.epochs : 0;
  if (options.int8_epochs > most) {
    throw UserError({"", 0, "--int8-epochs"},
                    fmt::format("expected at most {}, the epochs with ternary coefficients", most));
  }
  std::vector<Phase> phases;
  if (options.scratch_epochs > 0) {
    phases.push_back({Entry::kNothing, settings_for(options, "dense", options.scratch_epochs)});
    phases.back().settings.rate = options.scratch_rate;
    phases.back().settings.warm_up_epochs = options.warm_up_epochs;
  }
  const bool has_basis =
      options.method == RetrainMethod::kTernary || options.method == RetrainMethod::kPenni;
  if (has_basis && options.alternate_epochs > 0) {
    PhaseSettings settings = settings_for(options, "alternating", options.alternate_epochs);
    settings.alternate = true;
    settings.l1 = options.l1;
    settings.schedule = Schedule::kSteps;
    phases.push_back({Entry::kDecompose, settings});
  }
  if (has_basis && options.prune_epochs > 0) {
    phases.push_back({Entry::kPrune, settings_for(options, "pruned", options.prune_epochs)});
  }
  if (options.method == RetrainMethod::kTernary && options.epochs > 0) {
    PhaseSettings settings = settings_for(options, "ternary", options.epochs);
    settings.zeros = options.zeros;
    settings.int8_epochs = options.int8_epochs;
    phases.push_back({Entry::kTernary, settings});
  }
  const auto train_plain = [&](RetrainMethod method, Entry entry, const char* name) {
    if (options.method != method || options.epochs == 0) return;
    phases.push_back({entry, settings_for(options, name, options.epochs)});
  };
  train_plain(RetrainMethod::kUnstructured, Entry::kPruneWeights, "pruned");
  train_plain(RetrainMethod::kNm, Entry::kPruneGroups, "pruned");
  train_plain(RetrainMethod::kDense, Entry::kNothing, "tuned");
  if (phases.empty() && options.method != RetrainMethod::kPenni) {
    throw UserError("nothing to train: give a number of epochs above 0");
  }
  return phases;
}

at::Device device_of(const std::string& name) {
  if (name == "cpu") return at::kCPU;
  if (name != "cuda") throw UserError({"", 0, "--device"}, "expected cpu or cuda");
  if (!at::hasCUDA()) {
    throw UserError({"", 0, "--device"}, "this libtorch has no CUDA, or there is no device");
  }
  return at::kCUDA;
}

/// FNV-1a of a network's bytes: whether a checkpoint is of it.
std::string fingerprint(const std::string& bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return fmt::format("{:016x}", hash);
}

Json record_json(const EpochRecord& record) {
  return {{"phase", record.phase},
          {"epoch", record.epoch},
          {"epochs", record.epochs},
          {"loss", record.training.loss},
          {"training_ratio", record.training.training_ratio},
          {"test_ratio", record.test_ratio},
          {"zero_share", record.zeros}};
}

EpochRecord record_from(const Json& json) {
  EpochRecord record;
  json.at("phase").get_to(record.phase);
  json.at("epoch").get_to(record.epoch);
  json.at("epochs").get_to(record.epochs);
  json.at("loss").get_to(record.training.loss);
  json.at("training_ratio").get_to(record.training.training_ratio);
  json.at("test_ratio").get_to(record.test_ratio);
  json.at("zero_share").get_to(record.zeros);
  return record;
}

class Run {
 public:
  Run(const Graph& original, const RetrainOptions& options, const LabelledImages& training,
      const LabelledImages& test, const RetrainListener& listener)
      : original_(original),
        options_(options),
        training_(training),
        test_(test),
        listener_(listener),
        device_(device_of(options.device)),
        phases_(phases_of(options)) {}

  RetrainOutcome run() {
    start();
    resume();
    announce();
    for (; phase_ < phases_.size(); ++phase_, epochs_done_ = 0) train_phase();
    if (options_.method == RetrainMethod::kPenni) enter(Entry::kDecompose);  // if no phase did
    return finish();
  }

 private:
  bool from_scratch() const { return options_.scratch_epochs > 0; }

  void start() {
    if (options_.teacher) teacher_.emplace(*options_.teacher, device_);
    if (from_scratch()) {
      if (options_.distillation > 0 && !teacher_) {
        throw UserError({"", 0, "--distillation"}, "there is no network to learn from");
      }
      network_.emplace(with_random_weights(with_batch_norms(original_), options_.seed), device_);
      return;
    }
    TrainedNetwork given(original_, device_);
    outcome_.original_ratio = accuracy(given, test_);
    outcome_.before = cost_of(given);
    if (!teacher_) teacher_ = std::move(given);
    network_.emplace(with_batch_norms(original_), device_);
    settle_batch_norms(*network_, original_, first_images(kSettlingImages));
  }

  at::Tensor first_images(std::int64_t most) const {
    const std::int64_t count = std::min(most, training_.size());
    const std::vector<std::uint8_t> pixels(
        training_.pixels.begin(), training_.pixels.begin() + count * training_.shape.size());
    return network_input(pixels, training_.shape, original_.transform, device_);
  }

  Json identity() const {
    Json json;
    json["options"] = retrain_options_json(options_);
    json["network"] = from_scratch() ? original_.name : fingerprint(onnx_bytes(original_));
    if (options_.teacher) json["teacher"] = fingerprint(onnx_bytes(*options_.teacher));
    json["training_images"] = training_.size();
    json["test_images"] = test_.size();
    return json;
  }

  void resume() {
    if (options_.checkpoint.empty() || !std::filesystem::exists(options_.checkpoint)) return;
    const Checkpoint checkpoint = read_checkpoint(options_.checkpoint);
    if (checkpoint.info.at("of") != identity()) {
      throw UserError({options_.checkpoint},
                      "is a checkpoint of another network, data set or of other options; remove "
                      "it to start again");
    }
    phase_ = checkpoint.info.at("phase").get<std::size_t>();
    epochs_done_ = checkpoint.info.at("epochs_done").get<int>();
    for (const Json& record : checkpoint.info.at("epochs")) {
      outcome_.epochs.push_back(record_from(record));
    }
    std::map<std::string, at::Tensor> values;
    for (const auto& [name, tensor] : checkpoint.tensors) {
      (name.starts_with(kValue) ? values : resumed_state_)[name.substr(2)] = tensor;
    }
    network_.emplace(parse_onnx(checkpoint.network, options_.checkpoint), device_);
    network_->load_state(values);
  }

  void write_state(const PhaseTrainer& trainer) const {
    if (options_.checkpoint.empty()) return;
    Checkpoint checkpoint;
    checkpoint.info["of"] = identity();
    checkpoint.info["phase"] = phase_;
    checkpoint.info["epochs_done"] = epochs_done_;
    checkpoint.info["epochs"] = Json::array();
    for (const EpochRecord& record : outcome_.epochs) {
      checkpoint.info["epochs"].push_back(record_json(record));
    }
    checkpoint.network = onnx_bytes(network_->structure());
    for (const auto& [name, tensor] : network_->state()) checkpoint.tensors[kValue + name] = tensor;
    for (const auto& [name, tensor] : trainer.state()) checkpoint.tensors[kMoment + name] = tensor;
    write_checkpoint(checkpoint, options_.checkpoint);
  }

  void announce() const {
    const std::int64_t batches = ceil_div(training_.size(), options_.batch);
    std::int64_t all = 0, done = 0;
    for (std::size_t p = 0; p < phases_.size(); ++p) {
      all += phases_[p].settings.epochs * batches;
      if (p < phase_) done += phases_[p].settings.epochs * batches;
    }
    if (listener_.start) listener_.start(all);
    if (listener_.resume) listener_.resume(done + epochs_done_ * batches);
  }

  void train_phase() {
    const Phase& phase = phases_[phase_];
    if (epochs_done_ == 0) enter(phase.entry);
    TrainedNetwork* teacher = teacher_ ? &*teacher_ : nullptr;
    PhaseTrainer trainer(*network_, teacher, training_, phase.settings);
    if (epochs_done_ > 0) trainer.load_state(resumed_state_);
    while (epochs_done_ < phase.settings.epochs) {
      EpochRecord record;
      record.phase = phase.settings.name;
      record.epochs = phase.settings.epochs;
      const bool is_int8 = epochs_done_ >= phase.settings.epochs - phase.settings.int8_epochs;
      if (is_int8) calibrate_network();
      record.training = trainer.run_epoch(epochs_done_, listener_.batch);
      record.epoch = ++epochs_done_;
      if (is_int8) calibrate_network();
      record.test_ratio = accuracy(*network_, test_);
      record.zeros = zero_share(*network_);
      outcome_.epochs.push_back(record);
      write_state(trainer);
      if (listener_.epoch) listener_.epoch(record);
    }
    if (phase.entry == Entry::kPrune) network_ = shrunk(*network_);
  }

  void calibrate_network() {
    network_->set_int8_steps(int8_steps_of(*network_, first_images(kCalibrationImages)));
  }

  /// What a phase needs from those that may have been left out.
  void enter(Entry entry) {
    const std::vector<int> layers =
        layers_to_decompose(network_->structure(), options_.direct, options_.pointwise_terms > 0);
    const auto decompose_if_plain = [&] {
      for (const auto& [node, layer] : network_->layers()) {
        if (layer.weighting == Weighting::kRealBasis) return;
      }
      std::vector<int> with_taps;  // 1x1 layers are not decomposed by PENNI
      for (const int node : layers) {
        const Window& window = network_->structure().nodes[std::size_t(node)].window;
        if (window.r * window.s > 1) with_taps.push_back(node);
      }
      decompose(*network_, with_taps, options_.terms);
    };
    switch (entry) {
      case Entry::kNothing:
        return;
      case Entry::kDecompose:
        return decompose_if_plain();
      case Entry::kPrune:
        decompose_if_plain();
        return prune_coefficients(*network_, options_.prune_factor);
      case Entry::kPruneWeights:
        return prune_weights(*network_, options_.density);
      case Entry::kPruneGroups:
        return prune_to_pattern(*network_, options_.pattern, options_.direct);
      case Entry::kTernary: {
        const TernaryStart start{options_.terms, std::max(1, options_.pointwise_terms),
                                 options_.density, options_.jobs, options_.coefficient_pattern};
        const Graph before = network_->graph();
        network_.emplace(with_ternary_layers(before, layers, start), device_);
        if (start.pattern) hold_to_pattern(*network_, before, layers, *start.pattern);
        return;
      }
    }
  }

  RetrainOutcome finish() {
    if (from_scratch()) outcome_.before = cost_of(TrainedNetwork(filled_original(), device_));
    const bool is_int8 = !network_->int8_steps().empty();
    // A channel that goes would move those behind it into other groups.
    const bool has_groups = options_.method == RetrainMethod::kNm || options_.coefficient_pattern;
    if (!has_groups) network_ = shrunk(*network_);
    if (is_int8) calibrate_network();
    outcome_.after = cost_of(*network_);
    outcome_.zeros = zero_share(*network_);
    outcome_.network = network_->graph();
    outcome_.network.name = original_.name;
    outcome_.float_pairs = graph_of_pairs(*network_);
    outcome_.final_ratio = accuracy(*network_, test_);
    return std::move(outcome_);
  }

  Graph filled_original() const { return with_random_weights(original_, options_.seed); }

  static constexpr const char* kValue = "v ";
  static constexpr const char* kMoment = "m ";

  const Graph& original_;
  const RetrainOptions& options_;
  const LabelledImages& training_;
  const LabelledImages& test_;
  const RetrainListener& listener_;
  at::Device device_;
  std::vector<Phase> phases_;
  std::optional<TrainedNetwork> network_, teacher_;
  std::size_t phase_ = 0;
  int epochs_done_ = 0;  ///< epochs of this phase
  std::map<std::string, at::Tensor> resumed_state_;
  RetrainOutcome outcome_;
};

}  // namespace

Json retrain_options_json(const RetrainOptions& options) {
  Json json = {{"method", std::string(enum_name(options.method))},
               {"scratch_epochs", options.scratch_epochs},
               {"alternate_epochs", options.alternate_epochs},
               {"prune_epochs", options.prune_epochs},
               {"epochs", options.epochs},
               {"int8_epochs", options.int8_epochs},
               {"basis", options.terms},
               {"pointwise_terms", options.pointwise_terms},
               {"direct", options.direct},
               {"density", options.density},
               {"zeros", options.zeros},
               {"prune_factor", options.prune_factor},
               {"rate", options.rate},
               {"scratch_rate", options.scratch_rate},
               {"warm_up_epochs", options.warm_up_epochs},
               {"latent_rate", options.latent_rate},
               {"weight_decay", options.weight_decay},
               {"l1", options.l1},
               {"distillation", options.distillation},
               {"batch", options.batch},
               {"crop_pad", options.augmentation.pad},
               {"flip", options.augmentation.flip},
               {"seed", options.seed}};
  if (options.method == RetrainMethod::kNm) json["pattern"] = text_of(options.pattern);
  if (options.coefficient_pattern) {
    json["coefficient_pattern"] = text_of(*options.coefficient_pattern);
  }
  return json;
}

NetworkCost cost_of(const TrainedNetwork& network) {
  const c10::NoGradGuard no_gradients;
  NetworkCost cost;
  for (const auto& [node, layer] : network.layers()) {
    const Node& made = network.structure().nodes[std::size_t(node)];
    const std::int64_t positions = std::int64_t{made.out.h} * made.out.w;
    const std::int64_t nonzeros = layer.sparse().numel() - layer.num_zeros();
    cost.weights += nonzeros;
    if (layer.weighting == Weighting::kPlain) {
      cost.macs += nonzeros * positions;
      continue;
    }
    const std::int64_t basis = layer.basis.numel();
    cost.weights += basis;
    const std::int64_t channels = layer.weighting == Weighting::kRealBasis
                                      ? network.structure().input_shape_of(node).c
                                      : made.out_channels;
    cost.macs += basis * channels * positions;
    if (layer.weighting == Weighting::kRealBasis) cost.macs += nonzeros * positions;
  }
  return cost;
}

RetrainOutcome retrain(const Graph& original, const RetrainOptions& options,
                       const LabelledImages& training, const LabelledImages& test,
                       const RetrainListener& listener) {
  if (original.nodes.at(0).out != training.shape || test.shape != training.shape) {
    throw UserError("the images are not of the network's input size");
  }
  return Run(original, options, training, test, listener).run();
}

}  // namespace escalate
