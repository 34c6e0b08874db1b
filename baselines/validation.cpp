#include "baselines/validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>

#include "baselines/baselines_config.h"
#include "common/error.h"
#include "energy/energy_model.h"
#include "workloads/draw.h"
#include "workloads/quick_layer.h"
#include "workloads/yaml_reader.h"

namespace escalate {
namespace {

constexpr const char* kEyeriss = "JSSC 52(1), 2017";
constexpr const char* kScnn = "ISCA 2017";
constexpr const char* kSparten = "MICRO 2019";

ValidationRow row(std::string machine, std::string figure, std::string unit, double published,
                  double ours, std::string source) {
  return {std::move(machine), std::move(figure), std::move(unit), published, ours, ours, ours,
          std::move(source)};
}

ValidationRow range(ValidationRow row, double low, double high) {
  row.ours_low = std::min(low, high);
  row.ours_high = std::max(low, high);
  row.ours = (low + high) / 2;
  return row;
}

std::string path_of(const std::string& zoo, const std::string& network) {
  return zoo + "/" + network + ".yaml";
}

std::vector<LayerWorkload> convolutions(const std::string& zoo, const std::string& network,
                                        int images) {
  std::vector<LayerWorkload> layers = make_yaml_workloads(path_of(zoo, network), images, 0);
  std::erase_if(layers, [](const LayerWorkload& layer) { return layer.kind == "fc"; });
  return layers;
}

/// A network drawn at these densities in all layers that `selects` names.
std::vector<LayerWorkload> drawn_at(const std::string& zoo, const std::string& network,
                                    double weights, double activations,
                                    const std::function<bool(const std::string&)>& selects) {
  Graph graph = read_yaml_workload(path_of(zoo, network));
  for (Node& node : graph.nodes) {
    if (!node.drawn || !selects(node.name)) continue;
    node.drawn->weight = weights;
    node.drawn->activation = activations;
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
  double cycles = 0;  ///< of computing
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

double geometric_mean(const std::vector<double>& factors) {
  double sum = 0;
  for (const double factor : factors) sum += std::log(factor);
  return std::exp(sum / static_cast<double>(factors.size()));
}

/// Nearest to the 16 nm of the SCNN paper and to the 45 nm of SparTen's.
constexpr int kScnnNode = 22;
constexpr int kSpartenNode = 45;
constexpr int kEyerissNode = 65;

std::vector<ValidationRow> eyeriss_alexnet(const std::string& zoo) {
  const EyerissConfig config;
  const Eyeriss eyeriss(config);
  const std::vector<LayerWorkload> layers = convolutions(zoo, "alexnet-imagenet", 4);
  constexpr std::array<double, 5> kMilliseconds = {16.5, 39.2, 21.8, 16.0, 10.0};
  constexpr std::array<double, 5> kActive = {154, 135, 156, 156, 156};
  constexpr std::array<double, 5> kMilliwatts = {332, 288, 266, 235, 236};
  ensure(layers.size() == kActive.size(), "AlexNet has five convolutions");
  std::vector<ValidationRow> rows;
  std::vector<ValidationRow> powers;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const std::string name = fmt::format("AlexNet CONV{}", i + 1);
    const Sums sums = run(eyeriss, {layers[i]}, kEyerissNode);
    const double ms = sums.cycles / (config.clock_mhz * 1e3);
    rows.push_back(row("Eyeriss", name + " active PEs", "", kActive[i],
                       eyeriss.active_pes(layers[i], eyeriss.map(layers[i])), kEyeriss));
    rows.push_back(row("Eyeriss", name + " processing", "ms", kMilliseconds[i], ms, kEyeriss));
    powers.push_back(row("Eyeriss", name + " power of the chip", "mW", kMilliwatts[i],
                         sums.on_chip_pj() / ms * 1e-6, kEyeriss));
  }
  const Sums all = run(eyeriss, layers, kEyerissNode);
  const double ms = all.cycles / (config.clock_mhz * 1e3);
  rows.push_back(row("Eyeriss", "AlexNet processing", "ms", 103.5, ms, kEyeriss));
  rows.push_back(row("Eyeriss", "AlexNet global buffer", "MB", 208.5,
                     buffer_bytes(config, all.counters) * 1e-6, kEyeriss));
  rows.push_back(
      row("Eyeriss", "AlexNet DRAM", "MB", 15.4, dram_bytes(all.counters) * 1e-6, kEyeriss));
  rows.insert(rows.end(), powers.begin(), powers.end());
  rows.push_back(row("Eyeriss", "AlexNet power of the chip", "mW", 278,
                     all.on_chip_pj() / ms * 1e-6, kEyeriss));
  return rows;
}

std::vector<ValidationRow> eyeriss_vgg(const std::string& zoo) {
  EyerissConfig config;
  config.batch = 3;
  const Sums all =
      run(Eyeriss(config), convolutions(zoo, "vgg16-imagenet", config.batch), kEyerissNode);
  const double seconds = all.cycles / (config.clock_mhz * 1e6);
  return {row("Eyeriss", "VGG16 frames a second", "1/s", 0.7, config.batch / seconds, kEyeriss),
          row("Eyeriss", "VGG16 DRAM", "MB", 321.1, dram_bytes(all.counters) * 1e-6, kEyeriss),
          row("Eyeriss", "VGG16 power of the chip", "mW", 236, all.on_chip_pj() / seconds * 1e-9,
              kEyeriss)};
}

/// How many times as fast SCNN is as DCNN, and its share of DCNN's energy.
struct OverDcnn {
  double speedup = 0;
  double energy = 0;
};
OverDcnn over_dcnn(const std::vector<LayerWorkload>& layers) {
  const Sums scnn = run(Scnn(ScnnConfig{}), layers, kScnnNode);
  const Sums dcnn = run(Dcnn(DcnnConfig{}), layers, kScnnNode);
  return {dcnn.cycles / scnn.cycles, scnn.energy_pj.sum() / dcnn.energy_pj.sum()};
}

}  // namespace

double ValidationRow::error() const {
  const double nearest = std::clamp(published, ours_low, ours_high);
  return (nearest - published) / published;
}

std::vector<ValidationRow> validate_eyeriss(const std::string& zoo) {
  std::vector<ValidationRow> rows = eyeriss_alexnet(zoo);
  const std::vector<ValidationRow> vgg = eyeriss_vgg(zoo);
  rows.insert(rows.end(), vgg.begin(), vgg.end());
  return rows;
}

std::vector<ValidationRow> validate_scnn(const std::string& zoo) {
  const OverDcnn alexnet = over_dcnn(convolutions(zoo, "alexnet-imagenet", 1));
  const OverDcnn vgg = over_dcnn(convolutions(zoo, "vgg16-imagenet", 1));
  // The paper prints GoogLeNet's densities as bars only.
  const OverDcnn sparser =
      over_dcnn(drawn_at(zoo, "googlenet-imagenet", 0.35, 0.4, in_inception_module));
  const OverDcnn denser =
      over_dcnn(drawn_at(zoo, "googlenet-imagenet", 0.5, 0.5, in_inception_module));
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
          row("SCNN", "VGG16 speed-up over DCNN", "x", 3.52, vgg.speedup, kScnn), googlenet,
          range(row("SCNN", "mean speed-up over DCNN", "x", 2.7, 0, kScnn), mean(sparser.speedup),
                mean(denser.speedup)),
          range(row("SCNN", "mean energy advantage over DCNN", "x", 2.3, 0, kScnn),
                energy(sparser.energy), energy(denser.energy))};
}

std::vector<ValidationRow> validate_scnn_densities(const std::string& zoo) {
  std::map<double, OverDcnn> at;
  for (const double density : {1.0, 0.9, 0.8, 0.7, 0.1}) {
    at[density] =
        over_dcnn(drawn_at(zoo, "googlenet-imagenet", density, density, in_inception_module));
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
          row("SCNN", "energy over DCNN's at 0.1 and 0.1", "x", 0.06, at[0.1].energy, kScnn)};
}

std::vector<ValidationRow> validate_sparten(const std::string& zoo) {
  std::map<std::string, std::vector<double>> speedups;
  double inner_join_mw = 0;
  double mac_mw = 0;
  double buffer_mw = 0;
  const BaselinesConfig config;
  for (const char* network : {"alexnet-imagenet", "googlenet-imagenet", "vgg16-imagenet"}) {
    const std::vector<LayerWorkload> layers = convolutions(zoo, network, 1);
    const auto model = make_baseline("sparten", config);
    const Sums sparten = run(*model, layers, kSpartenNode);
    for (const char* other : {"sparten-dense", "sparten-one-sided", "scnn"}) {
      const Sums sums = run(*make_baseline(other, config), layers, kSpartenNode);
      speedups[other].push_back(sums.cycles / sparten.cycles);
    }
    const double cluster_us = sparten.cycles / model->clock_mhz() * config.sparten.clusters;
    inner_join_mw += sparten.energy_pj.value_of("inner_join") / cluster_us * 1e-3 / 3;
    mac_mw += sparten.energy_pj.value_of("multipliers") / cluster_us * 1e-3 / 3;
    buffer_mw += sparten.energy_pj.value_of("unit_buffers") / cluster_us * 1e-3 / 3;
  }
  return {
      row("SparTen", "mean speed-up over the dense machine", "x", 4.7,
          geometric_mean(speedups["sparten-dense"]), kSparten),
      row("SparTen", "mean speed-up over the one-sided machine", "x", 1.8,
          geometric_mean(speedups["sparten-one-sided"]), kSparten),
      row("SparTen", "mean speed-up over SCNN", "x", 3, geometric_mean(speedups["scnn"]), kSparten),
      row("SparTen", "prefix sums and encoders of a cluster", "mW", 48.0 + 6.4, inner_join_mw,
          kSparten),
      row("SparTen", "MACs of a cluster", "mW", 13.82, mac_mw, kSparten),
      row("SparTen", "buffers of a cluster", "mW", 19.2, buffer_mw, kSparten)};
}

std::vector<ValidationRow> cross_check_scnn(const std::string& zoo) {
  // That simulator's settings and rules: 6144 accumulators a PE, no queue in front of a bank, and a
  // barrier after every input channel.
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
  return {row("SCNN", "3x3, 64 to 64 on 56x56, weights 20%, activations 50%", "cycles", 48361,
              cycles(layer(large, sparse)), kSource),
          row("SCNN", "the same, dense", "cycles", 147968, cycles(layer(large, "")), kSource),
          row("SCNN", "3x3, 512 to 512 on 7x7, weights 20%, activations 50%", "cycles", 174010,
              cycles(layer(deep, sparse)), kSource),
          row("SCNN", "the same, dense", "cycles", 590848, cycles(layer(deep, "")), kSource),
          row("SCNN", "ResNet-50, weights 20%, activations 50%", "cycles", 2401717,
              cycles(drawn_at(zoo, "resnet50-imagenet", 0.2, 0.5, any_layer)), kSource)};
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
  for (const ValidationRow& row : rows) {
    const std::string unit = row.unit.empty() ? "" : " " + row.unit;
    const std::string ours =
        row.is_range() ? number(row.ours_low) + " to " + number(row.ours_high) : number(row.ours);
    table.add_row({row.machine, row.figure, number(row.published) + unit, ours + unit,
                   row.is_range() && row.error() == 0 ? std::string("in the range")
                                                      : fmt::format("{:+.1f}%", 100 * row.error()),
                   row.source});
  }
  return table;
}

std::string validation_document(const std::string& zoo) {
  const auto section = [](const std::string& title, const std::vector<ValidationRow>& rows) {
    return "### " + title + "\n\n" + validation_table(rows).markdown() + "\n";
  };
  return section("Eyeriss", validate_eyeriss(zoo)) + section("SCNN", validate_scnn(zoo)) +
         section("SCNN on GoogLeNet by density", validate_scnn_densities(zoo)) +
         section("SparTen", validate_sparten(zoo)) +
         section("SCNN in another simulator", cross_check_scnn(zoo));
}

}  // namespace escalate
