#include "baselines/eyeriss.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <tuple>
#include <vector>

#include "common/error.h"
#include "common/math.h"
#include "workloads/yaml_map.h"

namespace escalate {
namespace {

/// Energy of an access as the paper normalises it, to that of a scratchpad (ISCA 2016, Table 4).
constexpr double kMacCost = 5;  ///< the MAC, its input and weight, its sum read and written
constexpr double kArrayCost = 2;
constexpr double kBufferCost = 6;
constexpr double kDramCost = 200;

/// The global buffer has 25 of these banks, which make up 100 KB (JSSC 2017).
constexpr int kBankBytes = 4096;

/// `whole` in parts of `size`: the full ones and what is left over.
struct Part {
  std::int64_t size = 0;
  std::int64_t count = 0;
};
std::array<Part, 2> parts_of(std::int64_t whole, std::int64_t size) {
  return {Part{size, whole / size}, Part{whole % size, whole % size == 0 ? 0 : 1}};
}

/// What one pass works on: filters, channels, images and output rows.
struct PassSize {
  std::int64_t filters = 0, channels = 0, images = 0, rows = 0;
};

/// Sums over the passes of a group.
struct Totals {
  std::int64_t compute_cycles = 0;    ///< in which the array multiplies
  std::int64_t load_cycles = 0;       ///< before a pass: its weights and its first windows
  std::int64_t bandwidth_cycles = 0;  ///< in which it waits for inputs or partial sums
  std::int64_t filter_words = 0, input_words = 0;  ///< from the global buffer to the array
  std::int64_t sum_reads = 0, sum_writes = 0;      ///< accesses to the global buffer
  std::int64_t filter_deliveries = 0, input_deliveries = 0;  ///< to each PE that gets the word
  std::int64_t sum_hops = 0;                                 ///< from PE to PE
  std::int64_t dram_filter_words = 0, dram_input_words = 0;
  std::int64_t passes = 0;

  std::int64_t cycles() const { return compute_cycles + load_cycles + bandwidth_cycles; }
  /// Energy in accesses of a scratchpad, that of `macs` included.
  double energy(std::int64_t macs) const {
    return kMacCost * static_cast<double>(macs) +
           kDramCost * static_cast<double>(dram_filter_words + dram_input_words) +
           kBufferCost * static_cast<double>(filter_words + input_words + sum_reads + sum_writes) +
           kArrayCost * static_cast<double>(filter_deliveries + input_deliveries + sum_hops);
  }
};

/// One group of a layer (all of it, if it is not grouped) on the machine.
class EyerissGroup {
 public:
  EyerissGroup(const EyerissConfig& config, const LayerWorkload& layer)
      : config_(config),
        layer_(layer),
        window_(layer.window),
        filters_(layer.filters_per_group()),
        channels_(layer.channels_per_group()),
        batch_(std::min(config.batch, layer.images())) {
    if (window_.r > config.rows ||
        window_.s > std::min(config.input_scratchpad, config.filter_scratchpad)) {
      throw UserError(
          {"", 0, "rows"},
          fmt::format("layer '{}': a {} x {} kernel does not fit into {} rows of PEs "
                      "with {} input words each",
                      layer.name, window_.r, window_.s, config.rows, config.input_scratchpad));
    }
  }

  /// Sets of R x e PEs that the array holds; a set wider than the array is cut into strips.
  int sets(int e) const {
    const int strips = config_.rows / window_.r;
    return e <= config_.columns ? strips * (config_.columns / e)
                                : strips / static_cast<int>(ceil_div(e, config_.columns));
  }

  EyerissMapping best_mapping() const {
    EyerissMapping best{.m = 0};
    double least = std::numeric_limits<double>::infinity();
    const std::int64_t macs = layer_.window_macs() / layer_.groups;
    for_each_mapping([&](const EyerissMapping& mapping) {
      const Totals totals = sum(mapping);
      const double product = totals.energy(macs) * static_cast<double>(totals.cycles());
      if (product >= least) return;
      least = product;
      best = mapping;
    });
    if (best.m == 0) {
      throw UserError({"", 0, "buffer_bytes"},
                      "layer '" + layer_.name + "': a row of outputs does not fit");
    }
    return best;
  }

  /// Whether a pass of the mapping fits into array, scratchpads and global buffer.
  bool fits(const EyerissMapping& mapping) const {
    const std::int64_t sums =
        std::int64_t{mapping.n} * mapping.m * mapping.e * layer_.out.w * config_.sum_bits;
    return mapping.n <= batch_ && mapping.r * mapping.t <= sets(mapping.e) &&
           mapping.q * window_.s <= config_.input_scratchpad &&
           mapping.p * mapping.q * window_.s <= config_.filter_scratchpad &&
           mapping.p <= config_.sum_scratchpad &&
           input_words_of_pass(mapping) * config_.word_bits + sums <= bits_in_buffer();
  }

  /// All images of the group, batch by batch.
  Totals sum(const EyerissMapping& mapping) const;

  /// Calls visit(first filter, first channel, first image, first row, size) for each pass, in
  /// order.
  template <class Visit>
  void for_each_pass(const EyerissMapping& mapping, Visit&& visit) const {
    for (int m = 0; m < filters_; m += mapping.m) {
      for (int batch = 0; batch < layer_.images(); batch += batch_) {
        for (int n = batch; n < std::min(batch + batch_, layer_.images()); n += mapping.n) {
          for (int e = 0; e < layer_.out.h; e += mapping.e) {
            for_each_pass_of_sums(mapping, m, n, std::min(batch + batch_, layer_.images()), e,
                                  visit);
          }
        }
      }
    }
  }

 private:
  int filters_at_once(const EyerissMapping& mapping) const { return mapping.p * mapping.t; }
  int channels_at_once(const EyerissMapping& mapping) const { return mapping.q * mapping.r; }
  std::int64_t input_rows(std::int64_t rows) const {
    // Rows of a stride larger than the kernel are not all needed.
    const std::int64_t needed =
        window_.stride_h < window_.r ? (rows - 1) * window_.stride_h + window_.r : rows * window_.r;
    return std::min<std::int64_t>(needed, layer_.in.h);
  }
  std::int64_t input_words_of_pass(const EyerissMapping& mapping) const {
    return std::int64_t{mapping.n} * channels_at_once(mapping) * input_rows(mapping.e) *
           layer_.in.w;
  }
  std::int64_t bits_in_buffer() const { return std::int64_t{config_.buffer_bytes} * 8; }

  template <class Visit>
  void for_each_pass_of_sums(const EyerissMapping& mapping, int m, int n, int last_image, int e,
                             Visit&& visit) const {
    const int last_filter = std::min(m + mapping.m, filters_);
    const int filters = filters_at_once(mapping);
    const int channels = channels_at_once(mapping);
    for (int c = 0; c < channels_; c += channels) {
      for (int k = m; k < last_filter; k += filters) {
        visit(k, c, n, e,
              PassSize{std::min(filters, last_filter - k), std::min(channels, channels_ - c),
                       std::min(mapping.n, last_image - n), std::min(mapping.e, layer_.out.h - e)});
      }
    }
  }

  template <class Visit>
  void for_each_mapping(Visit&& visit) const;
  template <class Visit>
  void complete_mapping(EyerissMapping mapping, Visit&& visit) const;

  void add_pass(const EyerissMapping& mapping, const PassSize& size, bool first_channels,
                std::int64_t count, Totals& totals) const;

  const EyerissConfig& config_;
  const LayerWorkload& layer_;
  const Window& window_;
  int filters_, channels_;
  int batch_;
};

/// The sizes that are worth trying for `extent` in parts: of equal numbers of parts the smallest.
std::vector<int> sizes_of(int extent, int largest) {
  std::vector<int> sizes;
  for (int size = 1; size <= std::min(extent, largest); ++size) {
    if (ceil_div(extent, ceil_div(extent, size)) == size) sizes.push_back(size);
  }
  return sizes;
}

template <class Visit>
void EyerissGroup::for_each_mapping(Visit&& visit) const {
  const int widest = config_.rows / window_.r * config_.columns;
  for (const int e : sizes_of(layer_.out.h, widest)) {
    for (const int r : sizes_of(sets(e), channels_)) {
      const int t = std::min(sets(e) / r, filters_);
      const int most_channels =
          std::min(config_.input_scratchpad, config_.filter_scratchpad) / window_.s;
      for (const int channels : sizes_of(channels_, most_channels * r)) {
        const auto q = static_cast<int>(ceil_div(channels, r));
        const int most_filters =
            std::min(config_.sum_scratchpad, config_.filter_scratchpad / (q * window_.s));
        for (const int filters : sizes_of(filters_, most_filters * t)) {
          const auto p = static_cast<int>(ceil_div(filters, t));
          for (const int n : sizes_of(batch_, batch_)) {
            complete_mapping({n, 0, e, p, q, r, t}, visit);
          }
        }
      }
    }
  }
}

/// Most filters of which the partial sums fit into the global buffer beside a pass's inputs.
template <class Visit>
void EyerissGroup::complete_mapping(EyerissMapping mapping, Visit&& visit) const {
  const std::int64_t sums_of_filter = std::int64_t{mapping.n} * mapping.e * layer_.out.w;
  const std::int64_t input_bits = input_words_of_pass(mapping) * config_.word_bits;
  const std::int64_t most = (bits_in_buffer() - input_bits) / (sums_of_filter * config_.sum_bits);
  const int at_once = std::min(filters_at_once(mapping), filters_);
  if (input_bits > bits_in_buffer() || most < at_once) return;
  mapping.m = static_cast<int>(std::min<std::int64_t>(ceil_div(filters_, at_once), most / at_once) *
                               at_once);
  visit(mapping);
}

Totals EyerissGroup::sum(const EyerissMapping& mapping) const {
  Totals totals;
  const auto for_each_part = [](std::int64_t whole, std::int64_t size, auto&& visit) {
    for (const Part& part : parts_of(whole, size)) {
      if (part.count > 0) visit(part);
    }
  };
  for_each_part(layer_.images(), batch_, [&](const Part& batch) {
    for_each_part(batch.size, mapping.n, [&](const Part& n) {
      for_each_part(filters_, mapping.m, [&](const Part& m) {
        for_each_part(layer_.out.h, mapping.e, [&](const Part& e) {
          const std::int64_t count = batch.count * n.count * m.count * e.count;
          totals.dram_filter_words += count * m.size * channels_ * window_.r * window_.s;
          totals.dram_input_words += count * n.size * channels_ * input_rows(e.size) * layer_.in.w;
          for_each_part(m.size, filters_at_once(mapping), [&](const Part& k) {
            // Only the first channels find no partial sums in the buffer.
            bool first = true;
            for_each_part(channels_, channels_at_once(mapping), [&](const Part& c) {
              const PassSize size{k.size, c.size, n.size, e.size};
              if (first) add_pass(mapping, size, true, count * k.count, totals);
              add_pass(mapping, size, false, count * k.count * (c.count - (first ? 1 : 0)), totals);
              first = false;
            });
          });
        });
      });
    });
  });
  return totals;
}

/// A pass first fills the scratchpads with its weights, and every PE with its first window. Then
/// each PE runs its filters over its row, while inputs and partial sums stream to and from the
/// array.
void EyerissGroup::add_pass(const EyerissMapping& mapping, const PassSize& size,
                            bool first_channels, std::int64_t count, Totals& totals) const {
  const std::int64_t outputs = layer_.out.w;
  const std::int64_t rows = input_rows(size.rows);
  const std::int64_t filters_of_pe = ceil_div(size.filters, mapping.t);
  const std::int64_t channels_of_pe = ceil_div(size.channels, mapping.r);
  const std::int64_t weights = size.filters * size.channels * window_.r * window_.s;
  const std::int64_t inputs = size.images * size.channels * rows * layer_.in.w;
  const std::int64_t sums = size.images * size.filters * size.rows * outputs;

  const std::int64_t compute = size.images * filters_of_pe * channels_of_pe * window_.s * outputs;
  const std::int64_t windows = size.channels * rows * std::min(window_.s, layer_.in.w);
  const std::int64_t load =
      ceil_div(weights, config_.filter_words) + ceil_div(windows, config_.input_words);
  const std::int64_t stream =
      std::max(ceil_div(inputs - windows, config_.input_words), ceil_div(sums, config_.sum_words));
  totals.passes += count;
  totals.compute_cycles += count * compute;
  totals.load_cycles += count * load;
  totals.bandwidth_cycles += count * std::max<std::int64_t>(0, stream - compute);
  totals.filter_words += count * weights;
  totals.input_words += count * inputs;
  totals.sum_writes += count * sums;
  if (!first_channels) totals.sum_reads += count * sums;
  // Weights go to a row of PEs, inputs to a diagonal of each set, sums up through all PEs of a
  // column and its channels' sets.
  totals.filter_deliveries += count * weights * size.rows;
  totals.input_deliveries += count * size.images * size.channels * size.rows * window_.r *
                             layer_.in.w * ceil_div(size.filters, filters_of_pe);
  totals.sum_hops +=
      count * sums * (std::int64_t{window_.r} * ceil_div(size.channels, channels_of_pe) - 1);
}

/// Whether output row/column `out` of a window meets an input through tap `tap`.
bool inside(int out, int tap, int stride, int pad, int inputs, int& input) {
  input = out * stride - pad + tap;
  return input >= 0 && input < inputs;
}

/// Every product of a pass.
void send_pass(const LayerWorkload& layer, int group, int filter, int channel, int image, int row,
               const PassSize& size, const ProductSink& sink) {
  const Window& window = layer.window;
  const std::int64_t taps = std::int64_t{window.r} * window.s;
  const auto visit = [&](int n, int k, int c, int p, int q) {
    for (int tap = 0; tap < taps; ++tap) {
      int h = 0;
      int w = 0;
      if (!inside(p, tap / window.s, window.stride_h, window.pad_top, layer.in.h, h)) continue;
      if (!inside(q, tap % window.s, window.stride_w, window.pad_left, layer.in.w, w)) continue;
      const std::int64_t filter_of_layer = std::int64_t{group} * layer.filters_per_group() + k;
      const std::int64_t channel_of_layer = std::int64_t{group} * layer.channels_per_group() + c;
      sink({n, filter_of_layer * layer.weights_per_filter() + c * taps + tap,
            (channel_of_layer * layer.in.h + h) * layer.in.w + w,
            (filter_of_layer * layer.out.h + p) * layer.out.w + q});
    }
  };
  for (int n = image; n < image + size.images; ++n) {
    for (int k = filter; k < filter + size.filters; ++k) {
      for (int c = channel; c < channel + size.channels; ++c) {
        for (int p = row; p < row + size.rows; ++p) {
          for (int q = 0; q < layer.out.w; ++q) visit(n, k, c, p, q);
        }
      }
    }
  }
}

}  // namespace

EyerissMappings read_eyeriss_mappings(const std::string& path, const std::string& network) {
  const YamlMap networks(path, load_yaml_file(path), "networks");
  const YamlMap of_network(path, networks.value(network), network);
  const YamlMap layers(path, of_network.value("layers"), "layers");
  EyerissMappings mappings;
  for (const std::string& name : layers.keys()) {
    const YamlMap entry(path, layers.value(name), name);
    entry.check_keys({"n", "m", "e", "p", "q", "r", "t"});
    const auto size = [&](const char* key) {
      return static_cast<int>(entry.integer(key, 1, std::numeric_limits<int>::max()));
    };
    mappings[name] = {size("n"), size("m"), size("e"), size("p"), size("q"), size("r"), size("t")};
  }
  return mappings;
}

EyerissMapping Eyeriss::map(const LayerWorkload& layer) const {
  const EyerissGroup group(config_, layer);
  const auto given = mappings_.find(layer.name);
  if (given == mappings_.end()) return group.best_mapping();
  if (!group.fits(given->second)) {
    throw UserError("layer '" + layer.name + "': the given mapping does not fit into the machine");
  }
  return given->second;
}

int Eyeriss::active_pes(const LayerWorkload& layer, const EyerissMapping& mapping) const {
  const std::int64_t filters = std::min(mapping.p * mapping.t, layer.filters_per_group());
  const std::int64_t channels = std::min(mapping.q * mapping.r, layer.channels_per_group());
  return static_cast<int>(layer.window.r * mapping.e * ceil_div(filters, mapping.p) *
                          ceil_div(channels, mapping.q));
}

BaselineRun Eyeriss::compute(const LayerWorkload& layer, const ProductSink& sink) const {
  const EyerissGroup group(config_, layer);
  const EyerissMapping mapping = map(layer);
  const Totals totals = group.sum(mapping);
  const std::int64_t groups = layer.groups;
  BaselineRun run;
  run.macs = matched_pairs(layer, Skips::kNothing);
  run.compute_cycles = groups * totals.cycles();
  run.multiplier_cycles["padding"] = layer.window_macs() - run.macs;
  run.multiplier_cycles["idle_pes"] =
      groups * totals.compute_cycles * multipliers() - layer.window_macs();
  run.multiplier_cycles["load"] = groups * totals.load_cycles * multipliers();
  run.multiplier_cycles["bandwidth"] = groups * totals.bandwidth_cycles * multipliers();
  for (int g = 0; sink && g < layer.groups; ++g) {
    group.for_each_pass(mapping, [&](int k, int c, int n, int e, const PassSize& size) {
      send_pass(layer, g, k, c, n, e, size, sink);
    });
  }
  NamedCounts& counters = run.counters;
  // A zero activation is seen before its weights are read: no multiplication, no update of a sum.
  counters["multiplications"] = matched_pairs(layer, Skips::kZeroActivations);
  counters["gated_multiplications"] = layer.window_macs() - counters["multiplications"];
  counters["input_words"] = groups * totals.input_words;
  counters["filter_words"] = groups * totals.filter_words;
  counters["sum_reads"] = groups * totals.sum_reads;
  counters["sum_writes"] = groups * totals.sum_writes;
  counters["filter_deliveries"] = groups * totals.filter_deliveries;
  counters["input_deliveries"] = groups * totals.input_deliveries;
  counters["sum_hops"] = groups * totals.sum_hops;
  counters["passes"] = groups * totals.passes;
  count_dram(layer, groups * totals.dram_filter_words, groups * totals.dram_input_words, counters);
  return run;
}

void Eyeriss::count_dram(const LayerWorkload& layer, std::int64_t filter_words,
                         std::int64_t input_words, NamedCounts& counters) const {
  const std::int64_t filter_bytes = ceil_div(filter_words * config_.word_bits, 8);
  const auto ratio = [&](std::int64_t values, std::int64_t nonzeros) {
    return static_cast<double>(compressed_bytes(values, nonzeros)) * 8 /
           static_cast<double>(values * config_.word_bits);
  };
  const std::int64_t inputs = layer.in.size() * layer.images();
  const double input_ratio = layer.reads_network_input ? 1 : ratio(inputs, layer.input_nonzeros());
  const auto input_bytes = static_cast<std::int64_t>(
      std::ceil(static_cast<double>(input_words * config_.word_bits) / 8 * input_ratio));
  counters["dram_read_bytes"] = filter_bytes + input_bytes;
  counters["dram_written_bytes"] =
      compressed_bytes(layer.out.size() * layer.images(), layer.output_nonzeros);
  counters["buffer_fill_words"] = filter_words + input_words;
}

std::int64_t Eyeriss::compressed_bytes(std::int64_t values, std::int64_t nonzeros) const {
  // Three pairs of a 5-bit run and a value, and a bit that ends the stream (64 bits at 16 a value).
  const std::int64_t bits = ceil_div(nonzeros, 3) * (3 * (5 + config_.word_bits) + 1);
  return ceil_div(std::min(bits, values * config_.word_bits), 8);
}

std::string Eyeriss::arrangement() const {
  return fmt::format("{} x {}", config_.rows, config_.columns);
}

MachineComponents Eyeriss::components(const CostModel& costs) const {
  using L = ComponentList;
  const std::int64_t pes = multipliers();
  const int bits = config_.word_bits;
  const double word = bits / 64.0;
  const double sum = config_.sum_bits / 64.0;
  const double sum_in_words = double(config_.sum_bits) / bits;
  ComponentList list = shared_components(costs, config_.clock_mhz, config_.shared);
  list.add_buffer(
      "global_buffer", "global_buffer", config_.buffer_bytes / 8,
      ceil_div(config_.buffer_bytes, kBankBytes),
      {L::use("read", "input_words", word), L::use("read", "sum_reads", sum),
       L::use("write", "sum_writes", sum), L::use("write", "dram_read_bytes", 1.0 / 8)});
  list.add_buffer("filter_buffer", "global_buffer", config_.filter_buffer_bytes / 8,
                  ceil_div(config_.filter_buffer_bytes, kBankBytes),
                  {L::use("read", "filter_words", word)});
  list.add_registers("input_scratchpads", "scratchpads", bits, config_.input_scratchpad, pes,
                     {L::use("read", "multiplications"), L::use("read", "gated_multiplications"),
                      L::use("write", "input_deliveries")});
  list.add_memory("filter_scratchpads", "scratchpads", bits, config_.filter_scratchpad, pes,
                  {L::use("read", "multiplications"), L::use("write", "filter_deliveries")});
  list.add_registers("sum_scratchpads", "scratchpads", config_.sum_bits, config_.sum_scratchpad,
                     pes, {L::use("read", "multiplications"), L::use("write", "multiplications")});
  list.add_multipliers(bits, bits, pes, {L::use("multiply", "multiplications")});
  list.add_adders("adders", "multipliers", config_.sum_bits, pes,
                  {L::use("add", "multiplications")});
  // A value goes from the buffer across half the array on average, and from one PE to the next.
  list.add_wires("buses", "network", bits, 0.5,
                 {L::use("transfer", "input_words"), L::use("transfer", "filter_words"),
                  L::use("transfer", "sum_reads", sum_in_words),
                  L::use("transfer", "sum_writes", sum_in_words)});
  list.add_wires("links", "network", bits, 1.0 / config_.columns,
                 {L::use("transfer", "filter_deliveries"), L::use("transfer", "input_deliveries"),
                  L::use("transfer", "sum_hops", sum_in_words)});
  return list.take();
}

namespace {

class EyerissSizes : public BaselineSizes {
 public:
  explicit EyerissSizes(EyerissConfig& config) : config_(config) {}
  std::int64_t multipliers_of_unit() const override { return 1; }
  void set_units(int units) override {
    const std::int64_t before = std::int64_t{config_.rows} * config_.columns;
    std::tie(config_.rows, config_.columns) =
        array_of(units, config_.rows, config_.columns, EyerissConfig::kMostSide);
    const std::int64_t pes = std::max(before, std::int64_t{config_.rows} * config_.columns);
    for (int* words : {&config_.input_words, &config_.filter_words, &config_.sum_words}) {
      *words = as_int(ceil_div(*words * pes, before));
    }
  }
  int most_units() const override { return EyerissConfig::kMostSide * EyerissConfig::kMostSide; }
  std::int64_t activation_bytes() const override { return config_.buffer_bytes; }
  void set_activation_bytes(std::int64_t bytes) override { config_.buffer_bytes = as_int(bytes); }

 private:
  EyerissConfig& config_;
};

void take_common_terms(EyerissConfig& config, const CommonTerms& terms) {
  config.rows = 32;
  config.columns = 32;
  config.buffer_bytes = static_cast<int>(terms.buffer_bytes) - config.filter_buffer_bytes;
  // Six times the PEs get their words from buses eight times as wide.
  config.input_words *= 8;
  config.filter_words *= 8;
  config.sum_words *= 8;
  config.batch = terms.batch;
  config.word_bits = 8;
  config.sum_bits = 24;
  config.clock_mhz = terms.clock_mhz;
  config.shared = terms.shared;
}

}  // namespace

void add_eyeriss(BaselineRegistry& registry) {
  registry.add(BaselineOf<EyerissConfig>("eyeriss", "Eyeriss", 2016)
                   .compared_by_default()
                   .on_common_terms(take_common_terms)
                   .sized_by<EyerissSizes>()
                   .variant<Eyeriss>("eyeriss")
                   .take());
}

}  // namespace escalate
