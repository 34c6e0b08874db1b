#include "escalate/inside/run_source.h"

#include "common/atomic_file.h"
#include "common/json.h"
#include "common/sha256.h"
#include "compiler/network_digest.h"
#include "workloads/layer_shape.h"

namespace escalate {
namespace {

Json drawn_node(const Graph& graph, const Node& node) {
  Json json = {{"name", node.name}, {"op", static_cast<int>(node.op)}, {"inputs", node.inputs}};
  const Shape in = node.inputs.empty() ? Shape{} : graph.nodes[std::size_t(node.inputs[0])].out;
  json["shape"] = shape_text(in, node.out, node.window, node.groups);
  json["values"] = {node.count_include_pad, node.pad_before, node.pad_after,
                    std::to_string(node.clip_min), std::to_string(node.clip_max)};
  if (node.op == OpKind::kSelect) {
    const Selection& selection = node.selection;
    json["selection"] = {selection.axis, selection.channels, selection.rows, selection.columns};
  }
  if (node.op == OpKind::kPointwise) json["function"] = node.function.text();
  if (node.window.is_dilated()) json["dilation"] = {node.window.dilation_h, node.window.dilation_w};
  if (node.add_factor[0] != 1 || node.add_factor[1] != 1) {
    json["factors"] = {node.add_factor[0], node.add_factor[1]};
  }
  if (node.is_output) json["is_output"] = true;
  if (node.drawn) {
    json["drawn"] = {node.drawn->coefficient, node.drawn->weight, node.drawn->activation,
                     node.drawn->signed_input};
  }
  for (const auto& [tensor, path] : node.npy_files) {
    json["given"][tensor] = sha256_hex(read_file(path));
  }
  return json;
}

}  // namespace

RunSource run_source(const LoadedNetwork& loaded, const std::vector<Activations>& images) {
  RunSource source;
  source.file = loaded.file;
  source.network = network_digest(loaded.network);
  source.drawn_from = loaded.drawn_from;
  for (const std::string& op : loaded.head.operators) ++source.host.head[op];
  for (const std::string& op : loaded.tail.operators) ++source.host.tail[op];
  if (loaded.is_drawn) return source;  // its layers' inputs are part of it
  Sha256 digest;
  for (const Activations& image : images) digest.add(image.values.data(), image.values.size());
  source.images = digest.hex();
  return source;
}

std::string drawn_digest(const Graph& graph, std::uint64_t seed) {
  Json json = {{"seed", seed}, {"nodes", Json::array()}};
  for (const Node& node : graph.nodes) json["nodes"].push_back(drawn_node(graph, node));
  return sha256_hex(json.dump(-1, ' ', true, Json::error_handler_t::replace));
}

}  // namespace escalate
