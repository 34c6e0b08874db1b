#include "workloads/yaml_reader.h"

#include <fmt/format.h>

#include <filesystem>
#include <limits>

#include "workloads/layer_rules.h"
#include "workloads/npy.h"
#include "workloads/placed_graph.h"
#include "workloads/yaml_blocks.h"
#include "workloads/yaml_densities.h"
#include "workloads/yaml_layers.h"
#include "workloads/yaml_map.h"
#include "workloads/yaml_scope.h"
#include "workloads/zoo.h"

namespace escalate {
namespace {

constexpr int kMostRepeats = 1000;
constexpr int kDeepestNesting = 8;  ///< blocks within blocks: deeper ones use themselves

const std::vector<std::string>& all_kinds() {
  static const std::vector<std::string> kKinds = [] {
    std::vector<std::string> kinds = {"conv", "fc", "use"};
    const std::vector<std::string>& plain = plain_layer_words();
    kinds.insert(kinds.end(), plain.begin(), plain.end());
    return kinds;
  }();
  return kKinds;
}

/// The one key of a layer that says its kind.
std::string kind_of(const YamlMap& map) {
  std::string kind;
  for (const std::string& candidate : all_kinds()) {
    if (!map.has(candidate)) continue;
    if (!kind.empty()) map.fail(candidate, fmt::format("this layer is already '{}'", kind));
    kind = candidate;
  }
  if (!kind.empty()) return kind;
  for (const std::string& word : map.keys()) {
    const std::string nearest = nearest_word(word, all_kinds());
    if (!nearest.empty()) {
      map.fail(word, fmt::format("unknown kind; did you mean '{}'?", nearest));
    }
  }
  map.fail("layer",
           fmt::format("no kind; expected one of the keys {}", fmt::join(all_kinds(), ", ")));
}

InputTransform read_transform(const YamlMap& map, std::size_t channels) {
  map.check_keys({"mean", "std", "channels"});
  InputTransform transform;
  transform.mean = map.numbers("mean");
  transform.std = map.numbers("std");
  for (const char* key : {"mean", "std"}) {
    if (map.numbers(key).size() != channels) {
      map.fail(key, fmt::format("expected {} numbers, one a channel", channels));
    }
  }
  for (const float deviation : transform.std) {
    if (!(deviation > 0)) map.fail("std", "expected numbers above 0");
  }
  if (!map.has("channels")) return transform;
  const std::string order = map.text("channels");
  if (order != "rgb" && order != "bgr") map.fail("channels", "expected rgb or bgr");
  transform.bgr = order == "bgr";
  return transform;
}

class WorkloadReader {
 public:
  explicit WorkloadReader(const std::string& path) : path_(path) {}

  Graph read(const YAML::Node& document) {
    const YamlMap top(path_, document, "workload");
    top.check_keys(
        {"name", "definition", "input", "transform", "seed", "defaults", "blocks", "layers"});
    Graph& graph = network_.graph();
    graph.name = top.text("name");
    if (top.has("definition")) graph.definition = top.text("definition");
    constexpr std::int64_t kMostSeed = std::numeric_limits<std::int64_t>::max();
    if (top.has("seed")) {
      graph.seed = static_cast<std::uint64_t>(top.integer("seed", 0, kMostSeed));
    }
    read_input(top);
    if (top.has("transform")) {
      graph.transform = read_transform(part(top, "transform"), std::size_t(graph.nodes[0].out.c));
    }
    if (top.has("blocks")) blocks_ = YamlBlocks(part(top, "blocks"));
    YamlScope scope;
    if (top.has("defaults")) {
      const YamlMap defaults = part(top, "defaults");
      defaults.check_keys(layer_default_keys());
      read_layer_defaults(defaults, scope.defaults());
    }
    read_layers(scope, top.value("layers"), "layers");
    network_.last().is_output = false;  // as the last one it is one
    network_.infer_shapes();
    finish_layers();
    return std::move(graph);
  }

 private:
  YamlMap part(const YamlMap& top, const char* key) const { return {path_, top.value(key), key}; }

  void read_input(const YamlMap& top) {
    const std::vector<int> shape = top.integers("input", 1, kMostExtent, 3);
    if (shape.size() != 3) top.fail("input", "expected [C, H, W]");
    Node input;
    input.name = "input";
    input.out = {shape[0], shape[1], shape[2]};
    network_.add(std::move(input), {path_, top.line(), "input"});
  }

  void read_layers(YamlScope& scope, const YAML::Node& list, const std::string& key) {
    if (!list.IsSequence() || list.size() == 0) {
      throw UserError({path_, list.Mark().line + 1, key}, "expected a list of layers");
    }
    for (const auto& item : list) {
      const YamlMap map(path_, item, "layer", scope.parameters());
      if (kind_of(map) == "use") {
        read_use(scope, map);
      } else {
        read_layer(scope, map);
      }
    }
  }

  void read_use(YamlScope& scope, const YamlMap& map) {
    const YamlBlocks::Block& block = blocks_.used_by(map);
    if (scope.depth() == kDeepestNesting) map.fail("use", "blocks are nested too deep");
    const YamlParameters values = YamlBlocks::values_for(block, map, layer_default_keys());
    const std::string name = map.text("name");
    scope.check_free(map, "name", name);
    LayerDefaults defaults = scope.defaults();
    read_layer_defaults(map, defaults);
    int input = scope.inputs_of(map, 1).at(0);
    const bool repeats = map.has("repeat");
    if (map.has("first") && !repeats) map.fail("first", "has no meaning without 'repeat'");
    const auto copies = repeats ? map.integer("repeat", 1, kMostRepeats) : 1;
    const auto first = map.has("first") ? map.integer("first", 0, kMostExtent) : 0;
    for (std::int64_t i = 0; i < copies; ++i) {
      const std::string copy = repeats ? fmt::format("{}.{}", name, first + i) : name;
      YamlScope inner(scope.prefix() + copy + '.', input, defaults, &values, scope.depth() + 1);
      read_layers(inner, block.layers, block.name);
      input = inner.previous();
      if (repeats) scope.define(map, "name", copy, input);
    }
    scope.define(map, "name", name, input);
    scope.set_previous(input);
  }

  void read_layer(YamlScope& scope, const YamlMap& map) {
    const std::string kind = kind_of(map);
    const std::string name = map.text(kind);
    scope.check_free(map, kind, name);
    Node node;
    node.name = scope.prefix() + name;
    const LayerKind& of_word = kind_of_word(kind);
    node.inputs = scope.inputs_of(map, of_word.most_inputs(kind));
    of_word.read_yaml(map, kind, node);
    if (node.is_weighted()) read_weighted(scope, map, node);
    network_.add(std::move(node), {path_, map.line(), kind});
    if (kind == "resize") network_.mark_enlarging();
    if (map.has("then")) read_then(map, scope.prefix() + name);
    if (map.has("output")) network_.last().is_output = map.boolean("output");
    scope.set_previous(network_.last_index());
    scope.define(map, kind, name, scope.previous());
  }

  void read_then(const YamlMap& map, const std::string& name) {
    const std::string word = map.text("then");
    const bool is_name =
        word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == word.npos;
    Node node;
    node.name = name + '.' + (is_name ? word : "then");
    node.inputs = {network_.last_index()};
    set_activation(map, "then", node);
    network_.add(std::move(node), {path_, map.line(), "then"});
  }

  void read_weighted(const YamlScope& scope, const YamlMap& map, Node& node) {
    LayerDefaults values = scope.defaults();
    read_layer_defaults(map, values);
    const bool pointwise = node.window.r == 1 && node.window.s == 1;
    if (const auto terms = map.has("terms") || !pointwise ? values.terms : values.pointwise_terms) {
      node.terms = *terms;
    }
    for (const std::string& key : layer_tensor_keys()) {
      if (map.has(key)) node.npy_files[key] = tensor_path(map, key);
    }
    settle_form(map, values, node);
    if (values.form) node.form = *values.form;
    draw_densities(map, values, node);
    const bool has_activations =
        node.npy_files.contains("activations") || node.npy_files.contains("mask");
    if (!values.activation_density && !has_activations) {
      map.fail("activation_density", "is missing; give it here, in defaults, or name a tensor");
    }
    stated_.push_back(
        {network_.last_index() + 1,
         values.coefficient_density || node.npy_files.contains("coefficients"),
         values.weight_density || values.weight_pattern || node.npy_files.contains("weights")});
  }

  std::string tensor_path(const YamlMap& map, const std::string& key) const {
    const std::filesystem::path given = map.text(key);
    const std::filesystem::path full =
        given.is_absolute() ? given : std::filesystem::path(path_).parent_path() / given;
    try {
      const NpyFile file(full.string());
    } catch (const UserError& error) {
      map.fail(key, error.what());
    }
    return full.string();
  }

  void finish_layers() {
    Graph& graph = network_.graph();
    const std::vector<bool> is_signed = signed_outputs(graph);
    for (const Stated& stated : stated_) {
      Node& node = graph.nodes[stated.node];
      node.drawn->signed_input = is_signed[node.inputs.at(0)];
      if (node.form == LayerForm::kUnset) node.form = default_form(graph, stated.node);
      const bool direct = node.form == LayerForm::kDirect;
      if (direct ? stated.weight : stated.coefficient) continue;
      SourcePlace place = network_.place_of(node.name);
      place.key = direct ? "weight_density" : "coefficient_density";
      throw UserError(place, fmt::format("is missing for the {} layer '{}'; give it here, in "
                                         "defaults, or name a tensor",
                                         direct ? "direct" : "decomposed", node.name));
    }
  }

  /// Which densities of a weighted layer the file states.
  struct Stated {
    int node;
    bool coefficient, weight;
  };

  std::string path_;
  PlacedGraph network_;
  YamlBlocks blocks_;
  std::vector<Stated> stated_;
};

}  // namespace

Graph read_yaml_workload(const std::string& path) {
  if (is_zoo_name(path)) {
    const std::string file = path + ".yaml";
    return parse_yaml_workload(std::string(embedded_network(file)), file);
  }
  return WorkloadReader(path).read(load_yaml_file(path));
}

Graph parse_yaml_workload(const std::string& text, const std::string& name) {
  return WorkloadReader(name).read(parse_yaml_document(text, name));
}

}  // namespace escalate
