// How long the models of other accelerators take for one network, and products that they count per
// second.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "baselines/baselines_config.h"

namespace escalate {
namespace {

/// Convolutions and fully connected layers of ResNet-50 at 224x224, as drawn.
const std::vector<LayerWorkload>& resnet50() {
  static const std::vector<LayerWorkload> kLayers = make_yaml_workloads(
      std::string(ESCALATE_SOURCE_DIR) + "/workloads/zoo/resnet50-imagenet.yaml", 1, 0);
  return kLayers;
}

void run_baseline(benchmark::State& state, const std::string& name) {
  const auto model = make_baseline(name, BaselinesConfig{});
  std::int64_t products = 0;
  for (auto _ : state) {
    for (const LayerWorkload& layer : resnet50()) products += model->run(layer).macs;
  }
  state.SetItemsProcessed(products);
}

}  // namespace
}  // namespace escalate

int main(int argc, char** argv) {
  for (const std::string& name : escalate::baseline_names()) {
    benchmark::RegisterBenchmark(("resnet50/" + name).c_str(), [name](benchmark::State& state) {
      escalate::run_baseline(state, name);
    })->Unit(benchmark::kMillisecond);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
