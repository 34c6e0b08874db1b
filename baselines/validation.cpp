#include "baselines/validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <memory>

#include "baselines/baselines_config.h"
#include "baselines/dcnn.h"
#include "baselines/eyeriss.h"
#include "baselines/scnn.h"
#include "baselines/sparten.h"
#include "common/error.h"
#include "common/math.h"
#include "energy/energy_model.h"
#include "workloads/draw.h"
#include "workloads/quick_layer.h"
#include "workloads/yaml_map.h"
#include "workloads/yaml_reader.h"

namespace escalate {
namespace {

constexpr const char* kEyeriss = "JSSC 52(1), 2017";
constexpr const char* kScnn = "ISCA 2017";
constexpr const char* kSparten = "MICRO 2019";

ValidationRow row(std::string machine, std::string figure, std::string unit, double published,
                  double ours, std::string source) {
  return {std::move(machine),
          std::move(figure),
          std::move(unit),
          published,
          ours,
          ours,
          ours,
          std::move(source),
          false};
}

ValidationRow range(ValidationRow row, double low, double high) {
  row.ours_low = std::min(low, high);
  row.ours_high = std::max(low, high);
  row.ours = (low + high) / 2;
  return row;
}

/// `row`, whose published figure is an upper bound.
ValidationRow bound(ValidationRow row) {
  row.is_bound = true;
  return row;
}

std::string path_of(const std::string& root, const std::string& network) {
  return root + "/workloads/zoo/" + network + ".yaml";
}

/// Densities of a layer's weights and input activations.
struct Densities {
  double weights = 0, activations = 0;
};
Densities googlenet_densities(const std::string& root, const std::string& end) {
  const std::string path = root + "/configs/validation/googlenet_densities.yaml";
  const YamlMap ends(path, load_yaml_file(path), "densities");
  const YamlMap map(path, ends.value(end), end);
  map.check_keys({"weights", "activations"});
  return {map.number("weights", 1e-6, 1), map.number("activations", 1e-6, 1)};
}

std::vector<LayerWorkload> convolutions(const std::string& root, const std::string& network,
                                        int images) {
  std::vector<LayerWorkload> layers = make_yaml_workloads(path_of(root, network), images, 0);
  std::erase_if(layers, [](const LayerWorkload& layer) { return layer.kind == "fc"; });
  return layers;
}

/// A network drawn at these densities in all layers that `selects` names.
std::vector<LayerWorkload> drawn_at(const std::string& root, const std::string& network,
                                    const Densities& densities,
                                    const std::function<bool(const std::string&)>& selects) {
  Graph graph = read_yaml_workload(path_of(root, network));
  for (Node& node : graph.nodes) {
    if (!node.drawn || !selects(node.name)) continue;
    node.drawn->weight = densities.weights;
    node.drawn->activation = densities.activations;
  }
  DrawOptions options;
  options.plain_weights = true;
  std::vector<LayerWorkload> layers = make_drawn_workloads(draw_network(graph, options).network, 1);
  std::erase_if(layers, [&](const LayerWorkload& layer) {
    return layer.kind == "fc" || !selects(layer.name);
  });
  return layers;
}

bool any_layer(const std::string&) { return true; }
bool in_inception_module(const std::string& name) { return name.starts_with("inception"); }

/// Sums over the layers of a network.
struct Sums {
  double cycles = 0;  ///< cycles of computing
  NamedCounts counters;
  NamedValues<double> energy_pj;

  double on_chip_pj() const { return energy_pj.sum() - energy_pj.value_of("dram"); }
};

Sums run(const AcceleratorModel& model, const std::vector<LayerWorkload>& layers, int node_nm) {
  EnergyConfig config;
  config.node_nm = node_nm;
  const CostModel costs(config);
  const EnergyModel energy(costs, model.components(costs));
  Sums sums;
  for (const LayerWorkload& layer : layers) {
    const BaselineRun run = model.run(layer);
    sums.cycles += static_cast<double>(run.compute_cycles);
    sums.counters.add(run.counters);
    sums.energy_pj.add(energy.evaluate(run.counters, run.compute_cycles).by_group());
  }
  return sums;
}

double buffer_bytes(const EyerissConfig& config, const NamedCounts& counters) {
  const auto words = [&](const char* name) { return static_cast<double>(counters.value_of(name)); };
  return ((words("input_words") + words("filter_words")) * config.word_bits +
          (words("sum_reads") + words("sum_writes")) * config.sum_bits) /
         8;
}

double dram_bytes(const NamedCounts& counters) {
  return static_cast<double>(counters.value_of("dram_read_bytes") +
                             counters.value_of("dram_written_bytes"));
}

/// Nearest to the 16 nm of the SCNN paper and to the 45 nm of SparTen's.
constexpr int kScnnNode = 22;
constexpr int kSpartenNode = 45;
constexpr int kEyerissNode = 65;

/// Energies of 16 bits at 65 nm in pJ that nn_dataflow has for Eyeriss: beside ours, another source
/// for what the same counts amount to.
double pj_by_nn_dataflow(const NamedCounts& counters) {
  const auto count = [&](const char* name) { return static_cast<double>(counters.value_of(name)); };
  const double macs = count("multiplications");
  // An operand and a weight are read, a sum is read and written. Of a gated one only the operand is
  // read.
  const double registers = 4 * macs + count("gated_multiplications");
  const double array = count("filter_deliveries") + count("input_deliveries") + count("sum_hops");
  const double buffer = count("input_words") + count("filter_words") + count("sum_reads") +
                        count("sum_writes") + count("buffer_fill_words");
  return 2 * macs + 1 * registers + 4 * array + 15 * buffer;
}

/// Milliseconds of processing, and with all DRAM traffic before or after it instead of beside it.
struct Milliseconds {
  double processing = 0, one_after_the_other = 0;
};
Milliseconds milliseconds(const EyerissConfig& config, const Sums& sums) {
  const double processing = sums.cycles / (config.clock_mhz * 1e3);
  const double link_ms = dram_bytes(sums.counters) / config.shared.dram_bytes_per_ns() * 1e-6;
  return {processing, processing + link_ms};
}

std::vector<ValidationRow> eyeriss_alexnet(const std::string& root, EyerissMappings mappings) {
  const EyerissConfig config;
  const Eyeriss eyeriss(config, std::move(mappings));
  const std::vector<LayerWorkload> layers = convolutions(root, "alexnet-imagenet", 4);
  constexpr std::array<double, 5> kMilliseconds = {16.5, 39.2, 21.8, 16.0, 10.0};
  constexpr std::array<double, 5> kActive = {154, 135, 156, 156, 156};
  constexpr std::array<double, 5> kMilliwatts = {332, 288, 266, 235, 236};
  ensure(layers.size() == kActive.size(), "AlexNet has five convolutions");
  std::vector<ValidationRow> rows;
  std::vector<ValidationRow> powers;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const std::string name = fmt::format("AlexNet CONV{}", i + 1);
    const Sums sums = run(eyeriss, {layers[i]}, kEyerissNode);
    const double ms = milliseconds(config, sums).processing;
    rows.push_back(row("Eyeriss", name + " active PEs", "", kActive[i],
                       eyeriss.active_pes(layers[i], eyeriss.map(layers[i])), kEyeriss));
    rows.push_back(row("Eyeriss", name + " processing", "ms", kMilliseconds[i], ms, kEyeriss));
    powers.push_back(row("Eyeriss", name + " power of the chip", "mW", kMilliwatts[i],
                         sums.on_chip_pj() / ms * 1e-6, kEyeriss));
  }
  const Sums all = run(eyeriss, layers, kEyerissNode);
  const Milliseconds ms = milliseconds(config, all);
  rows.push_back(row("Eyeriss", "AlexNet processing", "ms", 103.5, ms.processing, kEyeriss));
  rows.push_back(range(row("Eyeriss", "AlexNet with waiting for DRAM", "ms", 115.3, 0, kEyeriss),
                       ms.processing, ms.one_after_the_other));
  rows.push_back(row("Eyeriss", "AlexNet global buffer", "MB", 208.5,
                     buffer_bytes(config, all.counters) * 1e-6, kEyeriss));
  rows.push_back(
      row("Eyeriss", "AlexNet DRAM", "MB", 15.4, dram_bytes(all.counters) * 1e-6, kEyeriss));
  rows.insert(rows.end(), powers.begin(), powers.end());
  rows.push_back(row("Eyeriss", "AlexNet power of the chip", "mW", 278,
                     all.on_chip_pj() / ms.processing * 1e-6, kEyeriss));
  rows.push_back(row("Eyeriss", "the same counts with nn_dataflow's energies of operations", "mW",
                     278, pj_by_nn_dataflow(all.counters) / ms.processing * 1e-6, kEyeriss));
  return rows;
}

std::vector<ValidationRow> eyeriss_vgg(const std::string& root, EyerissMappings mappings) {
  EyerissConfig config;
  config.batch = 3;
  const Eyeriss eyeriss(config, std::move(mappings));
  const std::vector<LayerWorkload> layers = convolutions(root, "vgg16-imagenet", config.batch);
  const Sums all = run(eyeriss, layers, kEyerissNode);
  const BaselineRun early = eyeriss.run(layers.at(1));
  const Milliseconds ms = milliseconds(config, all);
  const auto frames = [&](double of_batch) { return config.batch / of_batch * 1e3; };
  return {range(row("Eyeriss", "VGG16 frames a second", "1/s", 0.7, 0, kEyeriss),
                frames(ms.one_after_the_other), frames(ms.processing)),
          row("Eyeriss", "VGG16 CONV1_2 MACs a cycle", "", 34,
              static_cast<double>(early.macs_dense) / static_cast<double>(early.compute_cycles),
              "derived from JSSC 52(1), 2017"),
          row("Eyeriss", "VGG16 DRAM", "MB", 321.1, dram_bytes(all.counters) * 1e-6, kEyeriss),
          row("Eyeriss", "VGG16 power of the chip", "mW", 236,
              all.on_chip_pj() / ms.processing * 1e-6, kEyeriss)};
}

/// Energy of one action of a part at Eyeriss's node, in pJ.
double eyeriss_pj(const char* kind, const NamedValues<double>& attributes, const char* action) {
  EnergyConfig config;
  config.node_nm = kEyerissNode;
  return CostModel(config).cost({"part", "group", kind, attributes, 1}).action_pj.value_of(action);
}

std::vector<ValidationRow> joined(std::vector<ValidationRow> rows,
                                  const std::vector<ValidationRow>& more) {
  rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

/// How many times as fast SCNN is as DCNN, and its share of DCNN's energy, with and without DRAM.
struct OverDcnn {
  double speedup = 0;
  double energy = 0;
  double energy_on_chip = 0;
};
OverDcnn over_dcnn(const std::vector<LayerWorkload>& layers) {
  const Sums scnn = run(Scnn(ScnnConfig{}), layers, kScnnNode);
  const Sums dcnn = run(Dcnn(DcnnConfig{}), layers, kScnnNode);
  return {dcnn.cycles / scnn.cycles, scnn.energy_pj.sum() / dcnn.energy_pj.sum(),
          scnn.on_chip_pj() / dcnn.on_chip_pj()};
}

/// Share of the cycles of SCNN's multipliers that make products, in layers of this prefix.
double percent_at_work(const std::vector<LayerWorkload>& layers, const std::string& prefix) {
  const Scnn scnn{ScnnConfig{}};
  double macs = 0;
  double cycles = 0;
  for (const LayerWorkload& layer : layers) {
    if (!layer.name.starts_with(prefix)) continue;
    const BaselineRun run = scnn.run(layer);
    macs += static_cast<double>(run.macs);
    cycles += static_cast<double>(run.compute_cycles);
  }
  return 100 * macs / (cycles * static_cast<double>(scnn.multipliers()));
}

/// Cycles of another machine over SparTen's. We do not know what the paper's means are taken of.
/// Ours go from the geometric mean over networks, each with all its cycles, to the mean over the
/// layers of a network and these over networks.
class OverSparten {
 public:
  explicit OverSparten(std::unique_ptr<AcceleratorModel> other) : other_(std::move(other)) {}

  /// `cycles` are SparTen's by layer.
  void add_network(const std::vector<LayerWorkload>& layers, const std::vector<double>& cycles) {
    double sum = 0;
    double own = 0;
    double ratios = 0;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const auto others = static_cast<double>(other_->run(layers[i]).compute_cycles);
      sum += others;
      own += cycles[i];
      ratios += others / cycles[i];
    }
    of_networks_.push_back(sum / own);
    of_layers_.push_back(ratios / static_cast<double>(layers.size()));
  }
  ValidationRow row_of(const std::string& figure, double published) const {
    double of_layers = 0;
    for (const double mean : of_layers_) of_layers += mean / static_cast<double>(of_layers_.size());
    return range(row("SparTen", figure, "x", published, 0, kSparten), geometric_mean(of_networks_),
                 of_layers);
  }

 private:
  std::unique_ptr<AcceleratorModel> other_;
  std::vector<double> of_networks_, of_layers_;
};

}  // namespace

double ValidationRow::error() const {
  if (is_bound) return std::max(0.0, (ours_high - published) / published);
  const double nearest = std::clamp(published, ours_low, ours_high);
  return (nearest - published) / published;
}

std::vector<ValidationRow> validate_eyeriss(const std::string& root) {
  return joined(eyeriss_alexnet(root, {}), eyeriss_vgg(root, {}));
}

std::vector<ValidationRow> validate_eyeriss_hierarchy() {
  constexpr const char* kSource = "ISCA 2016";
  constexpr double kPitchMm = 3.5 / 14;  // the array's side over its columns
  const double mac = eyeriss_pj("multiplier", {{"width_a", 16}, {"width_b", 16}}, "multiply") +
                     eyeriss_pj("adder", {{"width", 32}}, "add");
  const auto over_mac = [&](const char* figure, double published, double pj) {
    return row("Eyeriss", figure, "x", published, pj / mac, kSource);
  };
  return {over_mac("512 bytes of registers", 1,
                   eyeriss_pj("sram", {{"width", 16}, {"depth", 256}}, "read")),
          over_mac("from one PE to the next", 2,
                   eyeriss_pj("wire", {{"width", 16}, {"length_mm", kPitchMm}}, "transfer")),
          over_mac("global buffer of 100 KB", 6,
                   eyeriss_pj("sram", {{"width", 64}, {"depth", 12800}}, "read") / 4),
          over_mac("DRAM (LPDDR4)", 200, eyeriss_pj("dram", {{"width", 16}}, "read"))};
}

std::vector<ValidationRow> validate_mapped_eyeriss(const std::string& root) {
  const std::string path = root + "/configs/validation/eyeriss_mappings.yaml";
  return joined(eyeriss_alexnet(root, read_eyeriss_mappings(path, "alexnet-imagenet")),
                eyeriss_vgg(root, read_eyeriss_mappings(path, "vgg16-imagenet")));
}

std::vector<ValidationRow> validate_scnn(const std::string& root) {
  const OverDcnn alexnet = over_dcnn(convolutions(root, "alexnet-imagenet", 1));
  const OverDcnn vgg = over_dcnn(convolutions(root, "vgg16-imagenet", 1));
  // The paper prints GoogLeNet's densities as bars only.
  const auto googlenet_at = [&](const std::string& end) {
    return drawn_at(root, "googlenet-imagenet", googlenet_densities(root, end),
                    in_inception_module);
  };
  const std::vector<LayerWorkload> sparsest = googlenet_at("sparsest");
  const std::vector<LayerWorkload> densest = googlenet_at("densest");
  const OverDcnn sparser = over_dcnn(sparsest);
  const OverDcnn denser = over_dcnn(densest);
  const ValidationRow googlenet =
      range(row("SCNN", "GoogLeNet speed-up over DCNN", "x", 2.19, 0, kScnn), sparser.speedup,
            denser.speedup);
  const auto mean = [&](double of_googlenet) {
    return (alexnet.speedup + vgg.speedup + of_googlenet) / 3;
  };
  const auto energy = [&](double of_googlenet) {
    return (1 / alexnet.energy + 1 / vgg.energy + 1 / of_googlenet) / 3;
  };
  return {row("SCNN", "AlexNet speed-up over DCNN", "x", 2.37, alexnet.speedup, kScnn),
          row("SCNN", "VGG16 speed-up over DCNN", "x", 3.52, vgg.speedup, kScnn),
          googlenet,
          range(row("SCNN", "mean speed-up over DCNN", "x", 2.7, 0, kScnn), mean(sparser.speedup),
                mean(denser.speedup)),
          range(row("SCNN", "mean energy advantage over DCNN", "x", 2.3, 0, kScnn),
                energy(sparser.energy), energy(denser.energy)),
          bound(range(
              row("SCNN", "multipliers at work in GoogLeNet's last modules", "%", 20, 0, kScnn),
              percent_at_work(sparsest, "inception_5"), percent_at_work(densest, "inception_5")))};
}

std::vector<ValidationRow> validate_scnn_densities(const std::string& root) {
  std::map<double, OverDcnn> at;
  for (const double density : {1.0, 0.9, 0.8, 0.7, 0.1}) {
    at[density] =
        over_dcnn(drawn_at(root, "googlenet-imagenet", {density, density}, in_inception_module));
  }
  double break_even = 0;
  for (auto next = std::next(at.begin()); next != at.end(); ++next) {
    const auto last = std::prev(next);
    if (last->second.speedup < 1 || next->second.speedup >= 1) continue;
    const double share = (last->second.speedup - 1) / (last->second.speedup - next->second.speedup);
    break_even = last->first + share * (next->first - last->first);
  }
  return {row("SCNN", "speed-up at densities 1 and 1", "x", 0.79, at[1.0].speedup, kScnn),
          row("SCNN", "density at which both are as fast", "", 0.85, break_even, kScnn),
          row("SCNN", "speed-up at densities 0.1 and 0.1", "x", 24, at[0.1].speedup, kScnn),
          row("SCNN", "energy over DCNN's at 1 and 1", "x", 1.33, at[1.0].energy, kScnn),
          row("SCNN", "the same without DRAM", "x", 1.33, at[1.0].energy_on_chip, kScnn),
          row("SCNN", "energy over DCNN's at 0.1 and 0.1", "x", 0.06, at[0.1].energy, kScnn),
          row("SCNN", "the same without DRAM", "x", 0.06, at[0.1].energy_on_chip, kScnn)};
}

std::vector<ValidationRow> validate_sparten(const std::string& root) {
  BaselinesConfig config;
  BaselinesConfig without_queues = config;
  without_queues.get<ScnnConfig>().bank_queue = 0;
  const auto sparten = make_baseline("sparten", config);
  OverSparten dense(make_baseline("sparten-dense", config));
  OverSparten one_sided(make_baseline("sparten-one-sided", config));
  OverSparten scnn(make_baseline("scnn", config));
  OverSparten plain_scnn(make_baseline("scnn", without_queues));
  Sums sums;
  for (const char* network : {"alexnet-imagenet", "googlenet-imagenet", "vgg16-imagenet"}) {
    const std::vector<LayerWorkload> layers = convolutions(root, network, 1);
    std::vector<double> cycles;
    for (const LayerWorkload& layer : layers) {
      const Sums of_layer = run(*sparten, {layer}, kSpartenNode);
      cycles.push_back(of_layer.cycles);
      sums.cycles += of_layer.cycles;
      sums.energy_pj.add(of_layer.energy_pj);
    }
    for (OverSparten* other : {&dense, &one_sided, &scnn, &plain_scnn}) {
      other->add_network(layers, cycles);
    }
  }
  const auto cluster_mw = [&](const char* group) {
    const double us = sums.cycles / sparten->clock_mhz() * config.get<SpartenConfig>().clusters;
    return sums.energy_pj.value_of(group) / us * 1e-3;
  };
  const auto power = [&](const char* figure, double published, const char* group) {
    return row("SparTen", figure, "mW", published, cluster_mw(group), kSparten);
  };
  return {dense.row_of("mean speed-up over the dense machine", 4.7),
          one_sided.row_of("mean speed-up over the one-sided machine", 1.8),
          scnn.row_of("mean speed-up over SCNN", 3),
          plain_scnn.row_of("the same, SCNN without queues in front of its banks", 3),
          power("prefix sums and encoders of a cluster", 48.0 + 6.4, "inner_join"),
          power("MACs of a cluster", 13.82, "multipliers"),
          power("buffers of a cluster", 19.2, "unit_buffers"),
          power("permutation network of a cluster", 10.6, "permute_networks")};
}

std::vector<ValidationRow> cross_check_scnn(const std::string& root) {
  // The settings and rules are that simulator's: 6144 accumulators a PE, no queue in front of a
  // bank, and a barrier after every input channel.
  ScnnConfig config;
  config.accumulator_entries = 192;
  config.bank_queue = 0;
  config.channel_barrier = true;
  const Scnn scnn(config);
  const auto layer = [](const std::string& shape, const std::string& densities) {
    DrawOptions options;
    options.plain_weights = true;
    return make_drawn_workloads(draw_network(parse_quick_layer(shape + densities), options).network,
                                1);
  };
  const std::string sparse = ",weight_density=0.2,activation_density=0.5";
  const std::string large = "C=64,K=64,R=3,H=56";
  const std::string deep = "C=512,K=512,R=3,H=7";
  const auto cycles = [&](const std::vector<LayerWorkload>& layers) {
    return run(scnn, layers, kScnnNode).cycles;
  };
  constexpr const char* kSource = "Toronto's simulator, run by us";
  const auto resnet50 = [&](const Densities& densities) {
    return cycles(drawn_at(root, "resnet50-imagenet", densities, any_layer));
  };
  return {row("SCNN", "3x3, 64 to 64 on 56x56, weights 20%, activations 50%", "cycles", 48361,
              cycles(layer(large, sparse)), kSource),
          row("SCNN", "the same, dense", "cycles", 147968, cycles(layer(large, "")), kSource),
          row("SCNN", "3x3, 512 to 512 on 7x7, weights 20%, activations 50%", "cycles", 174010,
              cycles(layer(deep, sparse)), kSource),
          row("SCNN", "the same, dense", "cycles", 590848, cycles(layer(deep, "")), kSource),
          row("SCNN", "ResNet-50, weights 20%, activations 50%", "cycles", 2401717,
              resnet50({0.2, 0.5}), kSource),
          row("SCNN", "the same, dense", "cycles", 7817091, resnet50({1, 1}), kSource)};
}

Table validation_table(const std::vector<ValidationRow>& rows) {
  Table table({{"machine"},
               {"figure"},
               {"published", Align::kRight},
               {"ours", Align::kRight},
               {"error", Align::kRight},
               {"source"}});
  const auto number = [](double value) {
    return value >= 1000 ? format_count(std::llround(value)) : fmt::format("{:.4g}", value);
  };
  const auto error = [](const ValidationRow& row) -> std::string {
    if (row.error() == 0 && row.is_bound) return "below it";
    if (row.error() == 0 && row.is_range()) return "in the range";
    return fmt::format("{:+.1f}%", 100 * row.error());
  };
  for (const ValidationRow& row : rows) {
    const std::string unit = row.unit.empty() ? "" : " " + row.unit;
    const std::string ours =
        row.is_range() ? number(row.ours_low) + " to " + number(row.ours_high) : number(row.ours);
    table.add_row({row.machine, row.figure,
                   (row.is_bound ? "< " : "") + number(row.published) + unit, ours + unit,
                   error(row), row.source});
  }
  return table;
}

std::string validation_document(const std::string& root) {
  const auto section = [](const std::string& title, const std::vector<ValidationRow>& rows) {
    return "### " + title + "\n\n" + validation_table(rows).markdown() + "\n";
  };
  return section("Eyeriss, mappings by our search", validate_eyeriss(root)) +
         section("Eyeriss, mappings of the chip", validate_mapped_eyeriss(root)) +
         section("Eyeriss, energy of an access to 16 bits over a MAC's",
                 validate_eyeriss_hierarchy()) +
         section("SCNN", validate_scnn(root)) +
         section("SCNN on GoogLeNet by density", validate_scnn_densities(root)) +
         section("SparTen", validate_sparten(root)) +
         section("SCNN in another simulator", cross_check_scnn(root));
}

}  // namespace escalate
