#include "apps/shapes_command.h"

#include <fmt/format.h>

#include "apps/common_options.h"
#include "apps/input_shape.h"
#include "apps/network_source.h"
#include "apps/output.h"
#include "common/console.h"
#include "common/json.h"
#include "common/table.h"
#include "compress/graph_passes.h"
#include "report/result.h"
#include "workloads/layers/kinds.h"
#include "workloads/onnx/host_part.h"
#include "workloads/yaml_writer.h"

namespace escalate {
namespace {

/// A network as its file has it, and the layers that run.
struct Shapes {
  Graph graph;
  Shape image;  ///< what the file reads
  HostWork host;
};

std::string layer_shape(const Graph& graph, int i) {
  const Node& node = graph.nodes[std::size_t(i)];
  std::string text;
  for (const int input : node.inputs) {
    text += (text.empty() ? "" : " + ") + text_of(graph.nodes[std::size_t(input)].out);
  }
  return text + " to " + text_of(node.out);
}

std::string window_of(const Node& node) {
  if (!kind_of(node).has_window()) return "";
  const Window& window = node.window;
  std::string text = fmt::format("{}x{}", window.r, window.s);
  const auto add = [&](const char* what, int h, int w, int usual) {
    if (h == usual && w == usual) return;
    text += h == w ? fmt::format(", {} {}", what, h) : fmt::format(", {} {}x{}", what, h, w);
  };
  add("stride", window.stride_h, window.stride_w, 1);
  add("dilation", window.dilation_h, window.dilation_w, 1);
  if (node.groups != 1) text += fmt::format(", groups {}", node.groups);
  if (node.transposed_positions > 0) text += ", transposed";
  return text;
}

std::int64_t num_weights(const Graph& graph, int i) {
  const Node& node = graph.nodes[std::size_t(i)];
  if (!node.is_weighted()) return 0;
  const Shape in = graph.input_shape_of(i);
  if (node.op == OpKind::kFullyConnected) return node.out_channels * in.size();
  return std::int64_t{node.out_channels} * (in.c / node.groups) * node.window.r * node.window.s;
}

Table layer_table(const Graph& graph) {
  Table table({{"layer"},
               {"kind"},
               {"shape"},
               {"window"},
               {"weights", Align::kRight},
               {"dense MACs", Align::kRight}});
  std::int64_t weights = 0;
  const auto number = [](std::int64_t value) { return value > 0 ? format_count(value) : ""; };
  for (int i = 1; i < int(graph.nodes.size()); ++i) {
    const Node& node = graph.nodes[std::size_t(i)];
    weights += num_weights(graph, i);
    table.add_row({node.name, layer_kind(node), layer_shape(graph, i), window_of(node),
                   number(num_weights(graph, i)), number(graph.dense_macs(i))});
  }
  table.add_rule();
  table.add_row({"total", "", "", "", format_count(weights), format_count(graph.dense_macs())});
  return table;
}

std::string summary(const Shapes& shapes) {
  std::string text = fmt::format("reads   {}\n", text_of(shapes.image));
  for (const int output : shapes.graph.output_nodes()) {
    const Node& node = shapes.graph.nodes[std::size_t(output)];
    text += fmt::format("makes   {} '{}'\n", text_of(node.out), node.name);
  }
  const std::string host = host_text(shapes.host);
  return host.empty() ? text : text + fmt::format("host    {}: no layers of the machine\n", host);
}

Json shape_json(const Shape& shape) { return {shape.c, shape.h, shape.w}; }

Json counts_json(const NamedCounts& counts) {
  Json json = Json::object();
  for (const auto& [name, count] : counts) json[name] = count;
  return json;
}

Json shapes_json(const Shapes& shapes) {
  const Graph& graph = shapes.graph;
  Json json = {
      {"schema", "escalate.shapes/1"},
      {"network", graph.name},
      {"image", shape_json(shapes.image)},
      {"input", shape_json(graph.nodes[0].out)},
      {"macs_dense", graph.dense_macs()},
      {"layers", Json::array()},
      {"outputs", Json::array()},
      {"host", {{"head", counts_json(shapes.host.head)}, {"tail", counts_json(shapes.host.tail)}}}};
  for (int i = 1; i < int(graph.nodes.size()); ++i) {
    const Node& node = graph.nodes[std::size_t(i)];
    Json layer = {{"name", node.name},
                  {"kind", layer_kind(node)},
                  {"inputs", Json::array()},
                  {"output", shape_json(node.out)}};
    for (const int input : node.inputs) {
      layer["inputs"].push_back(graph.nodes[std::size_t(input)].name);
    }
    if (node.is_weighted()) {
      layer["weights"] = num_weights(graph, i);
      layer["macs_dense"] = graph.dense_macs(i);
    }
    json["layers"].push_back(std::move(layer));
  }
  for (const int output : graph.output_nodes()) {
    const Node& node = graph.nodes[std::size_t(output)];
    json["outputs"].push_back({{"name", node.name}, {"shape", shape_json(node.out)}});
  }
  return json;
}

Shapes read_shapes(const std::string& path, const InputShapeOption& input_shape, bool quiet) {
  Shapes shapes;
  if (is_workload(path)) {
    NetworkOptions options;
    options.input_shape = input_shape;
    shapes.graph = read_workload(path, options);
  } else {
    shapes.graph = read_trained_network(path, input_shape, quiet);
  }
  shapes.image = image_shape(shapes.graph);
  for (const std::string& op : shapes.graph.head.operators) ++shapes.host.head[op];
  for (const std::string& op : shapes.graph.tail.operators) ++shapes.host.tail[op];
  shapes.graph = prepared(std::move(shapes.graph));
  return shapes;
}

}  // namespace

int run_shapes(const std::vector<std::string>& args) {
  CommonOptions options;
  InputShapeOption input_shape;
  CommandLine line(
      "shapes", "NETWORK",
      "Reads a network (ONNX or YAML workload) and shows its layers as they run, their "
      "dense MACs, and what the host computes.\nWith -o NETWORK.yaml it writes them as a "
      "workload, which takes other densities.");
  line.common(options, {CommonOption::kOutput, CommonOption::kJson, CommonOption::kQuiet});
  input_shape.add_to(line);
  if (!line.parse(args, 1, 1)) return static_cast<int>(ExitStatus::kDone);
  Outputs outputs(line);
  outputs.add("output", options.output,
              {FileForm::kYaml, FileForm::kJson, FileForm::kMarkdown, FileForm::kCsv});
  const Shapes shapes = read_shapes(line.operands()[0], input_shape, options.quiet);
  const Json json = shapes_json(shapes);
  outputs.write("output",
                {{FileForm::kYaml, [&] { return yaml_workload(shapes.graph); }},
                 {FileForm::kJson, [&] { return json_document(json); }},
                 {FileForm::kMarkdown, [&] { return layer_table(shapes.graph).markdown(); }},
                 {FileForm::kCsv, [&] { return layer_table(shapes.graph).csv(); }}});
  outputs.commit();
  if (options.json) {
    put_text(json_document(json));
  } else if (!options.quiet) {
    put("{}\n{}", layer_table(shapes.graph).text(screen_of(stdout)), summary(shapes));
  }
  return static_cast<int>(ExitStatus::kDone);
}

}  // namespace escalate
