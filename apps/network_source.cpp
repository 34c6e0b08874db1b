#include "apps/network_source.h"

#include <fmt/format.h>

#include <filesystem>
#include <vector>

#include "common/atomic_file.h"
#include "common/console.h"
#include "common/error.h"
#include "workloads/draw.h"
#include "workloads/drawn_shapes.h"
#include "workloads/layer_rules.h"
#include "workloads/onnx/head_images.h"
#include "workloads/onnx/reader.h"
#include "workloads/quick_layer.h"
#include "workloads/yaml_reader.h"

namespace escalate {
namespace {

NetworkReading reading_of(const CommonOptions& options, const NetworkOptions& network_options) {
  NetworkReading reading;
  if (options.seed_given) reading.draw.seed = options.seed;
  reading.draw.jobs = options.jobs;
  reading.draw.terms = network_options.terms;
  reading.draw.pointwise_terms = network_options.pointwise_terms;
  reading.warn = [quiet = options.quiet](const std::string& text) { warn(text, quiet); };
  return reading;
}

NetworkReading reading_of(const InputShapeOption& input_shape, bool quiet) {
  NetworkReading reading;
  reading.onnx = input_shape.onnx();
  reading.warn = [quiet](const std::string& text) { warn(text, quiet); };
  return reading;
}

LoadedNetwork from_program(const std::string& path, const CommonOptions& options) {
  LoadedNetwork loaded;
  loaded.program = load_program(path);
  loaded.network = loaded.program->network;
  if (options.seed_given) loaded.network.seed = options.seed;
  check_names(path, loaded.network);
  loaded.is_drawn = loaded.network.nodes.at(0).substitute.has_value();
  return loaded;
}

LoadedNetwork from_file(const std::string& path, const CommonOptions& options,
                        const NetworkOptions& network_options) {
  check_there(path);
  if (is_workload(path)) {
    return drawn_network(path, read_workload(path, network_options),
                         reading_of(options, network_options));
  }
  if (std::filesystem::path(path).extension() == ".onnx") {
    NetworkReading reading = reading_of(options, network_options);
    reading.onnx = network_options.input_shape.onnx();
    return calibrated_network(path, read_trained_network(path, reading), reading);
  }
  if (is_stream(path) || is_program_file(path)) {
    network_options.input_shape.expect_none(path);
    return from_program(path, options);
  }
  throw UserError({path, 0, ""},
                  "expected an .onnx or .yaml file, a compiled program, or a network of the zoo");
}

/// Refuses each of the options of drawing that no layer of `graph` takes.
void check_drawing(const CommandLine& line, const Graph& graph) {
  bool takes_terms = false;
  bool takes_pointwise_terms = false;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (!node.is_weighted() || node.terms > 0 || node.decomposition) continue;
    const LayerForm form =
        node.form == LayerForm::kUnset ? default_form(graph, static_cast<int>(i)) : node.form;
    if (form != LayerForm::kDecomposed) continue;
    const bool is_pointwise =
        node.op == OpKind::kFullyConnected || (node.window.r == 1 && node.window.s == 1);
    (is_pointwise ? takes_pointwise_terms : takes_terms) = true;
  }
  if (!takes_terms) {
    line.refuse({"terms"}, "no decomposed layer with a kernel larger than 1x1 leaves M open");
  }
  if (!takes_pointwise_terms) {
    line.refuse({"pointwise-terms"}, "no decomposed 1x1 layer leaves its terms open");
  }
}

/// An ONNX file whose values are drawn onto its shapes.
LoadedNetwork from_shapes(const CommandLine& line, const CommonOptions& options,
                          const NetworkOptions& network_options) {
  const std::string& path = line.operands()[0];
  NetworkReading reading = reading_of(options, network_options);
  reading.onnx = network_options.input_shape.onnx();
  const auto given = [](double density) { return density > 0 ? density : 1; };
  DrawnDensities densities;
  densities.coefficient = given(network_options.coefficient_density);
  densities.weight = given(network_options.weight_density);
  densities.activation = given(network_options.activation_density);
  const Graph graph = drawn_shapes(read_trained_network(path, reading), densities);
  check_drawing(line, graph);
  LoadedNetwork loaded = drawn_network(path, graph, reading);
  loaded.file = network_file_name(path);
  return loaded;
}

}  // namespace

void NetworkOptions::add_network_to(CommandLine& line) {
  line.option({"layer", "SPEC", "one layer in place of a file: C=64,K=64,R=3,H=56,density=0.1"},
              layer);
  add_drawing_to(line);
}

void NetworkOptions::add_drawing_to(CommandLine& line) {
  line.option({"terms", "M", "basis kernels M of drawn layers with R, S > 1 (default 6)", "", 1},
              terms)
      .option({"pointwise-terms", "N", "terms of drawn 1x1 layers (default 1)", "", 1},
              pointwise_terms)
      .option({"coefficient-density", "RATIO",
               "share of ternary coefficients that are not zero, in place of the workload's, where "
               "that is below 1",
               "", 1e-6, 1},
              coefficient_density)
      .option({"weight-density", "RATIO", "the same of plain weights", "", 1e-6, 1}, weight_density)
      .option(
          {"activation-density", "RATIO",
           "the same of what layers read. With one of these three an ONNX file gives its shapes "
           "only; those not given are 1",
           "", 1e-6, 1},
          activation_density);
  input_shape.add_to(line);
}

bool NetworkOptions::has_density() const {
  return coefficient_density > 0 || weight_density > 0 || activation_density > 0;
}

Graph read_trained_network(const std::string& path, const InputShapeOption& input_shape,
                           bool quiet) {
  return read_trained_network(path, reading_of(input_shape, quiet));
}

Graph read_workload(const std::string& path, const NetworkOptions& options) {
  if (options.layer.empty()) check_there(path);
  options.input_shape.expect_none(options.layer.empty() ? path : "--layer");
  Graph graph = options.layer.empty() ? read_yaml_workload(path) : parse_quick_layer(options.layer);
  const auto replace_all = [&](const char* option, double DrawnDensities::*density, double given) {
    if (given == 0) return;
    bool is_taken = false;
    for (Node& node : graph.nodes) {
      if (!node.drawn || (*node.drawn).*density >= 1) continue;
      (*node.drawn).*density = given;
      is_taken = true;
    }
    if (!is_taken) {
      throw UserError({"", 0, option}, "has no effect here: no layer asks for a density below 1");
    }
  };
  check_names(path, graph);
  replace_all("--coefficient-density", &DrawnDensities::coefficient, options.coefficient_density);
  replace_all("--weight-density", &DrawnDensities::weight, options.weight_density);
  replace_all("--activation-density", &DrawnDensities::activation, options.activation_density);
  return graph;
}

LoadedNetwork load_network(const CommandLine& line, const CommonOptions& options,
                           const NetworkOptions& network_options) {
  const bool has_layer = !network_options.layer.empty();
  if (!has_layer && line.operands().empty()) {
    throw UserError("expected a network (ONNX, YAML or program file) or --layer");
  }
  if (has_layer && !line.operands().empty()) {
    throw UserError({"", 0, "--layer"},
                    "expected a network ('" + line.operands()[0] + "') or one layer, not both");
  }
  if (has_layer || is_workload(line.operands()[0])) {
    const std::string path = has_layer ? "" : line.operands()[0];
    const Graph graph = read_workload(path, network_options);
    check_drawing(line, graph);
    const std::string layer = "--layer " + network_options.layer;
    LoadedNetwork loaded =
        drawn_network(has_layer ? layer : path, graph, reading_of(options, network_options));
    loaded.file = has_layer ? layer : network_file_name(path);
    return loaded;
  }
  const std::string& path = line.operands()[0];
  const bool is_onnx = std::filesystem::path(path).extension() == ".onnx";
  if (is_onnx && network_options.has_density()) return from_shapes(line, options, network_options);
  refuse_drawing(line);
  return load_network(path, options, network_options);
}

void refuse_drawing(const CommandLine& line) {
  line.refuse(
      {"terms", "pointwise-terms", "coefficient-density", "weight-density", "activation-density"},
      "the network's values come from its file");
}

bool draws_images(const LoadedNetwork& loaded, const CommonOptions& options) {
  if (loaded.network.nodes.at(0).substitute) return false;
  return options.input.empty() || options.input == "synthetic";
}

LoadedNetwork load_network(const std::string& path, const CommonOptions& options,
                           const NetworkOptions& network_options) {
  LoadedNetwork loaded = from_file(path, options, network_options);
  loaded.file = network_file_name(path);
  return loaded;
}

RunConfig load_run_config(const CommonOptions& options, const std::optional<Program>& program) {
  if (!program) return load_config<RunConfig>(options.arch, options.settings);
  RunConfig config;
  config.machine = program->machine;
  ConfigView view(config);
  if (!options.arch.empty()) view.read_yaml(options.arch);
  for (const std::string& setting : options.settings) view.set(setting);
  validate_config(config, view);
  if (fields_to_json(config.machine) != fields_to_json(program->machine)) {
    throw UserError(
        "a program runs on the machine that it was compiled for; compile the network again for "
        "another one");
  }
  return config;
}

InputBatch load_images(const LoadedNetwork& loaded, const CommonOptions& options,
                       const NetworkOptions& network_options) {
  const ImageOptions& image_options = network_options.images;
  if (options.input.empty()) {
    image_options.refuse("no images are read without --input");
    return drawn_input(loaded.network, options.images);
  }
  if (loaded.network.nodes.at(0).substitute) {
    throw UserError({"", 0, "--input"},
                    "has no effect here: what the layers of a drawn network read is drawn, too");
  }
  const InputTransform transform = image_options.transform(loaded.network.transform);
  const auto source = open_images(options.input, loaded.head, loaded.network.nodes.at(0).out,
                                  transform, options.seed);
  if (!source->takes_transform()) image_options.refuse("the input has numbers, not pixels");
  return read_images(*source, loaded.network, options.images);
}

}  // namespace escalate
