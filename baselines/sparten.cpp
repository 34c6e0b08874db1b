#include "baselines/sparten.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "baselines/chunked_tensor.h"
#include "common/error.h"
#include "common/math.h"

namespace escalate {
namespace {

/// Filters that a cluster runs at a time, by compute unit.
struct FilterGroup {
  int layer_group = 0;       ///< group of a grouped convolution
  std::vector<int> filters;  ///< two in a row share a unit if `paired`
  bool paired = false;
};

/// A layer on the machine, image after image.
class SpartenLayer {
 public:
  SpartenLayer(const SpartenConfig& config, const LayerWorkload& layer, const ProductSink& sink)
      : config_(config),
        layer_(layer),
        sink_(sink),
        taps_(layer.window.r * layer.window.s),
        filters_(chunked_filters()) {
    for (const char* name :
         {"multiplications", "chunks_joined", "chunks_broadcast", "values_broadcast",
          "unit_values_written", "filter_chunks_loaded", "filter_values_loaded", "sums_permuted",
          "outputs_written", "dram_read_bytes", "dram_written_bytes"}) {
      run_.counters[name] = 0;
    }
    for (const char* name : {"no_match", "barrier", "idle_units", "idle_clusters"}) {
      run_.multiplier_cycles[name] = 0;
    }
  }

  BaselineRun run() {
    const std::vector<FilterGroup> groups = filter_groups();
    for (image_ = 0; image_ < layer_.images(); ++image_) run_image(groups);
    run_.counters["outputs_written"] = layer_.output_nonzeros;
    count_filter_loads(groups);
    count_dram(static_cast<std::int64_t>(groups.size()));
    return std::move(run_);
  }

 private:
  bool two_sided() const { return config_.sparsity == Sparsity::kTwoSided; }

  ChunkedTensor chunked_filters() const {
    ChunkedTensor filters(std::int64_t{layer_.out.c} * taps_, layer_.channels_per_group(),
                          config_.chunk);
    layer_.weights.for_each(0, layer_.weights.size(), [&](std::int64_t i) {
      const std::int64_t tap = i % taps_;
      const std::int64_t filter = i / layer_.weights_per_filter();
      filters.set(filter * taps_ + tap, static_cast<int>(i / taps_ % layer_.channels_per_group()));
    });
    return filters;
  }
  /// One group's channels of the image, by position.
  ChunkedTensor chunked_input(int layer_group) const {
    const std::int64_t plane = std::int64_t{layer_.in.h} * layer_.in.w;
    const int channels = layer_.channels_per_group();
    ChunkedTensor input(plane, channels, config_.chunk);
    layer_.inputs[static_cast<std::size_t>(image_)].for_each(
        layer_group * channels * plane, channels * plane,
        [&](std::int64_t i) { input.set(i % plane, static_cast<int>(i / plane % channels)); });
    return input;
  }

  std::int64_t positions() const { return std::int64_t{layer_.out.h} * layer_.out.w; }
  std::int64_t nonzeros_of(int filter) const {
    return layer_.weights.count(filter * layer_.weights_per_filter(), layer_.weights_per_filter());
  }

  std::vector<FilterGroup> filter_groups() const {
    std::vector<FilterGroup> groups;
    // Filters share units where balancing asks for it and enough groups are left for all clusters.
    const std::int64_t paired_groups =
        std::int64_t{layer_.groups} * (layer_.filters_per_group() / (2 * config_.units));
    const bool pair = config_.balancing != Balancing::kNone && two_sided() &&
                      paired_groups * positions() >= config_.clusters;
    for (int g = 0; g < layer_.groups; ++g) {
      std::vector<int> filters(static_cast<std::size_t>(layer_.filters_per_group()));
      std::iota(filters.begin(), filters.end(), g * layer_.filters_per_group());
      if (pair) {
        add_paired_groups(g, std::move(filters), groups);
      } else {
        add_groups(g, filters, groups);
      }
    }
    return groups;
  }
  void add_groups(int layer_group, const std::vector<int>& filters,
                  std::vector<FilterGroup>& groups) const {
    for (auto next = filters.begin(); next != filters.end();) {
      const auto count = std::min<std::ptrdiff_t>(config_.units, filters.end() - next);
      groups.push_back({layer_group, {next, next + count}, false});
      next += count;
    }
  }
  /// The densest filter beside the sparsest and so on, in groups of two for each unit. Filters of
  /// middle density, too few for such a group, have units of their own.
  void add_paired_groups(int layer_group, std::vector<int> filters,
                         std::vector<FilterGroup>& groups) const {
    std::stable_sort(filters.begin(), filters.end(),
                     [&](int a, int b) { return nonzeros_of(a) > nonzeros_of(b); });
    const std::size_t pairs_in_group = static_cast<std::size_t>(config_.units);
    const std::size_t paired = filters.size() / (2 * pairs_in_group) * pairs_in_group;
    for (std::size_t pair = 0; pair < paired; ++pair) {
      if (pair % pairs_in_group == 0) groups.push_back({layer_group, {}, true});
      groups.back().filters.push_back(filters[pair]);
      groups.back().filters.push_back(filters[filters.size() - 1 - pair]);
    }
    const auto middle = static_cast<std::ptrdiff_t>(paired);
    add_groups(layer_group, {filters.begin() + middle, filters.end() - middle}, groups);
  }

  /// The outputs (pairs of filter group and output position) of each cluster: in order, and as many
  /// each, where one of paired filters counts twice.
  std::vector<std::pair<std::int64_t, std::int64_t>> cluster_outputs(
      const std::vector<FilterGroup>& groups) const {
    std::int64_t total = 0;
    for (const FilterGroup& group : groups) total += (group.paired ? 2 : 1) * positions();
    std::vector<std::pair<std::int64_t, std::int64_t>> spans;
    std::int64_t output = 0;
    std::int64_t dealt = 0;
    for (std::int64_t cluster = 1; cluster <= config_.clusters; ++cluster) {
      const std::int64_t first = output;
      const auto weight = [&] {
        return groups[static_cast<std::size_t>(output / positions())].paired ? 2 : 1;
      };
      while (dealt < total && dealt + weight() <= ceil_div(total * cluster, config_.clusters)) {
        dealt += weight();
        ++output;
      }
      spans.emplace_back(first, output);
    }
    ensure(dealt == total, "sparten: an output without a cluster");
    return spans;
  }

  void run_image(const std::vector<FilterGroup>& groups) {
    std::vector<std::int64_t> work;
    int input_group = -1;
    ChunkedTensor input(0, 1, config_.chunk);
    for (const FilterGroup& group : groups) {
      if (group.layer_group != input_group) {
        input_group = group.layer_group;
        input = chunked_input(input_group);
      }
      const std::vector<std::vector<int>> order = unit_order(group);
      for (int p = 0; p < layer_.out.h; ++p) {
        for (int q = 0; q < layer_.out.w; ++q) {
          work.push_back(run_output(group, order, input, p, q));
        }
      }
    }
    std::vector<std::int64_t> busy;
    for (const auto& [first, last] : cluster_outputs(groups)) {
      busy.push_back(std::accumulate(work.begin() + first, work.begin() + last, std::int64_t{0}));
    }
    const std::int64_t cycles = *std::max_element(busy.begin(), busy.end());
    for (const std::int64_t of_cluster : busy) {
      run_.multiplier_cycles["idle_clusters"] += (cycles - of_cluster) * config_.units;
    }
    run_.compute_cycles += cycles;
  }

  /// The group's filters for each tap and chunk, in the order in which units have them: with GB-H
  /// the densest chunk stands beside the sparsest.
  std::vector<std::vector<int>> unit_order(const FilterGroup& group) const {
    const int chunks = filters_.num_chunks();
    std::vector<std::vector<int>> order(static_cast<std::size_t>(taps_ * chunks), group.filters);
    if (!group.paired || config_.balancing != Balancing::kHybrid) return order;
    for (int tap = 0; tap < taps_; ++tap) {
      for (int i = 0; i < chunks; ++i) {
        std::vector<std::pair<int, int>> by_count;
        for (const int k : group.filters) {
          by_count.emplace_back(-filters_.count(std::int64_t{k} * taps_ + tap, i), k);
        }
        std::sort(by_count.begin(), by_count.end());
        std::vector<int>& chunk_order = order[static_cast<std::size_t>(tap * chunks + i)];
        for (std::size_t j = 0; j < by_count.size(); ++j) {
          const std::size_t rank = j % 2 == 0 ? j / 2 : by_count.size() - 1 - j / 2;
          chunk_order[j] = by_count[rank].second;
        }
      }
    }
    return order;
  }

  /// One output position for a group of filters: every chunk of its window is broadcast, and all
  /// units finish with it before the next.
  std::int64_t run_output(const FilterGroup& group, const std::vector<std::vector<int>>& order,
                          const ChunkedTensor& input, int p, int q) {
    const Window& window = layer_.window;
    std::int64_t cycles = 0;
    for (int tap = 0; tap < taps_; ++tap) {
      const int h = p * window.stride_h - window.pad_top + tap / window.s;
      const int w = q * window.stride_w - window.pad_left + tap % window.s;
      if (h < 0 || h >= layer_.in.h || w < 0 || w >= layer_.in.w) continue;
      const std::int64_t position = std::int64_t{h} * layer_.in.w + w;
      for (int i = 0; i < filters_.num_chunks(); ++i) {
        const std::vector<int>& filters =
            order[static_cast<std::size_t>(tap * filters_.num_chunks() + i)];
        cycles += run_chunk(filters, group.paired, input, position, tap, i);
        if (sink_) send(filters, input, position, tap, i, p, q);
      }
    }
    if (group.paired && config_.balancing == Balancing::kHybrid) {
      run_.counters["sums_permuted"] += static_cast<std::int64_t>(group.filters.size());
    }
    return cycles;
  }

  int matches(const std::uint64_t* activations, int filter, int tap, int index) const {
    const std::uint64_t* weights = filters_.chunk(std::int64_t{filter} * taps_ + tap, index);
    int sum = 0;
    for (int i = 0; i < filters_.words_per_chunk(); ++i) {
      sum += std::popcount(activations[i] & weights[i]);
    }
    return sum;
  }

  std::int64_t run_chunk(const std::vector<int>& filters, bool paired, const ChunkedTensor& input,
                         std::int64_t position, int tap, int index) {
    const std::uint64_t* activations = input.chunk(position, index);
    const int nonzeros = input.count(position, index);
    const int fixed = config_.sparsity == Sparsity::kDense ? input.length(index) : nonzeros;
    const std::size_t per_unit = paired ? 2 : 1;
    std::int64_t slowest = 0;
    std::int64_t busy = 0;
    std::int64_t macs = 0;
    for (std::size_t i = 0; i < filters.size(); i += per_unit) {
      std::int64_t of_unit = 0;
      for (std::size_t j = i; j < i + per_unit; ++j) {
        const int count = two_sided() ? matches(activations, filters[j], tap, index) : fixed;
        macs += count;
        // A chunk without a match takes the cycle in which that is seen.
        of_unit += std::max(1, count);
      }
      busy += of_unit;
      slowest = std::max(slowest, of_unit);
    }
    const auto units = static_cast<std::int64_t>(filters.size() / per_unit);
    run_.macs += macs;
    run_.counters["multiplications"] += macs;
    run_.counters["chunks_joined"] += static_cast<std::int64_t>(filters.size());
    run_.counters["chunks_broadcast"] += 1;
    run_.counters["values_broadcast"] += fixed;
    run_.counters["unit_values_written"] += units * fixed;
    run_.multiplier_cycles["no_match"] += busy - macs;
    run_.multiplier_cycles["barrier"] += units * slowest - busy;
    run_.multiplier_cycles["idle_units"] += (config_.units - units) * slowest;
    return slowest;
  }

  void send(const std::vector<int>& filters, const ChunkedTensor& input, std::int64_t position,
            int tap, int index, int p, int q) const {
    const std::uint64_t* activations = input.chunk(position, index);
    for (const int k : filters) {
      const std::uint64_t* weights = filters_.chunk(std::int64_t{k} * taps_ + tap, index);
      const std::int64_t first_channel =
          std::int64_t{k / layer_.filters_per_group()} * layer_.channels_per_group();
      for (int i = 0; i < input.length(index); ++i) {
        const bool activation = activations[i / 64] >> (i % 64) & 1;
        const bool weight = weights[i / 64] >> (i % 64) & 1;
        if (config_.sparsity != Sparsity::kDense && !activation) continue;
        if (two_sided() && !weight) continue;
        const std::int64_t c = std::int64_t{index} * config_.chunk + i;
        sink_({image_, k * layer_.weights_per_filter() + c * taps_ + tap,
               (first_channel + c) * layer_.in.h * layer_.in.w + position,
               (std::int64_t{k} * layer_.out.h + p) * layer_.out.w + q});
      }
    }
  }

  /// Every cluster that works on a group of filters loads them once.
  void count_filter_loads(const std::vector<FilterGroup>& groups) {
    const int chunks = filters_.num_chunks() * taps_;
    for (const auto& [first, last] : cluster_outputs(groups)) {
      if (first == last) continue;
      for (std::int64_t g = first / positions(); g <= (last - 1) / positions(); ++g) {
        for (const int k : groups[static_cast<std::size_t>(g)].filters) {
          run_.counters["filter_chunks_loaded"] += std::int64_t{chunks} * layer_.images();
          run_.counters["filter_values_loaded"] +=
              (two_sided() ? nonzeros_of(k) : layer_.weights_per_filter()) * layer_.images();
        }
      }
    }
  }

  /// Bytes as SparseMap, or plain where zeros are not left out.
  std::int64_t bytes(std::int64_t values, std::int64_t nonzeros, bool sparse) const {
    return ceil_div(sparse ? nonzeros * config_.word_bits + values : values * config_.word_bits, 8);
  }

  void count_dram(std::int64_t groups) {
    const bool sparse_inputs = config_.sparsity != Sparsity::kDense;
    const std::int64_t weights = bytes(layer_.weights.size(), layer_.weights.count(), two_sided());
    const std::int64_t room = config_.global_buffer_bytes / 2;
    std::int64_t read = 0;
    for (const BitTensor& image : layer_.inputs) {
      const std::int64_t input = bytes(image.size(), image.count(), sparse_inputs);
      if (input <= room) {
        read += weights + (layer_.reads_network_input ? input : 0);
      } else {
        // Either inputs come again for each group of filters, or weights for each part of the
        // inputs.
        read += std::min(weights + input * groups, input + weights * ceil_div(input, room));
      }
    }
    run_.counters["dram_read_bytes"] = read;
    const std::int64_t outputs =
        bytes(layer_.out.size() * layer_.images(), layer_.output_nonzeros, sparse_inputs);
    if (layer_.writes_network_output || outputs > room * layer_.images()) {
      run_.counters["dram_written_bytes"] = outputs;
    }
  }

  const SpartenConfig& config_;
  const LayerWorkload& layer_;
  const ProductSink& sink_;
  int taps_;
  ChunkedTensor filters_;  ///< at position filter * taps + tap
  int image_ = 0;
  BaselineRun run_;
};

}  // namespace

void SpartenConfig::validate() const {
  shared.validate();
  if (chunk % 8 != 0) throw UserError({"", 0, "chunk"}, "expected a multiple of 8");
}

Sparten::Sparten(const SpartenConfig& config)
    : AcceleratorModel(config.clock_mhz, config.shared), config_(config) {
  config_.validate();
}

std::string Sparten::name() const {
  if (config_.sparsity == Sparsity::kDense) return "sparten-dense";
  if (config_.sparsity == Sparsity::kOneSided) return "sparten-one-sided";
  return config_.balancing == Balancing::kHybrid
             ? "sparten"
             : "sparten-" + std::string(enum_name(config_.balancing));
}

Skips Sparten::skips() const {
  switch (config_.sparsity) {
    case Sparsity::kDense:
      return Skips::kNothing;
    case Sparsity::kOneSided:
      return Skips::kZeroActivations;
    case Sparsity::kTwoSided:
      break;
  }
  return Skips::kAllZeros;
}

BaselineRun Sparten::compute(const LayerWorkload& layer, const ProductSink& sink) const {
  return SpartenLayer(config_, layer, sink).run();
}

std::string Sparten::arrangement() const {
  return fmt::format("{} clusters of {}", config_.clusters, config_.units);
}

MachineComponents Sparten::components(const CostModel& costs) const {
  using L = ComponentList;
  const std::int64_t units = multipliers();
  const int chunk_bits = config_.chunk;
  const double values_in_word = 64.0 / config_.word_bits;
  ComponentList list = shared_components(costs, config_.clock_mhz, config_.shared);
  const std::int64_t buffer_words = config_.global_buffer_bytes / 8;
  list.add_buffer("global_buffer", "global_buffer", buffer_words,
                  list.banks_of(buffer_words, config_.clusters),
                  {L::use("read", "values_broadcast", 1 / values_in_word),
                   L::use("read", "chunks_broadcast", chunk_bits / 64.0),
                   L::use("read", "filter_values_loaded", 1 / values_in_word),
                   L::use("read", "filter_chunks_loaded", chunk_bits / 64.0),
                   L::use("write", "outputs_written", 1 / values_in_word)});
  // A match reads an activation and a weight, each from a memory of its own.
  list.add_memory(
      "unit_buffers", "unit_buffers", config_.word_bits,
      ceil_div(config_.unit_buffer_bytes * std::int64_t{8}, std::int64_t{2} * config_.word_bits),
      2 * units,
      {L::use("read", "multiplications", 2), L::use("write", "unit_values_written"),
       L::use("write", "filter_values_loaded")});
  if (config_.sparsity == Sparsity::kTwoSided) {
    // The maps of a chunk stand still while its matches are taken one by one.
    GateCounts maps;
    maps.gates = chunk_bits;  // the AND of both
    maps.registers = std::int64_t{2} * chunk_bits;
    list.add_logic("chunk_maps", "inner_join", maps, units, {L::use("operate", "chunks_joined")});
    list.add_logic("prefix_sums", "inner_join", prefix_popcount(chunk_bits), 2 * units,
                   {L::use("operate", "chunks_joined", 2)});
    list.add_logic("encoders", "inner_join", priority_encoder(chunk_bits), units,
                   {L::use("operate", "multiplications")});
    // Only the path to a match's prefix sum switches in the tree that selects it.
    const double path = static_cast<double>(ceil_log2(chunk_bits)) / (chunk_bits - 1);
    list.add_logic("offset_selectors", "inner_join",
                   word_multiplexer(chunk_bits, ceil_log2(chunk_bits)), 2 * units,
                   {L::use("operate", "multiplications", 2 * path)});
  }
  list.add_multipliers(config_.word_bits, config_.word_bits, units,
                       {L::use("multiply", "multiplications")});
  list.add_adders("adders", "multipliers", config_.sum_bits, units,
                  {L::use("add", "multiplications")});
  list.add_logic("sums", "multipliers", {.registers = std::int64_t{2} * config_.sum_bits}, units,
                 {L::use("operate", "multiplications", 0.5)});
  if (config_.balancing == Balancing::kHybrid && config_.sparsity == Sparsity::kTwoSided) {
    list.add_logic("permute_networks", "permute_networks",
                   permutation_network(config_.units, config_.sum_bits), config_.clusters,
                   {L::use("operate", "sums_permuted", 1.0 / config_.units)});
  }
  list.add_wires("broadcast", "network", config_.word_bits, 1,
                 {L::use("transfer", "values_broadcast"),
                  L::use("transfer", "chunks_broadcast", chunk_bits / 8.0 * 8 / config_.word_bits),
                  L::use("transfer", "filter_values_loaded")});
  return list.take();
}

namespace {

class SpartenSizes : public BaselineSizes {
 public:
  explicit SpartenSizes(SpartenConfig& config) : config_(config) {}
  std::int64_t multipliers_of_unit() const override { return config_.units; }
  void set_units(int units) override { config_.clusters = units; }
  std::int64_t activation_bytes() const override { return config_.global_buffer_bytes; }
  void set_activation_bytes(std::int64_t bytes) override { config_.global_buffer_bytes = bytes; }

 private:
  SpartenConfig& config_;
};

void take_common_terms(SpartenConfig& config, const CommonTerms& terms) {
  config.global_buffer_bytes = terms.buffer_bytes;
  config.word_bits = 8;
  config.sum_bits = 24;
  config.clock_mhz = terms.clock_mhz;
  config.shared = terms.shared;
}

std::function<void(SpartenConfig&)> with(Balancing balancing, Sparsity sparsity) {
  return [=](SpartenConfig& config) {
    config.balancing = balancing;
    config.sparsity = sparsity;
  };
}

}  // namespace

void add_sparten(BaselineRegistry& registry) {
  registry.add(
      BaselineOf<SpartenConfig>("sparten", "SparTen", 2019)
          .compared_by_default()
          .on_common_terms(take_common_terms)
          .sized_by<SpartenSizes>()
          .variant<Sparten>("sparten")
          .variant<Sparten>("sparten-gb-s", with(Balancing::kSoftware, Sparsity::kTwoSided))
          .variant<Sparten>("sparten-none", with(Balancing::kNone, Sparsity::kTwoSided))
          .variant<Sparten>("sparten-one-sided", with(Balancing::kNone, Sparsity::kOneSided))
          .variant<Sparten>("sparten-dense", with(Balancing::kNone, Sparsity::kDense))
          .take());
}

}  // namespace escalate
