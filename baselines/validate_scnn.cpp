#include <iterator>
#include <map>

#include "baselines/dcnn.h"
#include "baselines/scnn.h"
#include "baselines/validation.h"
#include "baselines/validation_runs.h"
#include "workloads/yaml_map.h"

namespace escalate {
namespace {

/// Nearest to the 16 nm of the paper.
constexpr int kScnnNode = 22;

Densities googlenet_densities(const std::string& root, const std::string& end) {
  const std::string path = root + "/configs/validation/googlenet_densities.yaml";
  const YamlMap ends(path, load_yaml_file(path), "densities");
  const YamlMap map(path, ends.value(end), end);
  map.check_keys({"weights", "activations"});
  return {map.number("weights", 1e-6, 1), map.number("activations", 1e-6, 1)};
}

bool any_layer(const std::string&) { return true; }
bool in_inception_module(const std::string& name) { return name.starts_with("inception"); }

/// How many times as fast SCNN is as DCNN, and its share of DCNN's energy, with and without DRAM.
struct OverDcnn {
  double speedup = 0;
  double energy = 0;
  double energy_on_chip = 0;
};
OverDcnn over_dcnn(const std::vector<LayerWorkload>& layers) {
  const Sums scnn = run_layers(Scnn(ScnnConfig{}), layers, kScnnNode);
  const Sums dcnn = run_layers(Dcnn(DcnnConfig{}), layers, kScnnNode);
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

}  // namespace

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
  const auto mean = [&](double of_googlenet) {
    return (alexnet.speedup + vgg.speedup + of_googlenet) / 3;
  };
  const auto energy = [&](double of_googlenet) {
    return (1 / alexnet.energy + 1 / vgg.energy + 1 / of_googlenet) / 3;
  };
  FigureRows rows(root, "scnn", "SCNN");
  rows.add("AlexNet speed-up over DCNN", alexnet.speedup);
  rows.add("VGG16 speed-up over DCNN", vgg.speedup);
  rows.add_range("GoogLeNet speed-up over DCNN", sparser.speedup, denser.speedup);
  rows.add_range("mean speed-up over DCNN", mean(sparser.speedup), mean(denser.speedup));
  rows.add_range("mean energy advantage over DCNN", energy(sparser.energy), energy(denser.energy));
  rows.add_range("multipliers at work in GoogLeNet's last modules",
                 percent_at_work(sparsest, "inception_5"), percent_at_work(densest, "inception_5"));
  return rows.take();
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
  FigureRows rows(root, "scnn", "SCNN");
  rows.add("speed-up at densities 1 and 1", at[1.0].speedup);
  rows.add("density at which both are as fast", break_even);
  rows.add("speed-up at densities 0.1 and 0.1", at[0.1].speedup);
  for (const auto& [density, figure] : {std::pair(1.0, "energy over DCNN's at 1 and 1"),
                                        std::pair(0.1, "energy over DCNN's at 0.1 and 0.1")}) {
    rows.add(figure, at[density].energy);
    rows.add_as("the same without DRAM", figure, at[density].energy_on_chip);
  }
  return rows.take();
}

std::vector<ValidationRow> cross_check_scnn(const std::string& root) {
  // The settings and rules are that simulator's: 6144 accumulators a PE, no queue in front of a
  // bank, and a barrier after every input channel.
  ScnnConfig config;
  config.accumulator_entries = 192;
  config.bank_queue = 0;
  config.channel_barrier = true;
  const Scnn scnn(config);
  const auto cycles = [&](const std::vector<LayerWorkload>& layers) {
    return run_layers(scnn, layers, kScnnNode).cycles;
  };
  const auto resnet50 = [&](const Densities& densities) {
    return cycles(drawn_at(root, "resnet50-imagenet", densities, any_layer));
  };
  FigureRows rows(root, "scnn", "SCNN");
  const std::string sparse = ",weight_density=0.2,activation_density=0.5";
  for (const auto& [shape, layer] :
       {std::pair<std::string, std::string>("3x3, 64 to 64 on 56x56, ", "C=64,K=64,R=3,H=56"),
        std::pair<std::string, std::string>("3x3, 512 to 512 on 7x7, ", "C=512,K=512,R=3,H=7")}) {
    rows.add(shape + "weights 20%, activations 50%", cycles(described_layer(layer + sparse)));
    rows.add(shape + "dense", cycles(described_layer(layer)));
  }
  rows.add("ResNet-50, weights 20%, activations 50%", resnet50({0.2, 0.5}));
  rows.add("ResNet-50, dense", resnet50({1, 1}));
  return rows.take();
}

}  // namespace escalate
