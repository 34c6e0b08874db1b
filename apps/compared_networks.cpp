#include "apps/compared_networks.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "common/error.h"
#include "common/parallel.h"
#include "compress/magnitude_pruning.h"
#include "escalate/inside/contest.h"
#include "escalate/inside/run_source.h"
#include "workloads/draw.h"
#include "workloads/layer_selection.h"

namespace escalate {
namespace {

std::vector<LayerWorkload> selected(std::vector<LayerWorkload> layers,
                                    const std::vector<std::string>& patterns) {
  std::vector<std::string> names;
  for (const LayerWorkload& layer : layers) names.push_back(layer.name);
  const std::vector<bool> keep = select_names(names, patterns, "--layers");
  std::vector<LayerWorkload> kept;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (keep[i]) kept.push_back(std::move(layers[i]));
  }
  return kept;
}

}  // namespace

void ComparedNetworkOptions::add_to(CommandLine& line) {
  line.option({"baseline-network", "FILE",
               "network that the others run (default: the same, decomposed layers with their "
               "reconstructed weights, drawn layers with plain weights at weight_density)"},
              dense)
      .option({"sparse-network", "FILE",
               "network that those of the others run that skip zero weights, such as a pruned one "
               "(default: as the dense ones)"},
              sparse)
      .option({"prune-weights", "RATIO",
               "share of each layer's weights, the largest, that those machines run; the rest is "
               "pruned without retraining, which costs accuracy",
               "", 1e-6, 1},
              prune_weights)
      .flag({"shrunk", "",
             "the networks that are run may have lost channels, each its own, or folded a stride "
             "into "
             "them: their layers may differ in that, and in nothing else"},
            shrunk)
      .option(
          {"accuracy-images", "N",
           "images of --input of which accuracies are measured (default: those compared)", "", 1},
          accuracy_images);
}

void ComparedNetworkOptions::check(std::size_t num_networks) const {
  const std::pair<const char*, const std::string*> files[] = {{"--baseline-network", &dense},
                                                              {"--sparse-network", &sparse}};
  for (const auto& [option, file] : files) {
    if (!file->empty() && num_networks > 1) {
      throw UserError({"", 0, option}, "expected one network to compare");
    }
  }
}

const BaselineNetwork& ComparedNetworks::of_baseline(Skips skips) {
  Source source;
  source.path = which_.dense.empty() ? path_ : which_.dense;
  if (skips_weights(skips)) {
    if (!which_.sparse.empty()) source.path = which_.sparse;
    if (which_.prune_weights > 0) source.kept = which_.prune_weights;
  }
  const auto known = networks_.find(source);
  if (known != networks_.end()) return known->second;
  return networks_.emplace(source, read(source)).first->second;
}

RanNetwork ComparedNetworks::of_machine(const LoadedNetwork& loaded) const {
  return {network_file_name(path_) + (loaded.is_drawn ? ", drawn" : ""),
          stored_density(loaded.network), accuracy_of(loaded)};
}

BaselineNetwork ComparedNetworks::read(const Source& source) const {
  if (is_workload(source.path)) {
    if (source.kept < 1) {
      throw UserError({"", 0, "--prune-weights"},
                      "expected an ONNX network; --weight-density is for " + source.path);
    }
    return drawn(source.path);
  }
  LoadedNetwork loaded = load_network(source.path, common_, drawing_);
  BaselineNetwork network;
  network.ran.name = network_file_name(source.path);
  if (source.kept < 1) {
    loaded.network = pruned_by_magnitude(std::move(loaded.network), source.kept);
    network.ran.name += fmt::format(", pruned to {:.4g}% without retraining", 100 * source.kept);
  }
  const InputBatch input = load_images(loaded, common_, drawing_);
  std::vector<std::vector<Activations>> outputs;
  for (const Activations& image : input.images) {
    outputs.push_back(run_network(loaded.network, image));
  }
  network.source = run_source(loaded, input.images);
  take_layers(make_layer_workloads(loaded.network, outputs), network);
  network.ran.accuracy = accuracy_of(loaded);
  return network;
}

BaselineNetwork ComparedNetworks::drawn(const std::string& path) const {
  DrawOptions draw;
  draw.plain_weights = true;
  if (common_.seed_given) draw.seed = common_.seed;
  const Graph graph = read_workload(path, drawing_);
  LoadedNetwork loaded;
  loaded.network = draw_network(graph, draw).network;
  loaded.is_drawn = true;
  loaded.file = network_file_name(path);
  loaded.drawn_from = drawn_digest(graph, loaded.network.seed);
  BaselineNetwork network;
  network.ran.name = loaded.file + ", drawn with plain weights";
  network.source = run_source(loaded, {});
  take_layers(make_drawn_workloads(loaded.network, common_.images), network);
  return network;
}

void ComparedNetworks::take_layers(std::vector<LayerWorkload> layers,
                                   BaselineNetwork& network) const {
  network.layers_left_out = std::int64_t(layers.size());
  network.layers = selected(std::move(layers), common_.layers);
  network.layers_left_out -= std::int64_t(network.layers.size());
  network.ran.density = weight_density(network.layers);
}

std::optional<Accuracy> ComparedNetworks::accuracy_of(const LoadedNetwork& loaded) const {
  if (loaded.is_drawn || common_.input.empty()) return std::nullopt;
  CommonOptions options = common_;
  if (which_.accuracy_images > 0) options.images = which_.accuracy_images;
  const InputBatch input = load_images(loaded, options, drawing_);
  Accuracy accuracy;
  accuracy.images = options.images;
  std::vector<int> right(input.images.size());
  for (const std::optional<int>& label : input.labels) {
    if (!label) return std::nullopt;
  }
  parallel_for(options.images, options.jobs, [&](std::int64_t i) {
    const auto image = static_cast<std::size_t>(i);
    const std::vector<Activations> outputs = run_network(loaded.network, input.images[image]);
    right[image] = class_of(outputs.back().values) == *input.labels[image] ? 1 : 0;
  });
  accuracy.right = std::count(right.begin(), right.end(), 1);
  return accuracy;
}

}  // namespace escalate
