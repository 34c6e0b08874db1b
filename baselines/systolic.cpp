#include "baselines/systolic.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>
#include <vector>

#include "baselines/gemm.h"
#include "common/math.h"

namespace escalate {
namespace {

/// What the array works on at a time: spans of the dimensions that lie along its rows, along its
/// columns, and that stream through it.
struct Fold {
  Span rows, columns, stream;
};

/// Sums over the folds of a group and an image.
struct Totals {
  std::int64_t folds = 0;
  std::int64_t fold_cycles = 0;  ///< each fold's, overlapped with its neighbours
  std::int64_t streamed = 0;     ///< steps of all folds
  std::int64_t stationary_words = 0, input_words = 0, weight_words = 0;
  std::int64_t word_hops = 0, sum_hops = 0;  ///< words and sums written into a PE
  std::int64_t sums_added = 0;               ///< to those under the columns
  std::int64_t dram_weights = 0;
};

class SystolicLayer {
 public:
  SystolicLayer(const SystolicConfig& config, const LayerWorkload& layer)
      : config_(config), layer_(layer), gemm_(layer) {
    switch (config.stationary) {
      case Stationary::kWeights:
        along_rows_ = gemm_.taps();
        along_columns_ = gemm_.filters();
        streamed_ = gemm_.positions();
        strip_ = config.accumulators;
        break;
      case Stationary::kOutputs:
        along_rows_ = gemm_.positions();
        along_columns_ = gemm_.filters();
        streamed_ = gemm_.taps();
        strip_ = streamed_;
        break;
      case Stationary::kInputs:
        along_rows_ = gemm_.taps();
        along_columns_ = gemm_.positions();
        streamed_ = gemm_.filters();
        strip_ = config.accumulators;
        break;
    }
  }

  /// Calls visit(fold) in order: the rows of a strip, the strips of some columns, the columns.
  template <class Visit>
  void for_each_fold(Visit&& visit) const {
    for (int c = 0; c < along_columns_; c += config_.columns) {
      for (int t = 0; t < streamed_; t += strip_) {
        for (int r = 0; r < along_rows_; r += config_.rows) {
          visit(Fold{{r, std::min(r + config_.rows, along_rows_)},
                     {c, std::min(c + config_.columns, along_columns_)},
                     {t, std::min(t + strip_, streamed_)}});
        }
      }
    }
  }

  Totals sum() const;
  void send_products(const ProductSink& sink) const;
  /// Of the whole layer.
  std::int64_t cycles(const Totals& totals) const;
  const LayerGemm& gemm() const { return gemm_; }
  std::int64_t runs() const { return std::int64_t{layer_.groups} * layer_.images(); }

 private:
  bool outputs_stay() const { return config_.stationary == Stationary::kOutputs; }
  void add(const Fold& fold, Totals& totals) const;
  std::int64_t dram_weights() const;
  void send(const Fold& fold, int image, int group, const ProductSink& sink) const;

  const SystolicConfig& config_;
  const LayerWorkload& layer_;
  LayerGemm gemm_;
  int along_rows_ = 0, along_columns_ = 0, streamed_ = 0;
  int strip_ = 0;  ///< of what streams, while the sums of as many have a place
};

void SystolicLayer::add(const Fold& fold, Totals& totals) const {
  const std::int64_t rows = fold.rows.size();
  const std::int64_t columns = fold.columns.size();
  const std::int64_t stream = fold.stream.size();
  ++totals.folds;
  totals.streamed += stream;
  totals.fold_cycles += std::max<std::int64_t>(stream, config_.rows);
  if (outputs_stay()) {
    totals.input_words += rows * stream;
    totals.weight_words += columns * stream;
    // Each operand passes all PEs of its row or column; a sum stays, and leaves down its column.
    totals.word_hops += 2 * rows * columns * stream;
    totals.sum_hops += rows * columns * stream + columns * rows * (rows + 1) / 2;
    return;
  }
  totals.stationary_words += rows * columns;
  const bool weights_stay = config_.stationary == Stationary::kWeights;
  (weights_stay ? totals.input_words : totals.weight_words) += rows * stream;
  (weights_stay ? totals.weight_words : totals.input_words) += rows * columns;
  // A word that stays comes down its column to its place.
  totals.word_hops += rows * columns * stream + columns * rows * (rows + 1) / 2;
  totals.sum_hops += rows * columns * stream;
  totals.sums_added += columns * stream;
}

/// Weights that stay, or that meet all positions in turn, come again where the buffer does not keep
/// them until they are needed again.
std::int64_t SystolicLayer::dram_weights() const {
  const bool inputs_stay = config_.stationary == Stationary::kInputs;
  const std::int64_t all = std::int64_t{gemm_.taps()} * gemm_.filters();
  const std::int64_t kept =
      inputs_stay ? all : std::int64_t{gemm_.taps()} * std::min(config_.columns, gemm_.filters());
  if (kept * config_.word_bits <= config_.weight_buffer_bytes * 8) return all;
  return all * (inputs_stay      ? ceil_div(along_columns_, config_.columns)
                : outputs_stay() ? ceil_div(along_rows_, config_.rows)
                                 : ceil_div(streamed_, strip_));
}

Totals SystolicLayer::sum() const {
  Totals totals;
  for_each_fold([&](const Fold& fold) { add(fold, totals); });
  totals.dram_weights = dram_weights();
  return totals;
}

std::int64_t SystolicLayer::cycles(const Totals& totals) const {
  // The first word needs rows + columns - 2 steps to reach the last PE. What stays is shifted in,
  // or out, row by row.
  const std::int64_t fill = config_.rows + config_.columns - 2;
  if (config_.overlapped) return runs() * totals.fold_cycles + config_.rows + fill;
  return runs() * (totals.streamed + totals.folds * (config_.rows + fill));
}

void SystolicLayer::send(const Fold& fold, int image, int group, const ProductSink& sink) const {
  const auto send_one = [&](int filter, int tap, int position) {
    const std::int64_t activation = gemm_.activation(group, tap, position);
    if (activation < 0) return;
    sink({image, gemm_.weight(group, filter, tap), activation,
          gemm_.output(group, filter, position)});
  };
  for (int t = fold.stream.first; t < fold.stream.last; ++t) {
    for (int c = fold.columns.first; c < fold.columns.last; ++c) {
      for (int r = fold.rows.first; r < fold.rows.last; ++r) {
        switch (config_.stationary) {
          case Stationary::kWeights:
            send_one(c, r, t);
            break;
          case Stationary::kOutputs:
            send_one(c, t, r);
            break;
          case Stationary::kInputs:
            send_one(t, r, c);
            break;
        }
      }
    }
  }
}

void SystolicLayer::send_products(const ProductSink& sink) const {
  for (int image = 0; image < layer_.images(); ++image) {
    for (int group = 0; group < layer_.groups; ++group) {
      for_each_fold([&](const Fold& fold) { send(fold, image, group, sink); });
    }
  }
}

/// DRAM and the memory of activations, all images together.
void count_traffic(const SystolicConfig& config, const LayerWorkload& layer, std::int64_t weights,
                   NamedCounts& counters) {
  const std::int64_t images = layer.images();
  const std::int64_t room = config.activation_ram_bytes / 2;
  const bool reads = layer.reads_network_input || layer.in.size() * config.word_bits / 8 > room;
  const bool writes = layer.writes_network_output || layer.out.size() * config.word_bits / 8 > room;
  const auto bytes = [&](std::int64_t words) { return ceil_div(words * config.word_bits, 8); };
  counters["outputs_written"] = images * layer.out.size();
  counters["inputs_filled"] = reads ? images * layer.in.size() : 0;
  counters["weights_filled"] = weights;
  counters["dram_read_bytes"] = bytes(weights) + bytes(counters["inputs_filled"]);
  counters["dram_written_bytes"] = writes ? bytes(images * layer.out.size()) : 0;
}

}  // namespace

std::string Systolic::name() const {
  switch (config_.stationary) {
    case Stationary::kWeights:
      break;
    case Stationary::kOutputs:
      return "systolic-os";
    case Stationary::kInputs:
      return "systolic-is";
  }
  return "systolic";
}

BaselineRun Systolic::compute(const LayerWorkload& layer, const ProductSink& sink) const {
  const SystolicLayer on_array(config_, layer);
  const Totals totals = on_array.sum();
  const std::int64_t runs = on_array.runs();
  if (sink) on_array.send_products(sink);
  BaselineRun run;
  run.macs = on_array.gemm().products();
  run.compute_cycles = on_array.cycles(totals);
  const std::int64_t steps = runs * totals.streamed * multipliers();
  run.multiplier_cycles["padding"] = layer.window_macs() - run.macs;
  run.multiplier_cycles["empty"] = steps - layer.window_macs();
  run.multiplier_cycles["fill"] = run.compute_cycles * multipliers() - steps;
  NamedCounts& counters = run.counters;
  counters["multiplications"] = layer.window_macs();
  counters["folds"] = runs * totals.folds;
  counters["input_words"] = runs * totals.input_words;
  counters["weight_words"] = runs * totals.weight_words;
  counters["stationary_words"] = runs * totals.stationary_words;
  counters["word_hops"] = runs * totals.word_hops;
  counters["sum_hops"] = runs * totals.sum_hops;
  counters["sums_added"] = runs * totals.sums_added;
  count_traffic(config_, layer, runs * totals.dram_weights, counters);
  return run;
}

std::string Systolic::arrangement() const {
  return fmt::format("{} x {}", config_.rows, config_.columns);
}

MachineComponents Systolic::components(const CostModel& costs) const {
  using L = ComponentList;
  const int bits = config_.word_bits;
  const double word = bits / 64.0;
  const double sum_in_words = double(config_.sum_bits) / bits;
  const bool outputs_stay = config_.stationary == Stationary::kOutputs;
  ComponentList list = shared_components(costs, config_.clock_mhz, config_.shared);
  const auto add_buffer = [&](const char* name, std::int64_t bytes, std::int64_t words_a_cycle,
                              std::vector<ActionRule> rules) {
    const std::int64_t words = ceil_div(bytes, 8);
    list.add_buffer(name, name, words, list.banks_of(words, ceil_div(words_a_cycle * bits, 64)),
                    std::move(rules));
  };
  add_buffer("activation_ram", config_.activation_ram_bytes, config_.rows,
             {L::use("read", "input_words", word), L::use("write", "inputs_filled", word),
              L::use("write", "outputs_written", word)});
  add_buffer("weight_buffer", config_.weight_buffer_bytes, config_.columns,
             {L::use("read", "weight_words", word), L::use("write", "weights_filled", word)});
  list.add_multipliers(bits, bits, multipliers(), {L::use("multiply", "multiplications")});
  list.add_adders("adders", "multipliers", config_.sum_bits, multipliers(),
                  {L::use("add", "multiplications")});
  // Two operands and a sum; where folds overlap, what stays has a second register.
  const int spare = config_.overlapped ? 1 : 0;
  const int words_of_pe = outputs_stay ? 2 : 2 + spare;
  const int sums_of_pe = outputs_stay ? 1 + spare : 1;
  list.add_logic("word_registers", "pe_registers", {.registers = std::int64_t{bits}},
                 multipliers() * words_of_pe, {L::use("operate", "word_hops")});
  list.add_logic("sum_registers", "pe_registers", {.registers = std::int64_t{config_.sum_bits}},
                 multipliers() * sums_of_pe, {L::use("operate", "sum_hops")});
  if (!outputs_stay) {
    list.add_memory("accumulators", "accumulators", config_.sum_bits, config_.accumulators,
                    config_.columns,
                    {L::use("read", "sums_added"), L::use("write", "sums_added"),
                     L::use("read", "outputs_written")});
    list.add_adders("column_adders", "accumulators", config_.sum_bits, config_.columns,
                    {L::use("add", "sums_added")});
  }
  // A value goes from the memory across half the array on average, and from one PE to the next.
  list.add_wires("buses", "network", bits, 0.5,
                 {L::use("transfer", "input_words"), L::use("transfer", "weight_words"),
                  L::use("transfer", "outputs_written")});
  list.add_wires("links", "network", bits, 1.0 / config_.columns,
                 {L::use("transfer", "word_hops"),
                  L::use("transfer", "sum_hops", outputs_stay ? 0 : sum_in_words)});
  return list.take();
}

namespace {

class SystolicSizes : public BaselineSizes {
 public:
  explicit SystolicSizes(SystolicConfig& config) : config_(config) {}
  std::int64_t multipliers_of_unit() const override { return 1; }
  void set_units(int units) override {
    std::tie(config_.rows, config_.columns) =
        array_of(units, config_.rows, config_.columns, SystolicConfig::kMostSide);
  }
  int most_units() const override { return SystolicConfig::kMostSide * SystolicConfig::kMostSide; }
  std::int64_t activation_bytes() const override { return config_.activation_ram_bytes; }
  void set_activation_bytes(std::int64_t bytes) override { config_.activation_ram_bytes = bytes; }

 private:
  SystolicConfig& config_;
};

void take_common_terms(SystolicConfig& config, const CommonTerms& terms) {
  config.activation_ram_bytes = terms.buffer_bytes;
  config.word_bits = 8;
  config.sum_bits = 24;
  config.clock_mhz = terms.clock_mhz;
  config.shared = terms.shared;
}

std::function<void(SystolicConfig&)> with(Stationary stationary) {
  return [=](SystolicConfig& config) { config.stationary = stationary; };
}

}  // namespace

void add_systolic(BaselineRegistry& registry) {
  registry.add(BaselineOf<SystolicConfig>("systolic", "Systolic array", 2017)
                   .on_common_terms(take_common_terms)
                   .sized_by<SystolicSizes>()
                   .variant<Systolic>("systolic")
                   .variant<Systolic>("systolic-os", with(Stationary::kOutputs))
                   .variant<Systolic>("systolic-is", with(Stationary::kInputs))
                   .take());
}

}  // namespace escalate
