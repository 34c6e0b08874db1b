// An accelerator to compare with: a dense systolic array that holds weights and streams positions
// through them. Build it, then: escalate compare NETWORK --plugin libmine.so --iso mac
#include <escalate/accelerator.h>

#include <algorithm>

namespace {

using namespace esc::plugin;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

class Systolic : public Accelerator {
 public:
  std::string name() const override { return "mine"; }
  std::string title() const override { return "Systolic array, weights stationary"; }
  std::vector<Parameter> parameters() override {
    return {{"rows", "PEs", "Inputs of a dot product", "example", &rows_, 1, 1024},
            {"columns", "PEs", "Output channels at a time", "example", &columns_, 1, 1024},
            {"buffer_bytes", "bytes", "Activations on chip", "example", &buffer_bytes_, 1024, 1e9}};
  }

  std::int64_t multipliers() const override { return std::int64_t{rows_} * columns_; }
  Skips skips() const override { return Skips::kNothing; }

  // A tile of weights, rows x columns, stays while all positions of all images pass; it takes
  // `rows` cycles to load and rows + columns to drain.
  Run run(const Layer& layer) const override {
    const std::int64_t images = std::int64_t(layer.inputs.size());
    const std::int64_t dot = std::int64_t{layer.in_c} / layer.groups * layer.r * layer.s;
    const std::int64_t filters = layer.out_c / layer.groups;
    const std::int64_t tiles = layer.groups * ceil_div(dot, rows_) * ceil_div(filters, columns_);
    const std::int64_t positions = images * layer.out_h * layer.out_w;
    Run run;
    run.compute_cycles = tiles * (positions + 2 * rows_ + columns_);
    run.macs = layer.pairs;
    const std::int64_t all = multipliers() * run.compute_cycles;
    const std::int64_t streaming = multipliers() * tiles * positions;
    run.idle_multiplier_cycles["padding"] = layer.macs - layer.pairs;
    run.idle_multiplier_cycles["edge"] = streaming - layer.macs;
    run.idle_multiplier_cycles["fill"] = all - streaming;
    run.counters["weight_words"] = layer.weights.size();
    run.counters["buffer_words"] = tiles * positions * (std::min<std::int64_t>(rows_, dot) + 8) / 8;
    const std::int64_t input_bytes = std::int64_t{layer.in_c} * layer.in_h * layer.in_w * images;
    const std::int64_t output_bytes = layer.out_c * positions;
    const std::int64_t room = buffer_bytes_ / 2;
    run.dram_read_bytes = layer.weights.size();
    if (layer.reads_network_input || input_bytes > room) run.dram_read_bytes += input_bytes;
    if (layer.writes_network_output || output_bytes > room) run.dram_written_bytes = output_bytes;
    return run;
  }

  std::vector<Part> parts() const override {
    const double words = double(buffer_bytes_) / 8 / kBanks;
    return {{"multipliers",
             "multipliers",
             "multiplier",
             {{"width_a", 8}, {"width_b", 8}},
             multipliers(),
             {{"multiply", "macs"}}},
            {"adders", "multipliers", "adder", {{"width", 24}}, multipliers(), {{"add", "macs"}}},
            {"weights",
             "scratchpads",
             "register_file",
             {{"width", 8}, {"depth", 1}},
             multipliers(),
             {{"write", "weight_words"}, {"read", "macs"}}},
            {"buffer",
             "global_buffer",
             "sram",
             {{"width", 64}, {"depth", words}},
             kBanks,
             {{"read", "buffer_words"}}}};
  }

  void set_activation_bytes(std::int64_t bytes) override { buffer_bytes_ = bytes; }
  // Sizes for --iso: a unit is a column.
  std::int64_t multipliers_of_unit() const override { return rows_; }
  void set_units(int units) override { columns_ = units; }
  std::int64_t activation_bytes() const override { return buffer_bytes_; }

 private:
  static constexpr std::int64_t kBanks = 16;
  int rows_ = 32, columns_ = 32;
  std::int64_t buffer_bytes_ = 1 << 20;
};

}  // namespace

ESCALATE_ACCELERATOR(Systolic)
