// SCNN: PEs that each hold a planar tile of compressed activations and multiply it, four by four,
// with compressed weights that all of them get (Parashar et al., ISCA 2017).
#pragma once

#include <string>

#include "baselines/accelerator_model.h"
#include "baselines/registry.h"

namespace escalate {

struct ScnnConfig {
  int pe_rows = 8;
  int pe_columns = 8;
  int activations = 4;
  int weights = 4;
  int accumulator_banks = 32;
  int accumulator_entries = 32;
  int bank_queue = 4;
  int activation_ram_bytes = 10240;
  int weight_fifo = 50;
  int drain_words = 4;
  bool channel_barrier = false;
  int zero_run_bits = 4;
  int word_bits = 16;
  int sum_bits = 24;
  double clock_mhz = 1000;
  SharedParts shared;

  /// Throws UserError with the key.
  void validate() const;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"pe_rows", "PEs", "Rows of PEs", "SCNN, ISCA 2017, Table 2", 1, 64},
          self.pe_rows);
    visit(FieldDoc{"pe_columns", "PEs", "Columns of PEs", "SCNN, ISCA 2017, Table 2", 1, 64},
          self.pe_columns);
    visit(FieldDoc{"activations", "activations", "Activations that a PE takes in a cycle (I)",
                   "SCNN, ISCA 2017, Table 2", 1, 16},
          self.activations);
    visit(FieldDoc{"weights", "weights", "Weights that a PE takes in a cycle (F)",
                   "SCNN, ISCA 2017, Table 2", 1, 16},
          self.weights);
    visit(FieldDoc{"accumulator_banks", "banks", "Accumulator banks of a PE (A = 2 F I)",
                   "SCNN, ISCA 2017, Table 2", 1, 256},
          self.accumulator_banks);
    visit(FieldDoc{"accumulator_entries", "sums", "Partial sums of a bank, of which there are two",
                   "SCNN, ISCA 2017, Table 2", 1},
          self.accumulator_entries);
    visit(FieldDoc{"bank_queue", "products", "Products that wait in front of a bank", "assumption",
                   0, 100},
          self.bank_queue);
    visit(FieldDoc{"activation_ram_bytes", "bytes",
                   "Input activations of a PE, and as much for outputs", "SCNN, ISCA 2017, Table 2",
                   1},
          self.activation_ram_bytes);
    visit(FieldDoc{"weight_fifo", "entries", "Weight vectors that a PE buffers",
                   "SCNN, ISCA 2017, Table 2", 1},
          self.weight_fifo);
    visit(FieldDoc{"drain_words", "sums/cycle",
                   "Finished sums and halo sums that leave a PE's accumulators in a cycle",
                   "assumption: as wide as activations are read", 1},
          self.drain_words);
    visit(FieldDoc{"channel_barrier", "",
                   "PEs wait for each other after every input channel too, not only after a group",
                   "what-if (docs/validation.md)"},
          self.channel_barrier);
    visit(FieldDoc{"zero_run_bits", "bits", "Zeros before a stored value are counted in so many",
                   "SCNN, ISCA 2017, section 4", 1, 16},
          self.zero_run_bits);
    visit(
        FieldDoc{"word_bits", "bits", "Activations and weights", "SCNN, ISCA 2017, Table 2", 1, 32},
        self.word_bits);
    visit(FieldDoc{"sum_bits", "bits", "Partial sums", "SCNN, ISCA 2017, Table 2", 1, 64},
          self.sum_bits);
    visit(FieldDoc{"clock_mhz", "MHz", "Clock", "SCNN, ISCA 2017", 1e-3}, self.clock_mhz);
    SharedParts::fields(self.shared, visit);
  }
};

/// Dataflow PT-IS-CP-sparse. Rules beside the paper's, and what is not modelled: docs/baselines.md.
class Scnn : public AcceleratorModel {
 public:
  explicit Scnn(const ScnnConfig& config);

  std::string name() const override { return "scnn"; }
  std::int64_t multipliers() const override {
    return std::int64_t{num_pes()} * config_.activations * config_.weights;
  }
  std::string arrangement() const override;
  Skips skips() const override { return Skips::kAllZeros; }
  int word_bits() const override { return config_.word_bits; }
  Json config() const override { return fields_to_json(config_); }
  MachineComponents components(const CostModel& costs) const override;

 protected:
  BaselineRun compute(const LayerWorkload& layer, const ProductSink& sink) const override;

 private:
  int num_pes() const { return config_.pe_rows * config_.pe_columns; }

  ScnnConfig config_;
};

void add_scnn(BaselineRegistry& registry);

}  // namespace escalate
