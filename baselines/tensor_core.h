// Tensor cores: dense dot products, weights in an N:M pattern as in NVIDIA's Ampere, and outer
// products of compressed operands (DSTC, Wang et al., ISCA 2021), of the sizes of Sparseloop's
// artifact (Wu et al., MICRO 2022).
#pragma once

#include <cstdint>
#include <string>

#include "baselines/accelerator_model.h"
#include "baselines/registry.h"
#include "common/enum_names.h"
#include "energy/component_list.h"

namespace escalate {

/// Which zeros a tensor core skips.
enum class CoreSparsity {
  kNone,
  kPattern,  ///< of weights, if every group of channels has few enough non-zeros
  kDual      ///< of both operands
};

template <>
struct EnumNames<CoreSparsity> {
  static constexpr auto kNames =
      std::to_array<std::pair<CoreSparsity, std::string_view>>({{CoreSparsity::kNone, "none"},
                                                                {CoreSparsity::kPattern, "pattern"},
                                                                {CoreSparsity::kDual, "dual"}});
};

struct TensorCoreConfig {
  static constexpr int kMostSubpartitions = 1024;

  int subpartitions = 4;
  int rows = 16;
  int columns = 16;
  CoreSparsity sparsity = CoreSparsity::kNone;
  int pattern_kept = 2;
  int pattern_group = 4;
  int sums = 2048;
  std::int64_t shared_memory_bytes = 262144;
  std::int64_t metadata_bytes = 32768;
  int shared_memory_words = 42;
  std::int64_t weight_buffer_bytes = 262144;
  int word_bits = 8;
  int sum_bits = 24;
  double clock_mhz = 1000;
  SharedParts shared;

  std::int64_t multipliers() const { return std::int64_t{subpartitions} * rows * columns; }
  /// Throws UserError with the key.
  void validate() const;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    constexpr const char* kArtifact = "Sparseloop, MICRO 2022, artifact, fig. 15";
    visit(FieldDoc{"subpartitions", "subpartitions", "Subpartitions", kArtifact, 1,
                   kMostSubpartitions},
          self.subpartitions);
    visit(FieldDoc{"rows", "multipliers", "Filters that a subpartition works on in a cycle",
                   kArtifact, 1, 256},
          self.rows);
    visit(FieldDoc{"columns", "multipliers",
                   "Length of a dot product; with sparsity dual, positions worked on in a cycle",
                   kArtifact, 1, 256},
          self.columns);
    visit(FieldDoc{"sparsity", "",
                   "Zeros that are skipped: none, pattern (of weights) or dual (of both operands)",
                   kArtifact},
          self.sparsity);
    visit(FieldDoc{"pattern_kept", "weights", "Weights of a group that may differ from zero",
                   kArtifact, 1, 16, "at most pattern_group"},
          self.pattern_kept);
    visit(FieldDoc{"pattern_group", "weights", "Input channels of a group", kArtifact, 1, 16},
          self.pattern_group);
    visit(FieldDoc{"sums", "sums", "Partial sums of a subpartition", kArtifact, 1, 65536,
                   "at least rows x columns"},
          self.sums);
    visit(FieldDoc{"shared_memory_bytes", "bytes", "Activations on chip, inputs and outputs",
                   kArtifact, 1},
          self.shared_memory_bytes);
    visit(FieldDoc{"metadata_bytes", "bytes", "Places of non-zeros on chip", kArtifact, 1},
          self.metadata_bytes);
    visit(
        FieldDoc{"shared_memory_words", "words/cycle",
                 "From shared memory to all subpartitions; bit maps count as words", kArtifact, 1},
        self.shared_memory_words);
    visit(FieldDoc{"weight_buffer_bytes", "bytes", "Weights on chip (sparsity none and pattern)",
                   "assumption", 1},
          self.weight_buffer_bytes);
    visit(FieldDoc{"word_bits", "bits", "Activations and weights", kArtifact, 1, 32},
          self.word_bits);
    visit(FieldDoc{"sum_bits", "bits", "Partial sums", "assumption", 1, 64}, self.sum_bits);
    visit(FieldDoc{"clock_mhz", "MHz", "Clock", "assumption", 1e-3}, self.clock_mhz);
    SharedParts::fields(self.shared, visit);
  }
};

/// The dataflows, and what is not modelled: docs/baselines.md.
class TensorCore : public AcceleratorModel {
 public:
  explicit TensorCore(const TensorCoreConfig& config)
      : AcceleratorModel(config.clock_mhz, config.shared), config_(config) {
    config_.validate();
  }

  std::string name() const override;
  std::int64_t multipliers() const override { return config_.multipliers(); }
  std::string arrangement() const override;
  Skips skips() const override;
  /// A layer whose weights do not keep to the pattern runs as if they were dense.
  Skips skips_of(const LayerWorkload& layer) const override;
  int word_bits() const override { return config_.word_bits; }
  Json config() const override { return fields_to_json(config_); }
  MachineComponents components(const CostModel& costs) const override;

 protected:
  BaselineRun compute(const LayerWorkload& layer, const ProductSink& sink) const override;

 private:
  void add_arithmetic(ComponentList& list) const;

  TensorCoreConfig config_;
};

/// Whether of each `group` consecutive input channels at most `kept` weights of a filter's tap
/// differ from zero.
bool keeps_to_pattern(const LayerWorkload& layer, int kept, int group);

void add_tensor_core(BaselineRegistry& registry);

}  // namespace escalate
