#include "baselines/dcnn.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <vector>

#include "baselines/planar_tile.h"
#include "common/math.h"

namespace escalate {
namespace {

/// Outputs that a PE computes: a tile of the plane, or, where the plane is a single position, some
/// of the filters.
struct PeOutputs {
  Tile plane;
  Span filters;
};

PeOutputs outputs_of(const DcnnConfig& config, const LayerWorkload& layer, int pe) {
  const Span filters = {0, layer.out.c};
  const Tile plane = {{0, layer.out.h}, {0, layer.out.w}};
  if (plane.area() == 1) {
    return {plane, part_of(filters, pe, config.pe_rows * config.pe_columns)};
  }
  return {{part_of(plane.rows, pe / config.pe_columns, config.pe_rows),
           part_of(plane.columns, pe % config.pe_columns, config.pe_columns)},
          filters};
}

/// Calls visit(weight, activation) for each tap of output (k, p, q) that is not padding, in the
/// order of the dot products: along the filter.
template <class Visit>
void for_each_tap(const LayerWorkload& layer, int k, int p, int q, Visit&& visit) {
  const Window& window = layer.window;
  const int channels = layer.channels_per_group();
  const int first_channel = k / layer.filters_per_group() * channels;
  std::int64_t weight = k * layer.weights_per_filter();
  for (int c = first_channel; c < first_channel + channels; ++c) {
    for (int r = 0; r < window.r; ++r) {
      const int h = p * window.stride_h - window.pad_top + r;
      for (int s = 0; s < window.s; ++s, ++weight) {
        const int w = q * window.stride_w - window.pad_left + s;
        if (h < 0 || h >= layer.in.h || w < 0 || w >= layer.in.w) continue;
        visit(weight, (std::int64_t{c} * layer.in.h + h) * layer.in.w + w);
      }
    }
  }
}

/// Every product of an image, PE after PE.
void send_products(const LayerWorkload& layer, const PeOutputs& outputs, int image,
                   const ProductSink& sink) {
  for (int k = outputs.filters.first; k < outputs.filters.last; ++k) {
    for (int p = outputs.plane.rows.first; p < outputs.plane.rows.last; ++p) {
      for (int q = outputs.plane.columns.first; q < outputs.plane.columns.last; ++q) {
        const std::int64_t output = (std::int64_t{k} * layer.out.h + p) * layer.out.w + q;
        for_each_tap(layer, k, p, q, [&](std::int64_t weight, std::int64_t activation) {
          sink({image, weight, activation, output});
        });
      }
    }
  }
}

}  // namespace

BaselineRun Dcnn::compute(const LayerWorkload& layer, const ProductSink& sink) const {
  BaselineRun run;
  const Window& window = layer.window;
  const std::int64_t vectors_per_output = ceil_div(layer.weights_per_filter(), config_.multipliers);
  std::vector<std::int64_t> busy;
  std::int64_t slowest = 0;
  std::int64_t activation_vectors = 0;
  for (int pe = 0; pe < num_pes(); ++pe) {
    const PeOutputs outputs = outputs_of(config_, layer, pe);
    const std::int64_t area = outputs.plane.area();
    busy.push_back(area * outputs.filters.size() * vectors_per_output);
    slowest = std::max(slowest, busy.back());
    // A vector of activations stays while the filters whose sums fit pass by.
    const std::int64_t filters_at_once =
        std::max<std::int64_t>(1, config_.accumulator_entries / std::max<std::int64_t>(1, area));
    activation_vectors +=
        area * vectors_per_output * ceil_div(outputs.filters.size(), filters_at_once);
    run.macs +=
        layer.images() * outputs.filters.size() * layer.channels_per_group() *
        taps_inside(outputs.plane.rows, window.r, window.stride_h, window.pad_top, layer.in.h) *
        taps_inside(outputs.plane.columns, window.s, window.stride_w, window.pad_left, layer.in.w);
    for (int image = 0; sink && image < layer.images(); ++image) {
      send_products(layer, outputs, image, sink);
    }
  }
  std::int64_t bricks = 0;
  for (const std::int64_t cycles : busy) bricks += cycles;
  const std::int64_t images = layer.images();
  run.compute_cycles = slowest * images;
  run.multiplier_cycles["padding"] = layer.window_macs() - run.macs;
  run.multiplier_cycles["empty"] = bricks * images * config_.multipliers - layer.window_macs();
  run.multiplier_cycles["imbalance"] =
      (num_pes() * slowest - bricks) * images * config_.multipliers;
  run.counters["multiplications"] =
      config_.optimized ? matched_pairs(layer, Skips::kZeroActivations) : layer.window_macs();
  run.counters["weight_vectors_read"] = bricks * images;
  run.counters["activation_vectors_read"] = activation_vectors * images;
  run.counters["accumulator_updates"] = bricks * images;
  run.counters["outputs_written"] = layer.out.size() * images;
  count_traffic(layer, run.counters);
  return run;
}

void Dcnn::count_traffic(const LayerWorkload& layer, NamedCounts& counters) const {
  // Compressed activations carry a 4-bit run each, as SCNN's.
  constexpr int kRunBits = 4;
  const auto bytes = [&](std::int64_t dense, std::int64_t nonzeros) {
    const std::int64_t plain = ceil_div(dense * config_.word_bits, 8);
    const std::int64_t packed = ceil_div(nonzeros * (config_.word_bits + kRunBits), 8);
    return config_.optimized ? std::min(plain, packed) : plain;
  };
  const std::int64_t images = layer.images();
  const std::int64_t room = config_.activation_ram_bytes / 2;
  const bool reads = layer.reads_network_input || layer.in.size() * config_.word_bits / 8 > room;
  const bool writes =
      layer.writes_network_output || layer.out.size() * config_.word_bits / 8 > room;
  const std::int64_t weights = layer.weights.size() * images;
  counters["weights_broadcast"] = weights;
  counters["dram_read_bytes"] =
      ceil_div(weights * config_.word_bits, 8) +
      (reads ? bytes(layer.in.size() * images, layer.input_nonzeros()) : 0);
  counters["dram_written_bytes"] =
      writes ? bytes(layer.out.size() * images, layer.output_nonzeros) : 0;
}

std::string Dcnn::arrangement() const {
  return fmt::format("{} x {} PEs of {}", config_.pe_rows, config_.pe_columns, config_.multipliers);
}

MachineComponents Dcnn::components(const CostModel& costs) const {
  using L = ComponentList;
  const int vector_bits = config_.multipliers * config_.word_bits;
  ComponentList list = shared_components(costs, config_.clock_mhz, config_.shared);
  list.add_memory("activation_rams", "activation_rams", vector_bits,
                  config_.activation_ram_bytes * 8 / vector_bits / num_pes(), num_pes(),
                  {L::use("read", "activation_vectors_read"),
                   L::use("write", "outputs_written", 1.0 / config_.multipliers)});
  list.add_memory(
      "weight_fifos", "weight_fifos", vector_bits, config_.weight_fifo, num_pes(),
      {L::use("write", "weights_broadcast", static_cast<double>(num_pes()) / config_.multipliers),
       L::use("read", "weight_vectors_read")});
  list.add_multipliers(config_.word_bits, config_.word_bits, multipliers(),
                       {L::use("multiply", "multiplications")});
  list.add_adders("adder_trees", "multipliers", config_.sum_bits, multipliers(),
                  {L::use("add", "multiplications")});
  list.add_memory("accumulators", "accumulators", config_.sum_bits, config_.accumulator_entries,
                  2 * num_pes(),
                  {L::use("read", "accumulator_updates"), L::use("write", "accumulator_updates"),
                   L::use("read", "outputs_written")});
  list.add_wires("weight_broadcast", "network", config_.word_bits, 1 + config_.pe_rows,
                 {L::use("transfer", "weights_broadcast")});
  return list.take();
}

namespace {

class DcnnSizes : public BaselineSizes {
 public:
  explicit DcnnSizes(DcnnConfig& config) : config_(config) {}
  std::int64_t multipliers_of_unit() const override { return config_.multipliers; }
  void set_units(int units) override {
    std::tie(config_.pe_rows, config_.pe_columns) = rectangle_of(units);
  }
  std::int64_t activation_bytes() const override { return config_.activation_ram_bytes; }
  void set_activation_bytes(std::int64_t bytes) override { config_.activation_ram_bytes = bytes; }

 private:
  DcnnConfig& config_;
};

void take_common_terms(DcnnConfig& config, const CommonTerms& terms) {
  config.activation_ram_bytes = terms.buffer_bytes;
  config.word_bits = 8;
  config.sum_bits = 24;
  config.clock_mhz = terms.clock_mhz;
  config.shared = terms.shared;
}

}  // namespace

void add_dcnn(BaselineRegistry& registry) {
  registry.add(BaselineOf<DcnnConfig>("dcnn", "DCNN", 2017)
                   .compared_by_default()
                   .also_called("dense")
                   .on_common_terms(take_common_terms)
                   .sized_by<DcnnSizes>()
                   .variant<Dcnn>("dcnn")
                   .variant<Dcnn>("dcnn-opt", [](DcnnConfig& config) { config.optimized = true; })
                   .take());
}

}  // namespace escalate
