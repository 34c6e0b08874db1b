// Eyeriss v2: clusters of row-stationary PEs that skip zeros of both operands in compressed sparse
// columns, on a hierarchical mesh (Chen et al., JETCAS 9(2), 2019).
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "baselines/accelerator_model.h"
#include "baselines/registry.h"
#include "energy/component_list.h"

namespace escalate {

struct EyerissV2Config {
  int cluster_rows = 8;
  int cluster_columns = 2;
  int pe_rows = 3;
  int pe_columns = 4;
  int macs = 2;
  bool sparse = true;
  int input_window = 16;
  int weight_words = 192;
  int sums = 32;
  int zero_run_bits = 4;
  int input_bank_bytes = 1536;
  int sum_bank_bytes = 1920;
  int port_bits = 24;
  int sum_port_words = 2;
  int word_bits = 8;
  int sum_bits = 20;
  double clock_mhz = 200;
  SharedParts shared = memory();

  std::int64_t clusters() const { return std::int64_t{cluster_rows} * cluster_columns; }
  std::int64_t pes() const { return clusters() * pe_rows * pe_columns; }
  /// Bits of a stored operand, with its count of zeros where it is compressed.
  int stored_bits() const { return word_bits + (sparse ? zero_run_bits : 0); }
  /// Operands that come through a port in a cycle.
  int port_words() const { return std::max(1, port_bits / stored_bits()); }
  /// Partial sums in the global buffers of all clusters.
  std::int64_t buffered_sums() const {
    return clusters() * pe_columns * sum_bank_bytes * 8 / sum_bits;
  }
  /// Throws UserError with the key.
  void validate() const { shared.validate(); }
  /// 25.6 GB/s, the peak that the paper takes.
  static SharedParts memory() {
    SharedParts parts;
    parts.dram.channels = 1;
    return parts;
  }

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    constexpr const char* kPaper = "Eyeriss v2, JETCAS 2019";
    visit(FieldDoc{"cluster_rows", "clusters", "Rows of clusters", kPaper, 1, 64},
          self.cluster_rows);
    visit(FieldDoc{"cluster_columns", "clusters", "Columns of clusters", kPaper, 1, 64},
          self.cluster_columns);
    visit(FieldDoc{"pe_rows", "PEs", "Rows of PEs of a cluster", kPaper, 1, 64}, self.pe_rows);
    visit(FieldDoc{"pe_columns", "PEs", "Columns of PEs of a cluster", kPaper, 1, 64},
          self.pe_columns);
    visit(FieldDoc{"macs", "multipliers", "Multipliers of a PE, all for one input", kPaper, 1, 16},
          self.macs);
    visit(FieldDoc{"sparse", "", "Zeros of both operands are skipped; depthwise layers skip none",
                   kPaper},
          self.sparse);
    visit(FieldDoc{"input_window", "inputs",
                   "Inputs of a PE's window, each with a column of weights", kPaper, 1, 1024},
          self.input_window);
    visit(FieldDoc{"weight_words", "words", "Weights of a PE", kPaper, 1}, self.weight_words);
    visit(FieldDoc{"sums", "sums", "Partial sums of a PE", kPaper, 1}, self.sums);
    visit(FieldDoc{"zero_run_bits", "bits",
                   "Zeros before a stored operand are counted in so many; longer runs are filled",
                   kPaper, 1, 16},
          self.zero_run_bits);
    visit(FieldDoc{"input_bank_bytes", "bytes",
                   "Bank of inputs of a cluster's global buffer, one a row of PEs",
                   "Eyeriss v2, JETCAS 2019, by way of an open model", 1},
          self.input_bank_bytes);
    visit(FieldDoc{"sum_bank_bytes", "bytes",
                   "Bank of partial sums of a cluster's global buffer, one a column of PEs",
                   "Eyeriss v2, JETCAS 2019 (from memory)", 1},
          self.sum_bank_bytes);
    visit(
        FieldDoc{"port_bits", "bits/cycle", "Port of inputs or weights of a row of PEs", kPaper, 1},
        self.port_bits);
    visit(FieldDoc{"sum_port_words", "sums/cycle", "Port of sums of a column of PEs", kPaper, 1},
          self.sum_port_words);
    visit(FieldDoc{"word_bits", "bits", "Activations and weights", kPaper, 1, 32}, self.word_bits);
    visit(FieldDoc{"sum_bits", "bits", "Partial sums", kPaper, 1, 64}, self.sum_bits);
    visit(FieldDoc{"clock_mhz", "MHz", "Clock", "Eyeriss v2, JETCAS 2019 (from memory)", 1e-3},
          self.clock_mhz);
    SharedParts::fields(self.shared, visit,
                        "25.6 GB/s: Eyeriss v2, JETCAS 2019; the rest: assumption");
  }
};

/// The mapping search, the rules of a pass and what is not modelled: docs/baselines.md.
class EyerissV2 : public AcceleratorModel {
 public:
  explicit EyerissV2(const EyerissV2Config& config)
      : AcceleratorModel(config.clock_mhz, config.shared), config_(config) {
    config_.validate();
  }

  std::string name() const override { return config_.sparse ? "eyeriss-v2" : "eyeriss-v2-dense"; }
  std::int64_t multipliers() const override { return config_.pes() * config_.macs; }
  std::string arrangement() const override;
  Skips skips() const override { return config_.sparse ? Skips::kAllZeros : Skips::kNothing; }
  /// Depthwise layers skip nothing.
  Skips skips_of(const LayerWorkload& layer) const override;
  int word_bits() const override { return config_.word_bits; }
  Json config() const override { return fields_to_json(config_); }
  MachineComponents components(const CostModel& costs) const override;

 protected:
  BaselineRun compute(const LayerWorkload& layer, const ProductSink& sink) const override;

 private:
  void add_arithmetic(ComponentList& list) const;

  EyerissV2Config config_;
};

void add_eyeriss_v2(BaselineRegistry& registry);

}  // namespace escalate
