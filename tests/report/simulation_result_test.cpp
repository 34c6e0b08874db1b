#include "report/simulation_result.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "tests/support/simulated.h"
#include "workloads/quick_layer.h"

namespace escalate {
namespace {

struct BoundLayer {
  const char *layer, *bound;
  bool IdealConfig::*free;
  int network_bytes = 128;
};

void PrintTo(const BoundLayer& layer, std::ostream* out) { *out << layer.layer; }

class LayerBounds : public testing::TestWithParam<BoundLayer> {};

std::int64_t cycles_of(const BoundLayer& layer, const MachineConfig& machine, std::string& bound) {
  const IntegerNetwork network = draw_network(parse_quick_layer(layer.layer), {}).network;
  const Program program = compile(network, machine);
  const Result result = simulation_result(program, simulated(program, drawn_images(network, 1)), 1);
  bound = result.layers[0].bound_by;
  return result.total.cycles;
}

TEST_P(LayerBounds, AreThoseWhoseRemovalSavesMost) {
  MachineConfig machine;
  machine.network_bytes = GetParam().network_bytes;
  std::string bound, other;
  const std::int64_t cycles = cycles_of(GetParam(), machine, bound);
  EXPECT_EQ(bound, GetParam().bound);
  const auto without = [&](bool IdealConfig::*resource) {
    MachineConfig ideal = machine;
    ideal.ideal.*resource = true;
    return cycles_of(GetParam(), ideal, other);
  };
  const std::int64_t least = without(GetParam().free);
  EXPECT_LT(least, cycles * 9 / 10);
  for (bool IdealConfig::*resource :
       {&IdealConfig::dram, &IdealConfig::input, &IdealConfig::ca, &IdealConfig::mac}) {
    EXPECT_GE(without(resource), least);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Layers, LayerBounds,
    testing::Values(BoundLayer{"C=64,K=64,R=3,H=28,density=0.1,activation_density=0.5", "mac",
                               &IdealConfig::mac},
                    BoundLayer{"C=64,K=64,R=3,H=28,density=0.1,activation_density=0.5,M=4", "mac",
                               &IdealConfig::mac},
                    BoundLayer{"C=64,K=64,R=3,H=28,density=0.05,activation_density=0.5,form=direct",
                               "mac", &IdealConfig::mac},
                    BoundLayer{"C=512,K=128,R=3,H=7,density=0.1,activation_density=0.5", "ca",
                               &IdealConfig::ca},
                    BoundLayer{"C=512,K=128,R=3,H=7,density=0.1,activation_density=0.5", "input",
                               &IdealConfig::input, 16},
                    BoundLayer{"C=1024,K=500,R=1,H=1,density=0.3,activation_density=0.5", "dram",
                               &IdealConfig::dram}));

TEST(SimulationResult, SharesAreBetweenNoneAndAllAndCyclesAddUp) {
  const IntegerNetwork network = zoo_network("resnet20-cifar10");
  const Program program = compile(network, {});
  const Result result = simulation_result(program, simulated(program, drawn_images(network, 2)), 2);
  std::int64_t cycles = 0;
  std::int64_t macs = 0;
  for (const LayerResult& layer : result.layers) {
    cycles += layer.cycles;
    macs += layer.macs_dense;
    for (const auto& values : {layer.utilization, layer.density}) {
      for (const auto& [name, value] : values) {
        EXPECT_GE(value, 0) << layer.name << " " << name;
        EXPECT_LE(value, 1) << layer.name << " " << name;
      }
    }
  }
  EXPECT_EQ(result.total.cycles, cycles);
  EXPECT_EQ(result.total.macs_dense, macs);
  EXPECT_EQ(macs, 2 * 40551040);
}

// The largest share of a peak that any layer, or the line of the whole run, tells.
double largest_share(const Result& result) {
  double largest = 0;
  for (const LayerResult& layer : result.layers) {
    for (const auto& [name, value] : layer.utilization) largest = std::max(largest, value);
  }
  return largest;
}

TEST(SimulationResult, AFreeResourceHasNoPeakAndNoShareOfOne) {
  const Graph graph = parse_quick_layer("C=64,K=64,R=5,H=14,density=0.5,activation_density=0.5");
  const IntegerNetwork network = draw_network(graph, {}).network;
  for (int flags = 0; flags < 16; ++flags) {
    MachineConfig machine;
    machine.ideal = {(flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0, (flags & 8) != 0};
    const Program program = compile(network, machine);
    const Result result =
        simulation_result(program, simulated(program, drawn_images(network, 1)), 1);
    EXPECT_LE(largest_share(result), 1) << flags;
    const std::pair<const char*, bool> free[] = {
        {"dram", machine.ideal.dram}, {"ca", machine.ideal.ca}, {"mac", machine.ideal.mac}};
    for (const auto& [resource, is_free] : free) {
      EXPECT_EQ(result.peak_per_cycle.contains(resource), !is_free) << resource << flags;
      EXPECT_EQ(result.layers[0].utilization.contains(resource), !is_free) << resource << flags;
    }
  }
}

}  // namespace
}  // namespace escalate
