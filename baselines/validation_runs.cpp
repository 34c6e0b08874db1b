#include "baselines/validation_runs.h"

#include <algorithm>

#include "energy/energy_model.h"
#include "workloads/draw.h"
#include "workloads/quick_layer.h"
#include "workloads/yaml_reader.h"

namespace escalate {
namespace {

Graph graph_of(const std::string& root, const std::string& network) {
  return read_yaml_workload(root + "/workloads/zoo/" + network + ".yaml");
}

std::vector<LayerWorkload> drawn(const Graph& graph, int images) {
  DrawOptions options;
  options.plain_weights = true;
  return make_drawn_workloads(draw_network(graph, options).network, images);
}

}  // namespace

void FigureRows::add_as(const std::string& name, const std::string& figure, double one_end,
                        double other_end) {
  const PublishedFigure& published = figures_.at(figure);
  ValidationRow row;
  row.machine = machine_;
  row.figure = name;
  row.unit = published.unit;
  row.published = published.value;
  row.ours_low = std::min(one_end, other_end);
  row.ours_high = std::max(one_end, other_end);
  row.ours = (row.ours_low + row.ours_high) / 2;
  row.source = published.source;
  row.kind = std::string(enum_name(published.kind));
  row.is_bound = published.is_bound;
  rows_.push_back(std::move(row));
}

std::vector<LayerWorkload> convolutions_drawn(const std::string& root, const std::string& network,
                                              int images,
                                              const std::function<void(Node&)>& change) {
  Graph graph = graph_of(root, network);
  for (Node& node : graph.nodes) {
    if (node.drawn) change(node);
  }
  std::vector<LayerWorkload> layers = drawn(graph, images);
  std::erase_if(layers, [](const LayerWorkload& layer) { return layer.kind == "fc"; });
  return layers;
}

std::vector<LayerWorkload> convolutions(const std::string& root, const std::string& network,
                                        int images) {
  return convolutions_drawn(root, network, images, [](Node&) {});
}

std::vector<LayerWorkload> drawn_at(const std::string& root, const std::string& network,
                                    const Densities& densities,
                                    const std::function<bool(const std::string&)>& selects) {
  const auto change = [&](Node& node) {
    if (!selects(node.name)) return;
    node.drawn->weight = densities.weights;
    node.drawn->activation = densities.activations;
  };
  std::vector<LayerWorkload> layers = convolutions_drawn(root, network, 1, change);
  std::erase_if(layers, [&](const LayerWorkload& layer) { return !selects(layer.name); });
  return layers;
}

std::vector<LayerWorkload> described_layer(const std::string& description) {
  return drawn(parse_quick_layer(description), 1);
}

Sums run_layers(const AcceleratorModel& model, const std::vector<LayerWorkload>& layers,
                int node_nm) {
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

}  // namespace escalate
