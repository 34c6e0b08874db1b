#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "baselines/eyeriss.h"
#include "baselines/eyeriss_v2.h"
#include "baselines/validation.h"
#include "baselines/validation_runs.h"
#include "common/error.h"

namespace escalate {
namespace {

constexpr int kEyerissV2Node = 65;  // nm, the paper's

/// All layers of a network, and the same with no weight zero.
struct Network {
  std::vector<LayerWorkload> sparse, dense;
};

Network network_of(const std::string& path) {
  Network network;
  network.sparse = make_yaml_workloads(path, 1, 0);
  network.dense = network.sparse;
  for (LayerWorkload& layer : network.dense) layer.weights = BitTensor::ones(layer.weights.size());
  return network;
}

/// Eyeriss with as many PEs, words and bytes as Eyeriss v2.
Eyeriss scaled_eyeriss() {
  const EyerissV2Config v2;
  EyerissConfig config;
  config.columns = static_cast<int>(v2.pes()) / config.rows;
  config.word_bits = v2.word_bits;
  config.sum_bits = v2.sum_bits;
  config.batch = 1;
  config.buffer_bytes = static_cast<int>(
      v2.clusters() * (v2.pe_rows * v2.input_bank_bytes + v2.pe_columns * v2.sum_bank_bytes));
  config.clock_mhz = v2.clock_mhz;
  return Eyeriss(config);
}

EyerissV2 v2(bool sparse) {
  EyerissV2Config config;
  config.sparse = sparse;
  return EyerissV2(config);
}

double inferences_a_second(const Sums& sums) {
  return EyerissV2Config{}.clock_mhz * 1e6 / sums.cycles;
}

/// Multiplications and additions of the layer without its zeros, over the energy of the chip.
double gops_per_watt(const EyerissV2& machine, const LayerWorkload& layer) {
  const Sums sums = run_layers(machine, {layer}, kEyerissV2Node);
  return 2 * static_cast<double>(layer.dense_macs()) / sums.on_chip_pj() * 1e3;
}

double dram_megabytes(const EyerissV2& machine, const std::vector<LayerWorkload>& layers) {
  double bytes = 0;
  for (const LayerWorkload& layer : layers) {
    if (layer.kind == "fc") continue;
    const BaselineRun run = machine.run(layer);
    bytes += static_cast<double>(run.counters.value_of("dram_read_bytes") +
                                 run.counters.value_of("dram_written_bytes"));
  }
  return bytes * 1e-6;
}

const LayerWorkload& layer_of(const std::vector<LayerWorkload>& layers, const std::string& name) {
  for (const LayerWorkload& layer : layers) {
    if (layer.name == name) return layer;
  }
  throw InternalError("no layer " + name);
}

/// Where it is not said whether zeros of inputs were skipped, a range.
void add_alexnet(const Network& alexnet, FigureRows& rows) {
  const Sums v1 = run_layers(scaled_eyeriss(), alexnet.dense, kEyerissV2Node);
  const Sums sparse = run_layers(v2(true), alexnet.sparse, kEyerissV2Node);
  const Sums of_inputs = run_layers(v2(true), alexnet.dense, kEyerissV2Node);
  const Sums dense = run_layers(v2(false), alexnet.dense, kEyerissV2Node);
  rows.add("sparse AlexNet, inferences a second", inferences_a_second(sparse));
  rows.add_range("AlexNet, inferences a second", inferences_a_second(dense),
                 inferences_a_second(of_inputs));
  rows.add("sparse AlexNet, speed over Eyeriss", v1.cycles / sparse.cycles);
  rows.add("sparse AlexNet, energy efficiency over Eyeriss", v1.on_chip_pj() / sparse.on_chip_pj());
  rows.add_range("AlexNet convolutions, DRAM", dram_megabytes(v2(false), alexnet.dense),
                 dram_megabytes(v2(true), alexnet.dense));
  rows.add("sparse AlexNet convolutions, DRAM", dram_megabytes(v2(true), alexnet.sparse));
  for (const auto& [name, title] :
       {std::pair("conv1", "AlexNet CONV1"), std::pair("conv3", "AlexNet CONV3")}) {
    const LayerWorkload& layer = layer_of(alexnet.dense, name);
    rows.add_range(fmt::format("{}, operations for energy", title), gops_per_watt(v2(false), layer),
                   gops_per_watt(v2(true), layer));
  }
  rows.add("sparse AlexNet CONV3, operations for energy",
           gops_per_watt(v2(true), layer_of(alexnet.sparse, "conv3")));
  rows.add("sparse AlexNet FC8, operations for energy",
           gops_per_watt(v2(true), layer_of(alexnet.sparse, "fc8")));
}

void add_mobilenet(const Network& mobilenet, FigureRows& rows) {
  const Sums v1 = run_layers(scaled_eyeriss(), mobilenet.dense, kEyerissV2Node);
  const Sums sparse = run_layers(v2(true), mobilenet.sparse, kEyerissV2Node);
  const Sums of_inputs = run_layers(v2(true), mobilenet.dense, kEyerissV2Node);
  const Sums dense = run_layers(v2(false), mobilenet.dense, kEyerissV2Node);
  rows.add("sparse MobileNet, inferences a second", inferences_a_second(sparse));
  rows.add_range("MobileNet, inferences a second", inferences_a_second(dense),
                 inferences_a_second(of_inputs));
  rows.add("sparse MobileNet, speed over Eyeriss", v1.cycles / sparse.cycles);
  rows.add("sparse MobileNet, energy efficiency over Eyeriss",
           v1.on_chip_pj() / sparse.on_chip_pj());
  rows.add("MobileNet depthwise layer 13, operations for energy",
           gops_per_watt(v2(true), layer_of(mobilenet.dense, "l26")));
}

}  // namespace

EyerissV2Config eyeriss_v2_single_pe() {
  EyerissV2Config config;
  config.cluster_rows = config.cluster_columns = 1;
  config.pe_rows = 3;  // a kernel's
  config.pe_columns = 1;
  config.macs = 1;
  config.zero_run_bits = 8;
  return config;
}

std::vector<ValidationRow> validate_eyeriss_v2(const std::string& root) {
  FigureRows rows(root, "eyeriss_v2", "Eyeriss v2");
  const Network mobilenet = network_of(root + "/configs/validation/mobilenet0.5-128.yaml");
  const EyerissV2 pe(eyeriss_v2_single_pe());
  for (const LayerWorkload& layer : mobilenet.sparse) {
    rows.add(layer.name + ", cycles of a PE",
             static_cast<double>(pe.run(layer).counters.value_of("pe_cycles")));
  }
  add_alexnet(network_of(root + "/workloads/zoo/alexnet-imagenet.yaml"), rows);
  add_mobilenet(mobilenet, rows);
  return rows.take();
}

}  // namespace escalate
