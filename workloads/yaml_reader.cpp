#include "workloads/yaml_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <optional>
#include <set>

#include "workloads/layer_rules.h"
#include "workloads/npy.h"
#include "workloads/yaml_densities.h"
#include "workloads/yaml_layers.h"
#include "workloads/yaml_map.h"
#include "workloads/zoo.h"

namespace escalate {
namespace {

constexpr int kMostRepeats = 1000;
constexpr int kMostLayers = 10000;
constexpr int kDeepestNesting = 8;  ///< blocks within blocks: deeper ones use themselves

std::vector<std::string> operator+(std::vector<std::string> a, const std::vector<std::string>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

const std::vector<std::string>& all_kinds() {
  static const std::vector<std::string> kKinds =
      std::vector<std::string>{"conv", "fc", "use"} + plain_layer_words();
  return kKinds;
}

/// Names of the parameters ($name) that occur in a block.
void collect_parameters(const YAML::Node& node, std::set<std::string>& names) {
  if (node.IsScalar()) {
    if (node.Scalar().starts_with('$')) names.insert(node.Scalar().substr(1));
  } else if (node.IsSequence()) {
    for (const auto& item : node) collect_parameters(item, names);
  } else if (node.IsMap()) {
    for (const auto& entry : node) collect_parameters(entry.second, names);
  }
}

/// Layer names that can be read at one place of the file, and the defaults that hold there.
struct Scope {
  std::string prefix;                ///< put before the names of layers made here
  std::map<std::string, int> nodes;  ///< name as written here -> graph node of its output
  int previous = 0;                  ///< what a layer without `from` reads
  LayerDefaults defaults;
  const YamlParameters* parameters = nullptr;
  int depth = 0;
};

class WorkloadReader {
 public:
  explicit WorkloadReader(const std::string& path) : path_(path) {}

  Graph read(const YAML::Node& document) {
    const YamlMap top(path_, document, "workload");
    top.check_keys(
        {"name", "definition", "input", "transform", "seed", "defaults", "blocks", "layers"});
    graph_.name = top.text("name");
    if (top.has("definition")) graph_.definition = top.text("definition");
    constexpr std::int64_t kMostSeed = std::numeric_limits<std::int64_t>::max();
    if (top.has("seed"))
      graph_.seed = static_cast<std::uint64_t>(top.integer("seed", 0, kMostSeed));
    read_input(top);
    if (top.has("transform")) read_transform(top);
    if (top.has("blocks")) read_blocks(top);
    Scope scope;
    scope.nodes["input"] = 0;
    if (top.has("defaults")) {
      const YamlMap defaults(path_, top.value("defaults"), "defaults");
      defaults.check_keys(layer_default_keys());
      read_layer_defaults(defaults, scope.defaults);
    }
    read_layers(scope, top.value("layers"), "layers");
    graph_.nodes.back().is_output = false;  // as the last one it is one
    infer_shapes();
    finish_layers();
    return std::move(graph_);
  }

 private:
  void read_input(const YamlMap& top) {
    const std::vector<int> shape = top.integers("input", 1, kMostExtent, 3);
    if (shape.size() != 3) top.fail("input", "expected [C, H, W]");
    Node input;
    input.name = "input";
    input.out = {shape[0], shape[1], shape[2]};
    add_node(std::move(input), top.line(), "input");
  }

  void read_transform(const YamlMap& top) {
    const YamlMap map(path_, top.value("transform"), "transform");
    map.check_keys({"mean", "std", "channels"});
    const auto channels = static_cast<std::size_t>(graph_.nodes[0].out.c);
    graph_.transform.mean = map.numbers("mean");
    graph_.transform.std = map.numbers("std");
    for (const char* key : {"mean", "std"}) {
      if (map.numbers(key).size() != channels) {
        map.fail(key, fmt::format("expected {} numbers, one a channel", channels));
      }
    }
    for (const float deviation : graph_.transform.std) {
      if (!(deviation > 0)) map.fail("std", "expected numbers above 0");
    }
    if (map.has("channels")) {
      const std::string order = map.text("channels");
      if (order != "rgb" && order != "bgr") map.fail("channels", "expected rgb or bgr");
      graph_.transform.bgr = order == "bgr";
    }
  }

  void read_blocks(const YamlMap& top) {
    const YamlMap map(path_, top.value("blocks"), "blocks");
    for (const std::string& name : map.keys()) {
      Block block{map.value(name), {}};
      if (!block.layers.IsSequence() || block.layers.size() == 0) {
        map.fail(name, "expected a list of layers");
      }
      collect_parameters(block.layers, block.parameters);
      for (const std::string& parameter : block.parameters) {
        if (parameter == "use" || parameter == "name" || parameter == "repeat" ||
            parameter == "first" || parameter == "from") {
          map.fail(name,
                   fmt::format("'${}' is a key of `use` and cannot be a parameter", parameter));
        }
      }
      blocks_.emplace(name, std::move(block));
    }
  }

  void read_layers(Scope& scope, const YAML::Node& list, const std::string& key) {
    if (!list.IsSequence() || list.size() == 0) {
      throw UserError({path_, list.Mark().line + 1, key}, "expected a list of layers");
    }
    for (const auto& item : list) {
      const YamlMap map(path_, item, "layer", scope.parameters);
      if (kind_of(map) == "use") {
        read_use(scope, map);
      } else {
        read_layer(scope, map);
      }
    }
  }

  std::string kind_of(const YamlMap& map) const {
    std::string kind;
    for (const std::string& candidate : all_kinds()) {
      if (!map.has(candidate)) continue;
      if (!kind.empty()) map.fail(candidate, fmt::format("this layer is already '{}'", kind));
      kind = candidate;
    }
    if (!kind.empty()) return kind;
    for (const std::string& word : map.keys()) {
      const std::string nearest = nearest_word(word, all_kinds());
      if (!nearest.empty())
        map.fail(word, fmt::format("unknown kind; did you mean '{}'?", nearest));
    }
    map.fail("layer",
             fmt::format("no kind; expected one of the keys {}", fmt::join(all_kinds(), ", ")));
  }

  void read_use(Scope& scope, const YamlMap& map) {
    const std::string block_name = map.text("use");
    const auto found = blocks_.find(block_name);
    if (found == blocks_.end()) {
      std::vector<std::string> known;
      for (const auto& [name, block] : blocks_) known.push_back(name);
      const std::string nearest = nearest_word(block_name, known);
      map.fail("use", fmt::format("'{}' is not among the blocks{}", block_name,
                                  nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
    }
    const Block& block = found->second;
    if (scope.depth == kDeepestNesting) map.fail("use", "blocks are nested too deep");
    const std::vector<std::string> parameters(block.parameters.begin(), block.parameters.end());
    map.check_keys(std::vector<std::string>{"use", "name", "repeat", "first", "from"} +
                   layer_default_keys() + parameters);
    const std::string name = map.text("name");
    if (scope.nodes.contains(name)) {
      map.fail("name", fmt::format("there is already a layer '{}'", name));
    }
    YamlParameters values;
    for (const std::string& parameter : parameters) {
      if (!map.has(parameter)) {
        map.fail(parameter, fmt::format("block '{}' needs a value for it", block_name));
      }
      values.emplace(parameter, map.value(parameter));
    }
    LayerDefaults defaults = scope.defaults;
    read_layer_defaults(map, defaults);
    int input = inputs_of(scope, map, 1).at(0);
    const int repeats =
        map.has("repeat") ? static_cast<int>(map.integer("repeat", 1, kMostRepeats)) : 1;
    const int first = map.has("first") ? static_cast<int>(map.integer("first", 0, kMostExtent)) : 0;
    if (map.has("first") && !map.has("repeat"))
      map.fail("first", "has no meaning without 'repeat'");
    for (int i = 0; i < repeats; ++i) {
      const std::string copy = map.has("repeat") ? fmt::format("{}.{}", name, first + i) : name;
      Scope inner{
          scope.prefix + copy + '.', {{"input", input}}, input, defaults, &values, scope.depth + 1};
      read_layers(inner, block.layers, block_name);
      input = inner.previous;
      if (map.has("repeat")) define(scope, map, copy, input);
    }
    define(scope, map, name, input);
    scope.previous = input;
  }

  /// Makes `name` stand for node `node` from here on.
  static void define(Scope& scope, const YamlMap& map, const std::string& name, int node) {
    if (!scope.nodes.emplace(name, node).second) {
      map.fail("name", fmt::format("there is already a layer '{}'", name));
    }
  }

  /// Nodes named by `from`; the previous layer without it.
  static std::vector<int> inputs_of(const Scope& scope, const YamlMap& map, int most) {
    if (!map.has("from")) return {scope.previous};
    std::vector<int> inputs;
    for (const std::string& name : map.texts("from")) {
      const auto found = scope.nodes.find(name);
      if (found == scope.nodes.end()) {
        std::vector<std::string> known;
        for (const auto& [word, node] : scope.nodes) known.push_back(word);
        const std::string nearest = nearest_word(name, known);
        map.fail("from", fmt::format("'{}' is not an earlier layer{}", name,
                                     nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
      }
      inputs.push_back(found->second);
    }
    if (inputs.empty() || static_cast<int>(inputs.size()) > most) {
      map.fail("from",
               most == 1 ? "expected one layer" : fmt::format("expected up to {} layers", most));
    }
    return inputs;
  }

  void read_layer(Scope& scope, const YamlMap& map) {
    const std::string kind = kind_of(map);
    const std::string name = map.text(kind);
    if (scope.nodes.contains(name)) {
      map.fail(kind, fmt::format("there is already a layer '{}'", name));
    }
    Node node;
    node.name = scope.prefix + name;
    const LayerKind& of_word = kind_of_word(kind);
    node.inputs = inputs_of(scope, map, of_word.most_inputs(kind));
    of_word.read_yaml(map, kind, node);
    if (node.is_weighted()) read_weighted(scope, map, node);
    if (kind == "resize") resized_.push_back(static_cast<int>(graph_.nodes.size()));
    add_node(std::move(node), map.line(), kind);
    if (map.has("then")) read_then(map, scope.prefix + name);
    if (map.has("output")) graph_.nodes.back().is_output = map.boolean("output");
    scope.previous = static_cast<int>(graph_.nodes.size()) - 1;
    scope.nodes.emplace(name, scope.previous);
  }

  void add_node(Node node, int line, const std::string& key) {
    const SourcePlace place{path_, line, key};
    if (graph_.nodes.size() > kMostLayers) {
      throw UserError(place, fmt::format("the network has more than {} layers", kMostLayers));
    }
    if (!place_of_.emplace(node.name, place).second) {
      throw UserError(place, fmt::format("there is already a layer '{}'", node.name));
    }
    graph_.nodes.push_back(std::move(node));
  }

  void read_then(const YamlMap& map, const std::string& name) {
    const std::string word = map.text("then");
    const bool is_name =
        word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == word.npos;
    Node node;
    node.name = name + '.' + (is_name ? word : "then");
    node.inputs = {static_cast<int>(graph_.nodes.size()) - 1};
    set_activation(map, "then", node);
    add_node(std::move(node), map.line(), "then");
  }

  void read_weighted(const Scope& scope, const YamlMap& map, Node& node) {
    LayerDefaults values = scope.defaults;
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
        {static_cast<int>(graph_.nodes.size()),
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

  /// Graph::infer_shapes names a node; the user is told the line of its layer.
  void infer_shapes() {
    try {
      graph_.infer_shapes();
      if (!resized_.empty()) finish_resizes();
    } catch (const UserError& error) {
      const auto found = place_of_.find(error.place().key);
      ensure(found != place_of_.end(), "a fault of shapes is that of a layer");
      throw UserError(found->second, error.what());
    }
  }

  /// Each place of an enlarged map repeats that of the map before which lies there.
  void finish_resizes() {
    for (const int i : resized_) {
      Selection& selection = graph_.nodes[static_cast<std::size_t>(i)].selection;
      const Shape in = graph_.input_shape_of(i);
      const auto spread = [](std::vector<int>& places, int extent) {
        const auto length = static_cast<std::int64_t>(places.size());
        for (std::int64_t at = 0; at < length; ++at) {
          places[static_cast<std::size_t>(at)] = static_cast<int>(at * extent / length);
        }
      };
      spread(selection.rows, in.h);
      spread(selection.columns, in.w);
    }
    graph_.infer_shapes();
  }

  void finish_layers() {
    const std::vector<bool> is_signed = signed_outputs(graph_);
    for (const Stated& stated : stated_) {
      Node& node = graph_.nodes[stated.node];
      node.drawn->signed_input = is_signed[node.inputs.at(0)];
      if (node.form == LayerForm::kUnset) node.form = default_form(graph_, stated.node);
      const bool direct = node.form == LayerForm::kDirect;
      if (direct ? stated.weight : stated.coefficient) continue;
      SourcePlace place = place_of_.at(node.name);
      place.key = direct ? "weight_density" : "coefficient_density";
      throw UserError(place, fmt::format("is missing for the {} layer '{}'; give it here, in "
                                         "defaults, or name a tensor",
                                         direct ? "direct" : "decomposed", node.name));
    }
  }

  struct Block {
    YAML::Node layers;
    std::set<std::string> parameters;
  };
  /// Which densities of a weighted layer the file states.
  struct Stated {
    int node;
    bool coefficient, weight;
  };

  std::string path_;
  Graph graph_;
  std::map<std::string, SourcePlace> place_of_;  ///< by the name of a graph node
  std::map<std::string, Block> blocks_;
  std::vector<Stated> stated_;
  std::vector<int> resized_;  ///< nodes that enlarge a map
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
