// Eyeriss: a row-stationary array of PEs with scratchpads, fed pass by pass from a global buffer
// (Chen et al., ISCA 2016 and JSSC 52(1), 2017).
#pragma once

#include <map>
#include <string>
#include <utility>

#include "baselines/accelerator_model.h"
#include "baselines/registry.h"

namespace escalate {

struct EyerissConfig {
  static constexpr int kMostSide = 256;

  int rows = 12;
  int columns = 14;
  int input_scratchpad = 12;
  int filter_scratchpad = 224;
  int sum_scratchpad = 24;
  int buffer_bytes = 102400;
  int filter_buffer_bytes = 8192;
  int input_words = 1;
  int filter_words = 4;
  int sum_words = 4;
  int batch = 4;
  int word_bits = 16;
  int sum_bits = 16;
  double clock_mhz = 200;
  SharedParts shared = link();

  /// Throws UserError with the key.
  void validate() const { shared.validate(); }
  /// The chip's only way to memory: 64 bits at 60 MHz, 64 bytes in 133 ns (JSSC 2017).
  static SharedParts link() {
    SharedParts parts;
    parts.dram.channels = 1;
    parts.dram.burst_ns = parts.dram.burst_bytes / 8.0 / 0.060;
    return parts;
  }

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"rows", "PEs", "Rows of the PE array", "Eyeriss, JSSC 2017", 1, kMostSide},
          self.rows);
    visit(FieldDoc{"columns", "PEs", "Columns of the PE array", "Eyeriss, JSSC 2017", 1, kMostSide},
          self.columns);
    visit(
        FieldDoc{"input_scratchpad", "words", "Input activations of a PE", "Eyeriss, JSSC 2017", 1},
        self.input_scratchpad);
    visit(FieldDoc{"filter_scratchpad", "words", "Weights of a PE", "Eyeriss, JSSC 2017", 1},
          self.filter_scratchpad);
    visit(FieldDoc{"sum_scratchpad", "words", "Partial sums of a PE", "Eyeriss, JSSC 2017", 1},
          self.sum_scratchpad);
    visit(FieldDoc{"buffer_bytes", "bytes", "Global buffer of input activations and partial sums",
                   "Eyeriss, JSSC 2017 (108 KB with the next)", 1},
          self.buffer_bytes);
    visit(FieldDoc{"filter_buffer_bytes", "bytes", "Global buffer of weights that come next",
                   "Eyeriss, JSSC 2017", 1},
          self.filter_buffer_bytes);
    visit(FieldDoc{"input_words", "words/cycle", "Input activations to the array",
                   "Eyeriss, JSSC 2017 (16 bits)", 1},
          self.input_words);
    visit(FieldDoc{"filter_words", "words/cycle", "Weights to the array",
                   "Eyeriss, JSSC 2017 (64 bits)", 1},
          self.filter_words);
    visit(FieldDoc{"sum_words", "words/cycle", "Partial sums to the array, and as many from it",
                   "Eyeriss, JSSC 2017 (64 bits)", 1},
          self.sum_words);
    visit(
        FieldDoc{"batch", "images", "Images that share a load of weights", "Eyeriss, JSSC 2017", 1},
        self.batch);
    visit(FieldDoc{"word_bits", "bits", "Activations and weights", "Eyeriss, JSSC 2017", 1, 32},
          self.word_bits);
    visit(FieldDoc{"sum_bits", "bits", "Partial sums", "Eyeriss, JSSC 2017", 1, 64}, self.sum_bits);
    visit(FieldDoc{"clock_mhz", "MHz", "Clock", "Eyeriss, JSSC 2017", 1e-3}, self.clock_mhz);
    SharedParts::fields(self.shared, visit,
                        "link of 64 bits at 60 MHz: Eyeriss, JSSC 2017; the rest: assumption");
  }
};

/// How a layer is laid out, in the letters of the paper. A pass runs p x t filters on q x r
/// channels of n images, for e output rows; m filters have their partial sums in the global buffer.
struct EyerissMapping {
  int n = 1, m = 1, e = 1, p = 1, q = 1, r = 1, t = 1;
  bool operator==(const EyerissMapping&) const = default;
};

/// Mappings by name of layer.
using EyerissMappings = std::map<std::string, EyerissMapping>;

/// Those of `network` in a file of configs/validation. Throws UserError with file, line and key.
EyerissMappings read_eyeriss_mappings(const std::string& path, const std::string& network);

/// The mapping search, the rules of a pass and what is not modelled: docs/baselines.md.
class Eyeriss : public AcceleratorModel {
 public:
  /// Layers named in `mappings` have these in place of the search's.
  explicit Eyeriss(const EyerissConfig& config, EyerissMappings mappings = {})
      : AcceleratorModel(config.clock_mhz, config.shared),
        config_(config),
        mappings_(std::move(mappings)) {
    config_.validate();
  }

  std::string name() const override { return "eyeriss"; }
  std::int64_t multipliers() const override { return std::int64_t{config_.rows} * config_.columns; }
  std::string arrangement() const override;
  Skips skips() const override { return Skips::kNothing; }
  int word_bits() const override { return config_.word_bits; }
  int batch() const override { return config_.batch; }
  Json config() const override { return fields_to_json(config_); }
  MachineComponents components(const CostModel& costs) const override;

  /// The given mapping, or that of least energy, by the paper's costs of accesses, times delay.
  /// Throws UserError if the given one, or a row of the kernel, does not fit into the machine.
  EyerissMapping map(const LayerWorkload& layer) const;
  /// PEs that work in a full pass.
  int active_pes(const LayerWorkload& layer, const EyerissMapping& mapping) const;

 protected:
  BaselineRun compute(const LayerWorkload& layer, const ProductSink& sink) const override;

 private:
  void count_dram(const LayerWorkload& layer, std::int64_t filter_words, std::int64_t input_words,
                  NamedCounts& counters) const;
  /// Run-length coded, or plain where that is less.
  std::int64_t compressed_bytes(std::int64_t values, std::int64_t nonzeros) const;

  EyerissConfig config_;
  EyerissMappings mappings_;
};

void add_eyeriss(BaselineRegistry& registry);

}  // namespace escalate
