#include "baselines/tensor_core.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "baselines/gemm.h"
#include "baselines/tensor_core_tiles.h"
#include "common/error.h"
#include "common/math.h"

namespace escalate {
namespace {

/// Every product of which the machine does not skip the weight, and with kAllZeros the activation:
/// tap after tap, as outer products are made.
void send_products(const LayerWorkload& layer, Skips skips, const ProductSink& sink) {
  const LayerGemm gemm(layer);
  for (int image = 0; image < layer.images(); ++image) {
    const BitTensor& input = layer.inputs[static_cast<std::size_t>(image)];
    for (int group = 0; group < layer.groups; ++group) {
      for (int tap = 0; tap < gemm.taps(); ++tap) {
        for (int k = 0; k < gemm.filters(); ++k) {
          const std::int64_t weight = gemm.weight(group, k, tap);
          if (skips_weights(skips) && !layer.weights.at(weight)) continue;
          for (int n = 0; n < gemm.positions(); ++n) {
            const std::int64_t activation = gemm.activation(group, tap, n);
            if (activation < 0) continue;
            if (skips_activations(skips) && !input.at(activation)) continue;
            sink({image, weight, activation, gemm.output(group, k, n)});
          }
        }
      }
    }
  }
}

/// Bits of `values` of which `nonzeros` differ from zero, as a bit map and these, or plain where
/// that is less.
std::int64_t mapped_bits(std::int64_t values, std::int64_t nonzeros, int word_bits) {
  return std::min(values * word_bits, values + nonzeros * word_bits);
}

/// What stays on chip is counted as if it had no zeros.
void count_traffic(const TensorCoreConfig& config, const LayerWorkload& layer,
                   std::int64_t weight_bits, NamedCounts& counters) {
  const std::int64_t images = layer.images();
  const bool is_dual = config.sparsity == CoreSparsity::kDual;
  const auto bits = [&](std::int64_t values, std::int64_t nonzeros) {
    return is_dual ? mapped_bits(values, nonzeros, config.word_bits) : values * config.word_bits;
  };
  const std::int64_t room_bits = config.shared_memory_bytes * 8 / 2;
  const bool reads = layer.reads_network_input || layer.in.size() * config.word_bits > room_bits;
  const bool writes =
      layer.writes_network_output || layer.out.size() * config.word_bits > room_bits;
  const std::int64_t read_bits = reads ? bits(layer.in.size() * images, layer.input_nonzeros()) : 0;
  const std::int64_t written_bits = bits(layer.out.size() * images, layer.output_nonzeros);
  counters["inputs_filled"] = ceil_div(read_bits, config.word_bits);
  counters["weights_filled"] = ceil_div(weight_bits, config.word_bits);
  counters["outputs_written"] = ceil_div(written_bits, config.word_bits);
  counters["dram_read_bytes"] = ceil_div(weight_bits, 8) + ceil_div(read_bits, 8);
  counters["dram_written_bytes"] = writes ? ceil_div(written_bits, 8) : 0;
}

/// What both dataflows count alike.
BaselineRun run_of(const TensorCoreConfig& config, const LayerWorkload& layer,
                   const CoreTotals& totals) {
  BaselineRun run;
  run.compute_cycles = totals.cycles;
  run.multiplier_cycles["bandwidth"] = totals.bandwidth * config.multipliers();
  run.counters["input_words"] = totals.input_words;
  run.counters["weight_words"] = totals.weight_words;
  run.counters["metadata_bits"] = totals.metadata_bits;
  run.counters["outputs_finished"] = layer.images() * layer.out.size();
  return run;
}

BaselineRun run_dual(const TensorCoreConfig& config, const LayerWorkload& layer) {
  const CoreTotals totals = outer_product_totals(config, layer);
  BaselineRun run = run_of(config, layer, totals);
  run.macs = matched_pairs(layer, Skips::kAllZeros);
  const std::int64_t products = std::int64_t{config.rows} * config.columns;
  run.multiplier_cycles["empty"] = totals.steps * products - run.macs;
  run.multiplier_cycles["imbalance"] = totals.imbalance * products;
  run.counters["multiplications"] = run.macs;
  run.counters["sums_added"] = run.macs;
  run.counters["bitmaps"] = totals.bitmaps;
  const std::int64_t weight_bits =
      mapped_bits(layer.weights.size(), layer.weights.count(), config.word_bits);
  count_traffic(config, layer, layer.images() * weight_bits, run.counters);
  return run;
}

BaselineRun run_dot_products(const TensorCoreConfig& config, const LayerWorkload& layer,
                             bool is_sparse) {
  const int group = config.pattern_group;
  const int kept = is_sparse ? config.pattern_kept : group;
  const CoreTotals totals = dot_product_totals(config, layer, kept, group);
  BaselineRun run = run_of(config, layer, totals);
  const std::int64_t positions = layer.images() * std::int64_t{layer.out.h} * layer.out.w;
  const std::int64_t stored = stored_weights(layer, kept, group) * layer.out.c;
  const std::int64_t nonzeros = is_sparse ? layer.weights.count() : stored;
  run.macs = is_sparse ? matched_pairs(layer, Skips::kZeroWeights) : LayerGemm(layer).products();
  run.multiplier_cycles["padding"] = nonzeros * positions - run.macs;
  run.multiplier_cycles["stored_zeros"] = (stored - nonzeros) * positions;
  run.multiplier_cycles["empty"] =
      (totals.cycles - totals.bandwidth) * config.multipliers() - stored * positions;
  run.counters["multiplications"] = stored * positions;
  run.counters["sums_added"] = totals.sums_added;
  run.counters["bitmaps"] = 0;
  const std::int64_t place_bits = kept == group ? 0 : ceil_log2(group);
  count_traffic(config, layer,
                layer.images() * totals.weight_passes * stored * (config.word_bits + place_bits),
                run.counters);
  return run;
}

}  // namespace

void TensorCoreConfig::validate() const {
  shared.validate();
  if (pattern_kept > pattern_group) {
    throw UserError({"", 0, "pattern_kept"}, "expected at most pattern_group");
  }
  if (sums < rows * columns) {
    throw UserError({"", 0, "sums"}, "expected at least rows x columns");
  }
}

bool keeps_to_pattern(const LayerWorkload& layer, int kept, int group) {
  const int channels = layer.channels_per_group();
  const std::int64_t area = std::int64_t{layer.window.r} * layer.window.s;
  std::vector<int> in_group(static_cast<std::size_t>(area * ceil_div(channels, group)));
  for (std::int64_t k = 0; k < layer.out.c; ++k) {
    std::fill(in_group.begin(), in_group.end(), 0);
    const std::int64_t first = k * layer.weights_per_filter();
    layer.weights.for_each(first, layer.weights_per_filter(), [&](std::int64_t i) {
      const std::int64_t tap = i - first;
      ++in_group[static_cast<std::size_t>(tap / area / group * area + tap % area)];
    });
    if (*std::max_element(in_group.begin(), in_group.end()) > kept) return false;
  }
  return true;
}

std::string TensorCore::name() const {
  switch (config_.sparsity) {
    case CoreSparsity::kNone:
      break;
    case CoreSparsity::kPattern:
      return "tensor-core-nm";
    case CoreSparsity::kDual:
      return "tensor-core-dstc";
  }
  return "tensor-core";
}

Skips TensorCore::skips() const {
  switch (config_.sparsity) {
    case CoreSparsity::kNone:
      break;
    case CoreSparsity::kPattern:
      return Skips::kZeroWeights;
    case CoreSparsity::kDual:
      return Skips::kAllZeros;
  }
  return Skips::kNothing;
}

Skips TensorCore::skips_of(const LayerWorkload& layer) const {
  if (config_.sparsity == CoreSparsity::kPattern &&
      !keeps_to_pattern(layer, config_.pattern_kept, config_.pattern_group)) {
    return Skips::kNothing;
  }
  return skips();
}

BaselineRun TensorCore::compute(const LayerWorkload& layer, const ProductSink& sink) const {
  const Skips skips = skips_of(layer);
  if (sink) send_products(layer, skips, sink);
  return config_.sparsity == CoreSparsity::kDual
             ? run_dual(config_, layer)
             : run_dot_products(config_, layer, skips_weights(skips));
}

std::string TensorCore::arrangement() const {
  return fmt::format("{} x {} x {}", config_.subpartitions, config_.rows, config_.columns);
}

MachineComponents TensorCore::components(const CostModel& costs) const {
  using L = ComponentList;
  const int bits = config_.word_bits;
  const double word = bits / 64.0;
  const bool is_dual = config_.sparsity == CoreSparsity::kDual;
  ComponentList list = shared_components(costs, config_.clock_mhz, config_.shared);
  const auto add_buffer = [&](const char* name, std::int64_t bytes, std::vector<ActionRule> rules) {
    const std::int64_t words = ceil_div(bytes, 8);
    const std::int64_t words_a_cycle = ceil_div(config_.shared_memory_words * bits, 64);
    list.add_buffer(name, name, words, list.banks_of(words, words_a_cycle), std::move(rules));
  };
  std::vector<ActionRule> shared_memory = {L::use("read", "input_words", word),
                                           L::use("write", "inputs_filled", word),
                                           L::use("write", "outputs_written", word)};
  std::vector<ActionRule> of_weights = {L::use("read", "weight_words", word),
                                        L::use("write", "weights_filled", word)};
  if (is_dual) {
    // Both operands come from there.
    shared_memory.insert(shared_memory.end(), of_weights.begin(), of_weights.end());
  } else {
    add_buffer("weight_buffer", config_.weight_buffer_bytes, std::move(of_weights));
  }
  add_buffer("shared_memory", config_.shared_memory_bytes, std::move(shared_memory));
  if (config_.sparsity != CoreSparsity::kNone) {
    add_buffer("metadata", config_.metadata_bytes, {L::use("read", "metadata_bits", 1.0 / 64)});
  }
  add_arithmetic(list);
  list.add_wires(
      "buses", "network", bits, 0.5,
      {L::use("transfer", "input_words"), L::use("transfer", "weight_words"),
       L::use("transfer", "metadata_bits", 1.0 / bits), L::use("transfer", "outputs_written")});
  return list.take();
}

void TensorCore::add_arithmetic(ComponentList& list) const {
  using L = ComponentList;
  const int bits = config_.word_bits;
  const bool is_dual = config_.sparsity == CoreSparsity::kDual;
  const std::int64_t rows = std::int64_t{config_.subpartitions} * config_.rows;
  // A weight stays in each multiplier of a dot product while inputs pass; operands of an outer
  // product stand along two sides of the array.
  list.add_registers(
      "operands", "operand_registers", bits, 2,
      is_dual ? rows + config_.subpartitions * config_.columns : multipliers(),
      {L::use("read", is_dual ? "input_words" : "multiplications"), L::use("write", "weight_words"),
       L::use("write", "input_words", is_dual ? 1 : 0)});
  list.add_multipliers(bits, bits, multipliers(), {L::use("multiply", "multiplications")});
  list.add_adders("adders", "multipliers", config_.sum_bits, multipliers(),
                  {L::use("add", "multiplications")});
  // As many sums in a cycle as there are rows, or as there are multipliers.
  const std::int64_t banks = is_dual ? multipliers() : rows;
  list.add_memory("sums", "sums", config_.sum_bits,
                  ceil_div(std::int64_t{config_.sums} * config_.subpartitions, banks), banks,
                  {L::use("read", "sums_added"), L::use("write", "sums_added"),
                   L::use("read", "outputs_finished")});
  if (config_.sparsity == CoreSparsity::kPattern) {
    list.add_logic("selectors", "selection", word_multiplexer(config_.pattern_group, bits),
                   multipliers(), {L::use("operate", "multiplications")});
  }
  if (is_dual) {
    // Bit maps are counted and condensed, and products find their sums.
    list.add_logic("condensers", "selection",
                   prefix_popcount(config_.sums / std::min(config_.rows, config_.columns)),
                   std::int64_t{2} * config_.subpartitions, {L::use("operate", "bitmaps")});
    const std::int64_t places = std::max(2, config_.sums / (config_.rows * config_.columns));
    list.add_logic("scatter", "selection", word_multiplexer(places, config_.sum_bits),
                   multipliers(), {L::use("operate", "multiplications")});
  }
}

namespace {

class TensorCoreSizes : public BaselineSizes {
 public:
  explicit TensorCoreSizes(TensorCoreConfig& config) : config_(config) {}
  std::int64_t multipliers_of_unit() const override {
    return std::int64_t{config_.subpartitions} * config_.rows;
  }
  /// As many cores as it takes, with as wide a memory for each; their dot products get no longer.
  void set_units(int units) override {
    const int cores = ceil_div(units, config_.columns);
    config_.columns = units / cores;
    config_.subpartitions *= cores;
    config_.shared_memory_words *= cores;
  }
  int most_units() const override {
    return TensorCoreConfig::kMostSubpartitions * config_.columns / config_.subpartitions;
  }
  std::int64_t activation_bytes() const override { return config_.shared_memory_bytes; }
  void set_activation_bytes(std::int64_t bytes) override { config_.shared_memory_bytes = bytes; }

 private:
  TensorCoreConfig& config_;
};

void take_common_terms(TensorCoreConfig& config, const CommonTerms& terms) {
  config.shared_memory_bytes = terms.buffer_bytes;
  config.word_bits = 8;
  config.sum_bits = 24;
  config.clock_mhz = terms.clock_mhz;
  config.shared = terms.shared;
}

std::function<void(TensorCoreConfig&)> with(CoreSparsity sparsity) {
  return [=](TensorCoreConfig& config) { config.sparsity = sparsity; };
}

}  // namespace

void add_tensor_core(BaselineRegistry& registry) {
  registry.add(BaselineOf<TensorCoreConfig>("tensor-core", "Tensor core", 2022)
                   .on_common_terms(take_common_terms)
                   .sized_by<TensorCoreSizes>()
                   .variant<TensorCore>("tensor-core")
                   .variant<TensorCore>("tensor-core-nm", with(CoreSparsity::kPattern))
                   .variant<TensorCore>("tensor-core-dstc", with(CoreSparsity::kDual))
                   .take());
}

}  // namespace escalate
