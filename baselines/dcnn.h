// DCNN: the dense accelerator that the SCNN paper compares with, and DCNN-opt (Parashar et al.,
// ISCA 2017): planar tiles like SCNN's, but dot products of dense vectors.
#pragma once

#include <string>

#include "baselines/accelerator_model.h"
#include "baselines/registry.h"

namespace escalate {

struct DcnnConfig {
  int pe_rows = 8;
  int pe_columns = 8;
  int multipliers = 16;
  int accumulator_entries = 1024;
  std::int64_t activation_ram_bytes = 2097152;
  int weight_fifo = 50;
  bool optimized = false;
  int word_bits = 16;
  int sum_bits = 24;
  double clock_mhz = 1000;
  SharedParts shared;

  /// Throws UserError with the key.
  void validate() const { shared.validate(); }

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"pe_rows", "PEs", "Rows of PEs", "SCNN, ISCA 2017", 1, 64}, self.pe_rows);
    visit(FieldDoc{"pe_columns", "PEs", "Columns of PEs", "SCNN, ISCA 2017", 1, 64},
          self.pe_columns);
    visit(FieldDoc{"multipliers", "multipliers", "Length of a PE's dot product", "SCNN, ISCA 2017",
                   1, 256},
          self.multipliers);
    visit(FieldDoc{"accumulator_entries", "sums", "Partial sums of a PE, in each of two memories",
                   "assumption: as SCNN", 1},
          self.accumulator_entries);
    visit(FieldDoc{"activation_ram_bytes", "bytes", "Activations on chip, inputs and outputs",
                   "SCNN, ISCA 2017 (2 MB)", 1},
          self.activation_ram_bytes);
    visit(FieldDoc{"weight_fifo", "entries", "Weight vectors that a PE buffers",
                   "assumption: as SCNN", 1},
          self.weight_fifo);
    visit(FieldDoc{"optimized", "",
                   "DCNN-opt: no multiplication of zero activations (no cycles saved), activations "
                   "compressed in DRAM",
                   "SCNN, ISCA 2017"},
          self.optimized);
    visit(FieldDoc{"word_bits", "bits", "Activations and weights", "SCNN, ISCA 2017", 1, 32},
          self.word_bits);
    visit(FieldDoc{"sum_bits", "bits", "Partial sums", "SCNN, ISCA 2017", 1, 64}, self.sum_bits);
    visit(FieldDoc{"clock_mhz", "MHz", "Clock", "SCNN, ISCA 2017", 1e-3}, self.clock_mhz);
    SharedParts::fields(self.shared, visit);
  }
};

/// Dataflow PT-IS-DP-dense, as docs/baselines.md reads it.
class Dcnn : public AcceleratorModel {
 public:
  explicit Dcnn(const DcnnConfig& config)
      : AcceleratorModel(config.clock_mhz, config.shared), config_(config) {
    config_.validate();
  }

  std::string name() const override { return config_.optimized ? "dcnn-opt" : "dcnn"; }
  std::int64_t multipliers() const override { return num_pes() * config_.multipliers; }
  std::string arrangement() const override;
  Skips skips() const override { return Skips::kNothing; }
  int word_bits() const override { return config_.word_bits; }
  Json config() const override { return fields_to_json(config_); }
  MachineComponents components(const CostModel& costs) const override;

 protected:
  BaselineRun compute(const LayerWorkload& layer, const ProductSink& sink) const override;

 private:
  std::int64_t num_pes() const { return std::int64_t{config_.pe_rows} * config_.pe_columns; }
  void count_traffic(const LayerWorkload& layer, NamedCounts& counters) const;

  DcnnConfig config_;
};

void add_dcnn(BaselineRegistry& registry);

}  // namespace escalate
