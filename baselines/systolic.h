// A systolic array: PEs that hand operands and sums to their neighbours, and hold one of the three.
#pragma once

#include <string>

#include "baselines/accelerator_model.h"
#include "baselines/registry.h"
#include "common/enum_names.h"

namespace escalate {

/// What stays in a PE.
enum class Stationary { kWeights, kOutputs, kInputs };

template <>
struct EnumNames<Stationary> {
  static constexpr auto kNames =
      std::to_array<std::pair<Stationary, std::string_view>>({{Stationary::kWeights, "weights"},
                                                              {Stationary::kOutputs, "outputs"},
                                                              {Stationary::kInputs, "inputs"}});
};

struct SystolicConfig {
  static constexpr int kMostSide = 1024;

  int rows = 32;
  int columns = 32;
  Stationary stationary = Stationary::kWeights;
  bool overlapped = true;
  int accumulators = 4096;
  std::int64_t activation_ram_bytes = 1048576;
  std::int64_t weight_buffer_bytes = 262144;
  int word_bits = 8;
  int sum_bits = 32;
  double clock_mhz = 700;
  SharedParts shared;

  /// Throws UserError with the key.
  void validate() const { shared.validate(); }

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    constexpr const char* kValidated = "assumption: as in the runs of docs/validation.md";
    constexpr const char* kTpu = "TPU, ISCA 2017 (from memory)";
    visit(FieldDoc{"rows", "PEs", "Rows of PEs", kValidated, 1, kMostSide}, self.rows);
    visit(FieldDoc{"columns", "PEs", "Columns of PEs", kValidated, 1, kMostSide}, self.columns);
    visit(FieldDoc{"stationary", "", "What stays in a PE: weights, outputs or inputs", kTpu},
          self.stationary);
    visit(FieldDoc{"overlapped", "",
                   "A fold is loaded, and the last one drained, while another is computed", kTpu},
          self.overlapped);
    visit(FieldDoc{"accumulators", "sums", "Partial sums under a column; no outputs stay in PEs",
                   kTpu, 1},
          self.accumulators);
    visit(FieldDoc{"activation_ram_bytes", "bytes", "Activations on chip, inputs and outputs",
                   "assumption", 1},
          self.activation_ram_bytes);
    visit(FieldDoc{"weight_buffer_bytes", "bytes", "Weights on chip", "assumption", 1},
          self.weight_buffer_bytes);
    visit(FieldDoc{"word_bits", "bits", "Activations and weights", kTpu, 1, 32}, self.word_bits);
    visit(FieldDoc{"sum_bits", "bits", "Partial sums", kTpu, 1, 64}, self.sum_bits);
    visit(FieldDoc{"clock_mhz", "MHz", "Clock", kTpu, 1e-3}, self.clock_mhz);
    SharedParts::fields(self.shared, visit);
  }
};

/// The folds of a layer and their cycles: docs/baselines.md.
class Systolic : public AcceleratorModel {
 public:
  explicit Systolic(const SystolicConfig& config)
      : AcceleratorModel(config.clock_mhz, config.shared), config_(config) {
    config_.validate();
  }

  std::string name() const override;
  std::int64_t multipliers() const override { return std::int64_t{config_.rows} * config_.columns; }
  std::string arrangement() const override;
  Skips skips() const override { return Skips::kNothing; }
  int word_bits() const override { return config_.word_bits; }
  Json config() const override { return fields_to_json(config_); }
  MachineComponents components(const CostModel& costs) const override;

 protected:
  BaselineRun compute(const LayerWorkload& layer, const ProductSink& sink) const override;

 private:
  SystolicConfig config_;
};

void add_systolic(BaselineRegistry& registry);

}  // namespace escalate
