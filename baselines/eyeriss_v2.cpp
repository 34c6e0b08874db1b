#include "baselines/eyeriss_v2.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "baselines/eyeriss_v2_layer.h"
#include "baselines/eyeriss_v2_operands.h"
#include "baselines/gemm.h"
#include "common/math.h"

namespace escalate {
namespace {

/// Input by input, the weights of its column: what PEs make one after another, tap by tap of the
/// kernel.
void send_products(const LayerWorkload& layer, bool skips, const ProductSink& sink) {
  const LayerGemm gemm(layer);
  for (int image = 0; image < layer.images(); ++image) {
    const BitTensor& input = layer.inputs[static_cast<std::size_t>(image)];
    for (int group = 0; group < layer.groups; ++group) {
      for (int position = 0; position < gemm.positions(); ++position) {
        for (int tap = 0; tap < gemm.taps(); ++tap) {
          const std::int64_t activation = gemm.activation(group, tap, position);
          if (activation < 0 || (skips && !input.at(activation))) continue;
          for (int k = 0; k < gemm.filters(); ++k) {
            const std::int64_t weight = gemm.weight(group, k, tap);
            if (skips && !layer.weights.at(weight)) continue;
            sink({image, weight, activation, gemm.output(group, k, position)});
          }
        }
      }
    }
  }
}

}  // namespace

Skips EyerissV2::skips_of(const LayerWorkload& layer) const {
  return eyeriss_v2_skips(config_, layer) ? Skips::kAllZeros : Skips::kNothing;
}

BaselineRun EyerissV2::compute(const LayerWorkload& layer, const ProductSink& sink) const {
  const EyerissV2Totals totals = eyeriss_v2_totals(config_, layer);
  const bool skips = eyeriss_v2_skips(config_, layer);
  if (sink) send_products(layer, skips, sink);
  BaselineRun run;
  run.macs = matched_pairs(layer, skips_of(layer));
  run.compute_cycles = totals.cycles;
  const std::int64_t padding = skips ? 0 : layer.window_macs() - run.macs;
  run.multiplier_cycles["padding"] = padding;
  run.multiplier_cycles["unpaired"] = totals.work * config_.macs - run.macs - padding;
  run.multiplier_cycles["imbalance"] = totals.imbalance * config_.macs;
  run.multiplier_cycles["idle_pes"] = totals.idle * config_.macs;
  run.multiplier_cycles["load"] = totals.load * multipliers();
  run.multiplier_cycles["bandwidth"] = totals.bandwidth * multipliers();
  NamedCounts& counters = run.counters;
  counters["multiplications"] = skips ? run.macs : layer.window_macs();
  counters["pe_cycles"] = totals.work;
  counters["passes"] = totals.passes;
  counters["input_fetches"] = totals.input_fetches;
  counters["input_words"] = totals.input_words;
  counters["weight_words"] = totals.weight_words;
  counters["input_deliveries"] = totals.input_deliveries;
  counters["weight_deliveries"] = totals.weight_deliveries;
  counters["sum_reads"] = totals.sum_reads;
  counters["sum_writes"] = totals.sum_writes;
  counters["sum_hops"] = totals.sum_hops;
  const auto bytes = [&](std::int64_t words) { return ceil_div(words * config_.stored_bits(), 8); };
  const std::int64_t outputs = layer.images() * layer.out.size();
  const std::int64_t stored_outputs = config_.sparse ? layer.output_nonzeros : outputs;
  counters["inputs_filled"] = totals.dram_input_words;
  counters["dram_read_bytes"] = bytes(totals.dram_weight_words) + bytes(totals.dram_input_words);
  counters["dram_written_bytes"] =
      std::min(bytes(stored_outputs), ceil_div(outputs * config_.word_bits, 8));
  return run;
}

std::string EyerissV2::arrangement() const {
  return fmt::format("{} x {} clusters of {} x {} x {}", config_.cluster_rows,
                     config_.cluster_columns, config_.pe_rows, config_.pe_columns, config_.macs);
}

MachineComponents EyerissV2::components(const CostModel& costs) const {
  using L = ComponentList;
  const int bits = config_.stored_bits();
  const std::int64_t clusters = config_.clusters();
  ComponentList list = shared_components(costs, config_.clock_mhz, config_.shared);
  // Banks as wide as the ports that they feed.
  const int operands = std::max(1, config_.port_bits / bits);
  list.add_memory("input_banks", "global_buffers", std::int64_t{operands} * bits,
                  std::max<std::int64_t>(1, config_.input_bank_bytes * 8 / (operands * bits)),
                  clusters * config_.pe_rows,
                  {L::use("read", "input_words", 1.0 / operands),
                   L::use("write", "inputs_filled", 1.0 / operands)});
  const std::int64_t sums_wide = std::int64_t{config_.sum_port_words} * config_.sum_bits;
  list.add_memory("sum_banks", "global_buffers", sums_wide,
                  std::max<std::int64_t>(1, config_.sum_bank_bytes * 8 / sums_wide),
                  clusters * config_.pe_columns,
                  {L::use("read", "sum_reads", 1.0 / config_.sum_port_words),
                   L::use("write", "sum_writes", 1.0 / config_.sum_port_words)});
  add_arithmetic(list);
  // A value goes across half of the clusters on average, then along a row or column of PEs.
  list.add_wires("mesh", "network", bits, 0.5,
                 {L::use("transfer", "input_words"), L::use("transfer", "weight_words")});
  const double sum_in_words = double(config_.sum_bits) / bits;
  list.add_wires("links", "network", bits,
                 1.0 / std::max(config_.cluster_rows * config_.pe_rows,
                                config_.cluster_columns * config_.pe_columns),
                 {L::use("transfer", "input_deliveries"), L::use("transfer", "weight_deliveries"),
                  L::use("transfer", "sum_reads", sum_in_words),
                  L::use("transfer", "sum_writes", sum_in_words),
                  L::use("transfer", "sum_hops", sum_in_words)});
  return list.take();
}

void EyerissV2::add_arithmetic(ComponentList& list) const {
  using L = ComponentList;
  const int bits = config_.stored_bits();
  const std::int64_t pes = config_.pes();
  list.add_registers("input_scratchpads", "scratchpads", bits, config_.input_window, pes,
                     {L::use("read", "input_fetches"), L::use("write", "input_deliveries")});
  // The place of a column, and as many weights as there are multipliers in a word.
  list.add_registers("weight_addresses", "scratchpads", ceil_log2(config_.weight_words),
                     config_.input_window, pes, {L::use("read", "input_fetches")});
  list.add_memory(
      "weight_scratchpads", "scratchpads", std::int64_t{config_.macs} * bits,
      ceil_div(config_.weight_words, config_.macs), pes,
      {L::use("read", "pe_cycles"), L::use("write", "weight_deliveries", 1.0 / config_.macs)});
  list.add_registers("sum_scratchpads", "scratchpads", config_.sum_bits, config_.sums, pes,
                     {L::use("read", "multiplications"), L::use("write", "multiplications")});
  list.add_multipliers(config_.word_bits, config_.word_bits, multipliers(),
                       {L::use("multiply", "multiplications")});
  list.add_adders("adders", "multipliers", config_.sum_bits, multipliers(),
                  {L::use("add", "multiplications")});
}

namespace {

class EyerissV2Sizes : public BaselineSizes {
 public:
  explicit EyerissV2Sizes(EyerissV2Config& config) : config_(config) {}
  std::int64_t multipliers_of_unit() const override {
    return std::int64_t{config_.pe_rows} * config_.pe_columns * config_.macs;
  }
  void set_units(int units) override {
    const std::int64_t bytes = activation_bytes();
    std::tie(config_.cluster_columns, config_.cluster_rows) = rectangle_of(units);
    set_activation_bytes(bytes);
  }
  std::int64_t activation_bytes() const override {
    return config_.clusters() * (std::int64_t{config_.pe_rows} * config_.input_bank_bytes +
                                 std::int64_t{config_.pe_columns} * config_.sum_bank_bytes);
  }
  void set_activation_bytes(std::int64_t bytes) override {
    // Banks of inputs and sums keep their proportion.
    const double scale = static_cast<double>(bytes) / static_cast<double>(activation_bytes());
    config_.input_bank_bytes = std::max(1, static_cast<int>(config_.input_bank_bytes * scale));
    config_.sum_bank_bytes = std::max(1, static_cast<int>(config_.sum_bank_bytes * scale));
  }

 private:
  EyerissV2Config& config_;
};

void take_common_terms(EyerissV2Config& config, const CommonTerms& terms) {
  // 1024 multipliers: 4 x 4 PEs of two in 8 x 4 clusters.
  config.pe_rows = 4;
  config.cluster_rows = 8;
  config.cluster_columns = 4;
  EyerissV2Sizes(config).set_activation_bytes(terms.buffer_bytes);
  config.word_bits = 8;
  config.sum_bits = 24;
  config.clock_mhz = terms.clock_mhz;
  config.shared = terms.shared;
}

}  // namespace

void add_eyeriss_v2(BaselineRegistry& registry) {
  registry.add(BaselineOf<EyerissV2Config>("eyeriss-v2", "Eyeriss v2", 2019)
                   .on_common_terms(take_common_terms)
                   .sized_by<EyerissV2Sizes>()
                   .variant<EyerissV2>("eyeriss-v2")
                   .variant<EyerissV2>("eyeriss-v2-dense",
                                       [](EyerissV2Config& config) { config.sparse = false; })
                   .take());
}

}  // namespace escalate
