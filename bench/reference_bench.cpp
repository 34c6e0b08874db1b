// What `--verify` costs a whole network on one thread: drawing its tensors, and the dense integer
// convolution of every layer.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "workloads/draw.h"
#include "workloads/yaml_reader.h"

namespace escalate {
namespace {

Graph zoo_network(const char* name) {
  return read_yaml_workload(std::string(ESCALATE_SOURCE_DIR "/workloads/zoo/") + name + ".yaml");
}

void draw(benchmark::State& state, const char* name) {
  const Graph graph = zoo_network(name);
  for (auto _ : state) benchmark::DoNotOptimize(draw_network(graph, {}));
}

void reference(benchmark::State& state, const char* name) {
  const IntegerNetwork network = draw_network(zoo_network(name), {}).network;
  const std::vector<Activations> seen = run_network(network, synthetic_input(network, 0));
  double macs = 0;
  for (auto _ : state) {
    for (std::size_t i = 1; i < network.nodes.size(); ++i) {
      std::vector<const Activations*> inputs;
      for (const int input : network.nodes[i].inputs) inputs.push_back(&seen[input]);
      benchmark::DoNotOptimize(run_node(network.nodes[i], inputs));
      macs += double(network.dense_macs(int(i)));
    }
  }
  state.counters["macs"] = benchmark::Counter(macs, benchmark::Counter::kIsRate);
}

BENCHMARK_CAPTURE(draw, resnet50, "resnet50-imagenet")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(draw, mobilenetv2, "mobilenetv2-imagenet")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(reference, resnet50, "resnet50-imagenet")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(reference, mobilenetv2, "mobilenetv2-imagenet")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(reference, resnet20, "resnet20-cifar10")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace escalate

BENCHMARK_MAIN();
