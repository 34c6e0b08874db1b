#include "baselines/scnn.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <tuple>
#include <utility>
#include <vector>

#include "baselines/planar_tile.h"
#include "baselines/scnn_pe.h"
#include "common/error.h"
#include "common/math.h"

namespace escalate {
namespace {

/// Which inputs and outputs a PE has.
struct PeShare {
  Tile inputs;
  Tile reached;  ///< outputs to which its inputs contribute: its accumulators
  Tile owned;    ///< outputs that it finishes
  int first_channel = 0, channel_step = 1;
};

/// A layer on the machine, image after image.
class ScnnLayer {
 public:
  ScnnLayer(const ScnnConfig& config, const LayerWorkload& layer, const ProductSink& sink)
      : config_(config),
        layer_(layer),
        sink_(sink),
        num_pes_(config.pe_rows * config.pe_columns),
        array_(config.activations * config.weights),
        phases_(layer.window.stride_h * layer.window.stride_w),
        by_channels_(layer.in.h == 1 && layer.in.w == 1) {
    for (const char* name :
         {"multiplications", "accumulator_updates", "activation_vectors_read",
          "weight_vectors_read", "weight_vectors_written", "weights_broadcast", "drained_sums",
          "halo_sums", "outputs_written", "dram_read_bytes", "dram_written_bytes"}) {
      run_.counters[name] = 0;
    }
    for (const char* name : {"outside", "empty", "conflicts", "imbalance", "drain"}) {
      run_.multiplier_cycles[name] = 0;
    }
  }

  BaselineRun run() {
    const std::vector<Tile> parts = parts_in_time();
    std::int64_t loaded_activations = 0;
    for (image_ = 0; image_ < layer_.images(); ++image_) {
      bool fits = !layer_.reads_network_input;
      std::int64_t stored = 0;
      std::vector<std::int64_t> stored_by_pe(static_cast<std::size_t>(num_pes_));
      for (const Tile& part : parts) run_part(part, stored_by_pe);
      for (const std::int64_t values : stored_by_pe) {
        stored += values;
        fits = fits && bytes(values) <= config_.activation_ram_bytes;
      }
      if (!fits) loaded_activations += stored;
    }
    const std::int64_t room = std::int64_t{num_pes_} * config_.activation_ram_bytes;
    run_.counters["outputs_written"] = layer_.output_nonzeros;
    run_.counters["dram_read_bytes"] =
        bytes(loaded_activations + run_.counters.value_of("weights_broadcast"));
    if (layer_.writes_network_output || bytes(layer_.output_nonzeros) > room * layer_.images()) {
      run_.counters["dram_written_bytes"] = bytes(layer_.output_nonzeros);
    }
    return std::move(run_);
  }

 private:
  /// Bytes of values with their runs.
  std::int64_t bytes(std::int64_t values) const {
    return ceil_div(values * (config_.word_bits + config_.zero_run_bits), 8);
  }
  std::int64_t accumulators() const {
    return std::int64_t{config_.accumulator_banks} * config_.accumulator_entries;
  }

  /// The input plane, cut until a PE's accumulators hold the outputs of one output channel.
  std::vector<Tile> parts_in_time() const {
    for (int rows = 1, columns = 1;;) {
      std::vector<Tile> parts;
      bool fits = true;
      for (int i = 0; i < rows * columns; ++i) {
        parts.push_back({part_of({0, layer_.in.h}, i / columns, rows),
                         part_of({0, layer_.in.w}, i % columns, columns)});
        fits = fits && largest_reach(shares_of(parts.back())) <= accumulators();
      }
      if (fits) return parts;
      int& cuts = layer_.in.h / rows >= layer_.in.w / columns ? rows : columns;
      if (cuts >= std::max(layer_.in.h, layer_.in.w)) {
        throw UserError({"", 0, "accumulator_entries"},
                        "layer '" + layer_.name + "': one input reaches more outputs than fit");
      }
      ++cuts;
    }
  }

  static int largest_reach(const std::vector<PeShare>& shares) {
    int largest = 1;
    for (const PeShare& share : shares) largest = std::max(largest, share.reached.area());
    return largest;
  }

  /// Planar tiles; where the plane is a single position the PEs share its channels instead.
  std::vector<PeShare> shares_of(const Tile& part) const {
    const auto owned = [](const Span& inputs, int in, int out) {
      return Span{static_cast<int>(std::int64_t{inputs.first} * out / in),
                  static_cast<int>(std::int64_t{inputs.last} * out / in)};
    };
    std::vector<PeShare> shares;
    for (int pe = 0; pe < num_pes_; ++pe) {
      PeShare share;
      if (by_channels_) {
        share.inputs = part;
        share.first_channel = pe;
        share.channel_step = num_pes_;
      } else {
        share.inputs = {part_of(part.rows, pe / config_.pe_columns, config_.pe_rows),
                        part_of(part.columns, pe % config_.pe_columns, config_.pe_columns)};
      }
      share.reached = reached_outputs(share.inputs, layer_.window, layer_.out);
      share.owned = {owned(share.inputs.rows, layer_.in.h, layer_.out.h),
                     owned(share.inputs.columns, layer_.in.w, layer_.out.w)};
      shares.push_back(share);
    }
    return shares;
  }

  void run_part(const Tile& part, std::vector<std::int64_t>& stored_by_pe) {
    const std::vector<PeShare> shares = shares_of(part);
    std::vector<OperandStreams> activations;
    for (std::size_t pe = 0; pe < shares.size(); ++pe) {
      activations.push_back(activations_of(shares[pe]));
      stored_by_pe[pe] += activations.back().size();
    }
    const int filters_at_once = static_cast<int>(
        std::min<std::int64_t>(layer_.out.c, accumulators() / largest_reach(shares)));
    std::int64_t drain_cycles = 0;
    for (int k = 0; k < layer_.out.c; k += filters_at_once) {
      const Span filters = {k, std::min(layer_.out.c, k + filters_at_once)};
      const std::int64_t cycles = run_group(shares, activations, filters);
      // The accumulators of the group before drain meanwhile.
      wait_for_drain(drain_cycles - cycles);
      drain_cycles = drain(shares, filters.size());
    }
    wait_for_drain(drain_cycles);
  }

  void wait_for_drain(std::int64_t cycles) {
    if (cycles <= 0) return;
    run_.compute_cycles += cycles;
    run_.multiplier_cycles["drain"] += cycles * num_pes_ * array_;
  }

  /// The activations of a PE, by input channel and phase of the stride.
  OperandStreams activations_of(const PeShare& share) const {
    const Window& window = layer_.window;
    const BitTensor& input = layer_.inputs[static_cast<std::size_t>(image_)];
    OperandStreams streams(config_.zero_run_bits);
    for (int c = share.first_channel; c < layer_.in.c; c += share.channel_step) {
      for (int phase = 0; phase < phases_; ++phase) {
        streams.start_stream();
        std::int64_t position = 0;
        for (int h = share.inputs.rows.first; h < share.inputs.rows.last; ++h) {
          const int row = h + window.pad_top;
          if (row % window.stride_h != phase / window.stride_w) continue;
          for (int w = share.inputs.columns.first; w < share.inputs.columns.last; ++w) {
            const int column = w + window.pad_left;
            if (column % window.stride_w != phase % window.stride_w) continue;
            const std::int64_t place = (std::int64_t{c} * layer_.in.h + h) * layer_.in.w + w;
            if (input.at(place)) {
              streams.append(position, {row / window.stride_h, column / window.stride_w, 0,
                                        static_cast<std::int32_t>(place), false});
            }
            ++position;
          }
        }
      }
    }
    return streams;
  }

  /// The weights of filters `filters` (of one group of the layer), by input channel and phase; in a
  /// stream the filters of one tap follow each other.
  OperandStreams weights_of(const Span& filters, int first_filter) const {
    const Window& window = layer_.window;
    const std::int64_t per_filter = layer_.weights_per_filter();
    // Turned to [C/groups][R][S][filters].
    BitTensor turned(per_filter * filters.size());
    for (int k = filters.first; k < filters.last; ++k) {
      layer_.weights.for_each(k * per_filter, per_filter, [&](std::int64_t i) {
        turned.set((i - k * per_filter) * filters.size() + k - filters.first);
      });
    }
    OperandStreams streams(config_.zero_run_bits);
    for (int c = 0; c < layer_.channels_per_group(); ++c) {
      for (int phase = 0; phase < phases_; ++phase) {
        streams.start_stream();
        std::int64_t position = 0;
        for (int r = phase / window.stride_w; r < window.r; r += window.stride_h) {
          for (int s = phase % window.stride_w; s < window.s; s += window.stride_w) {
            const std::int64_t tap = (std::int64_t{c} * window.r + r) * window.s + s;
            const std::int64_t first = tap * filters.size();
            turned.for_each(first, filters.size(), [&](std::int64_t i) {
              const auto k = static_cast<std::int32_t>(i - first) + filters.first;
              streams.append(position + i - first,
                             {r / window.stride_h, s / window.stride_w, k - first_filter,
                              static_cast<std::int32_t>(k * per_filter + tap), false});
            });
            position += filters.size();
          }
        }
      }
    }
    return streams;
  }

  /// Runs all PEs on one group of output channels, until the slowest has finished.
  std::int64_t run_group(const std::vector<PeShare>& shares,
                         const std::vector<OperandStreams>& activations, const Span& filters) {
    std::vector<ScnnPe> pes;
    for (const PeShare& share : shares) {
      const Tile& reached = share.reached;
      pes.emplace_back(config_.activations, config_.weights, config_.weight_fifo,
                       AccumulatorPlane{reached.rows.first, reached.columns.first,
                                        reached.rows.size(), reached.columns.size()},
                       BankQueues(config_.accumulator_banks, config_.bank_queue));
    }
    const int per_group = layer_.filters_per_group();
    const int channels = layer_.channels_per_group();
    std::vector<std::int64_t> waited(pes.size());
    for (int g = filters.first / per_group; g * per_group < filters.last; ++g) {
      const Span of_group = common_part(filters, {g * per_group, (g + 1) * per_group});
      const OperandStreams weights = weights_of(of_group, filters.first);
      run_.counters["weights_broadcast"] += weights.size();
      for (int c = g * channels; c < (g + 1) * channels; ++c) {
        for (std::size_t pe = 0; pe < pes.size(); ++pe) {
          run_channel(pes[pe], shares[pe], activations[pe], weights, c, filters.first);
        }
        if (config_.channel_barrier) meet(pes, waited);
      }
    }
    for (ScnnPe& pe : pes) pe.finish_group();
    const std::int64_t cycles = meet(pes, waited);
    for (const ScnnPe& pe : pes) count(pe.work(), cycles);
    run_.compute_cycles += cycles;
    return cycles;
  }

  /// Every PE waits for the slowest; returns when that is, in cycles of the group.
  static std::int64_t meet(const std::vector<ScnnPe>& pes, std::vector<std::int64_t>& waited) {
    std::int64_t slowest = 0;
    for (std::size_t i = 0; i < pes.size(); ++i) {
      slowest = std::max(slowest, pes[i].work().cycles() + waited[i]);
    }
    for (std::size_t i = 0; i < pes.size(); ++i) waited[i] = slowest - pes[i].work().cycles();
    return slowest;
  }

  /// One input channel on a PE, if it has that channel.
  void run_channel(ScnnPe& pe, const PeShare& share, const OperandStreams& activations,
                   const OperandStreams& weights, int c, int first_filter) {
    if ((c - share.first_channel) % share.channel_step != 0) return;
    const auto index = static_cast<std::size_t>((c - share.first_channel) / share.channel_step);
    const int in_group = c % layer_.channels_per_group();
    for (int phase = 0; phase < phases_; ++phase) {
      const std::size_t a = index * phases_ + phase;
      const auto w = static_cast<std::size_t>(in_group * phases_ + phase);
      if (!sink_) {
        pe.run(activations.begin_of(a), activations.size_of(a), weights.begin_of(w),
               weights.size_of(w));
        continue;
      }
      pe.run(activations.begin_of(a), activations.size_of(a), weights.begin_of(w),
             weights.size_of(w),
             [&](const Operand& activation, const Operand& weight, int row, int column) {
               const std::int64_t k = first_filter + weight.filter;
               const std::int64_t p = share.reached.rows.first + row;
               const std::int64_t q = share.reached.columns.first + column;
               sink_({image_, weight.place, activation.place,
                      (k * layer_.out.h + p) * layer_.out.w + q});
             });
    }
  }

  void count(const ScnnPeWork& pe, std::int64_t cycles) {
    run_.macs += pe.macs;
    run_.counters["multiplications"] += pe.products;
    run_.counters["accumulator_updates"] += pe.macs;
    run_.counters["activation_vectors_read"] += pe.activation_vectors;
    run_.counters["weight_vectors_read"] += pe.bricks;
    run_.counters["weight_vectors_written"] += pe.fifo_writes;
    run_.multiplier_cycles["outside"] += pe.products - pe.macs;
    run_.multiplier_cycles["empty"] += pe.bricks * array_ - pe.products;
    run_.multiplier_cycles["conflicts"] += pe.conflict_cycles * array_;
    run_.multiplier_cycles["imbalance"] += (cycles - pe.cycles()) * array_;
  }

  /// Cycles until sums of other PEs' outputs have gone there and the own ones to the activation
  /// memory. PEs that share channels add their sums up along rows, then along a column.
  std::int64_t drain(const std::vector<PeShare>& shares, std::int64_t filters) {
    if (by_channels_) {
      const std::int64_t hops = config_.pe_rows + config_.pe_columns - 2;
      const int adding = std::min(num_pes_, layer_.in.c);
      run_.counters["halo_sums"] += (adding - 1) * filters;
      run_.counters["drained_sums"] += filters;
      return hops + 3 * ceil_div(filters, config_.drain_words);
    }
    std::int64_t most = 0;
    for (const PeShare& share : shares) {
      const std::int64_t sums = share.reached.area() * filters;
      const std::int64_t own = common_part(share.reached, share.owned).area() * filters;
      run_.counters["halo_sums"] += sums - own;
      run_.counters["drained_sums"] += own;
      most = std::max(most, sums);
    }
    return ceil_div(most, config_.drain_words);
  }

  const ScnnConfig& config_;
  const LayerWorkload& layer_;
  const ProductSink& sink_;
  int num_pes_;
  std::int64_t array_;  ///< multipliers of a PE
  int phases_;
  bool by_channels_;
  int image_ = 0;
  BaselineRun run_;
};

}  // namespace

void ScnnConfig::validate() const {
  shared.validate();
  if (!std::has_single_bit(static_cast<unsigned>(accumulator_banks))) {
    throw UserError({"", 0, "accumulator_banks"}, "expected a power of two");
  }
  // Queues and a brick that falls on one bank are counted in a byte.
  if (activations * weights > 128) {
    throw UserError({"", 0, "activations"}, "expected at most 128 multipliers in a PE");
  }
}

Scnn::Scnn(const ScnnConfig& config)
    : AcceleratorModel(config.clock_mhz, config.shared), config_(config) {
  config_.validate();
}

BaselineRun Scnn::compute(const LayerWorkload& layer, const ProductSink& sink) const {
  return ScnnLayer(config_, layer, sink).run();
}

std::string Scnn::arrangement() const {
  return fmt::format("{} x {} PEs of {} x {}", config_.pe_rows, config_.pe_columns,
                     config_.activations, config_.weights);
}

MachineComponents Scnn::components(const CostModel& costs) const {
  using L = ComponentList;
  const std::int64_t pes = num_pes();
  const int stored_bits = config_.word_bits + config_.zero_run_bits;
  const int activation_bits = config_.activations * stored_bits;
  const int weight_bits = config_.weights * stored_bits;
  ComponentList list = shared_components(costs, config_.clock_mhz, config_.shared);
  const std::int64_t ram_depth = config_.activation_ram_bytes * 8 / activation_bits;
  list.add_memory("input_activation_rams", "activation_rams", activation_bits, ram_depth, pes,
                  {L::use("read", "activation_vectors_read")});
  list.add_memory("output_activation_rams", "activation_rams", activation_bits, ram_depth, pes,
                  {L::use("write", "outputs_written", 1.0 / config_.activations)});
  list.add_memory(
      "weight_fifos", "weight_fifos", weight_bits, config_.weight_fifo, pes,
      {L::use("write", "weight_vectors_written"), L::use("read", "weight_vectors_read")});
  list.add_multipliers(config_.word_bits, config_.word_bits, multipliers(),
                       {L::use("multiply", "multiplications")});
  // A crossbar from all products to all banks: a tree over the products for every bank.
  const int products = config_.activations * config_.weights;
  list.add_logic("crossbars", "crossbars", word_multiplexer(products, config_.sum_bits),
                 pes * config_.accumulator_banks, {L::use("operate", "accumulator_updates")});
  list.add_memory(
      "accumulators", "accumulators", config_.sum_bits, config_.accumulator_entries,
      2 * pes * config_.accumulator_banks,
      {L::use("read", "accumulator_updates"), L::use("write", "accumulator_updates"),
       L::use("read", "drained_sums"), L::use("read", "halo_sums"), L::use("write", "halo_sums")});
  list.add_adders("accumulator_adders", "accumulators", config_.sum_bits,
                  pes * config_.accumulator_banks,
                  {L::use("add", "accumulator_updates"), L::use("add", "halo_sums")});
  list.add_wires("weight_broadcast", "network", stored_bits, 1 + config_.pe_rows,
                 {L::use("transfer", "weights_broadcast")});
  list.add_wires("halo_links", "network", config_.sum_bits, 1.0 / config_.pe_rows,
                 {L::use("transfer", "halo_sums")});
  return list.take();
}

namespace {

class ScnnSizes : public BaselineSizes {
 public:
  explicit ScnnSizes(ScnnConfig& config) : config_(config) {}
  std::int64_t multipliers_of_unit() const override {
    return std::int64_t{config_.activations} * config_.weights;
  }
  void set_units(int units) override {
    const std::int64_t bytes = activation_bytes();
    std::tie(config_.pe_rows, config_.pe_columns) = rectangle_of(units);
    set_activation_bytes(bytes);
  }
  std::int64_t activation_bytes() const override {
    return std::int64_t{2} * config_.activation_ram_bytes * config_.pe_rows * config_.pe_columns;
  }
  void set_activation_bytes(std::int64_t bytes) override {
    config_.activation_ram_bytes = as_int(bytes / (2 * config_.pe_rows * config_.pe_columns));
  }

 private:
  ScnnConfig& config_;
};

void take_common_terms(ScnnConfig& config, const CommonTerms& terms) {
  config.activation_ram_bytes =
      static_cast<int>(terms.buffer_bytes / (2 * config.pe_rows * config.pe_columns));
  config.word_bits = 8;
  config.sum_bits = 24;
  config.clock_mhz = terms.clock_mhz;
  config.shared = terms.shared;
}

}  // namespace

void add_scnn(BaselineRegistry& registry) {
  registry.add(BaselineOf<ScnnConfig>("scnn", "SCNN", 2017)
                   .compared_by_default()
                   .on_common_terms(take_common_terms)
                   .sized_by<ScnnSizes>()
                   .variant<Scnn>("scnn")
                   .take());
}

}  // namespace escalate
