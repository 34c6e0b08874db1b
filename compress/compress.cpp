#include "compress/compress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "common/error.h"
#include "common/parallel.h"
#include "compress/direct_weights.h"
#include "compress/exact_weights.h"
#include "compress/graph_passes.h"
#include "compress/kernel_svd.h"
#include "compress/nm_pruning.h"
#include "compress/ternary_fit.h"
#include "machine/sparse_map.h"
#include "workloads/float_executor.h"
#include "workloads/layer_rules.h"
#include "workloads/layer_selection.h"
#include "workloads/nm_groups.h"

namespace escalate {
namespace {

constexpr int kCoefficientBits = 2;
constexpr int kWeightBits = 8;
constexpr int kChannelBits = 32 + 32 + 8;  // bias, multiplier, shift

void check_options(const CompressOptions& options) {
  if (options.terms < 1) throw UserError("--basis: expected at least 1 basis kernel");
  if (options.pointwise_terms < 1) throw UserError("--pointwise-terms: expected at least 1 term");
  if (!(options.density > 0 && options.density <= 1)) {
    throw UserError("--density: expected a share above 0 and at most 1");
  }
}

/// For each node whether it is a weighted layer that `--direct` names.
std::vector<bool> named_direct(const Graph& graph, const std::vector<std::string>& patterns) {
  std::vector<bool> named(graph.nodes.size(), false);
  if (patterns.empty()) return named;
  std::vector<std::size_t> layers;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!graph.nodes[i].is_weighted()) continue;
    layers.push_back(i);
    names.push_back(graph.nodes[i].name);
  }
  const std::vector<bool> chosen = select_names(names, patterns, "--direct");
  for (std::size_t i = 0; i < layers.size(); ++i) named[layers[i]] = chosen[i];
  return named;
}

void check_weights(const Node& node) {
  if (node.drawn || (node.weights.empty() && !node.decomposition)) {
    throw UserError(SourcePlace{"", 0, node.name}, "has no weights to compress");
  }
  for (const float weight : node.weights) {
    if (!std::isfinite(weight)) {
      throw UserError(SourcePlace{"", 0, node.name}, "has a weight that is not finite");
    }
  }
}

KernelShape kernel_shape(const Graph& graph, int i) {
  const Node& node = graph.nodes[i];
  const Shape in = graph.input_shape_of(i);
  const auto channels =
      node.op == OpKind::kFullyConnected ? in.size() : std::int64_t{in.c / node.groups};
  return {node.out_channels, int(channels), node.window.r * node.window.s};
}

/// What would change the decomposition that a network came with.
void refuse_for_decomposed(const Graph& graph, const CompressOptions& options) {
  if (!options.direct.empty()) {
    throw UserError(SourcePlace{"", 0, "--direct"},
                    "the network is decomposed already and keeps its decomposition");
  }
  if (options.method == CompressMethod::kNm) {
    throw UserError(SourcePlace{"", 0, "--method"},
                    "the network is decomposed already: nm prunes the weights of plain layers");
  }
  if (!options.coefficient_pattern) return;
  for (int i = 0; i < int(graph.nodes.size()); ++i) {
    const Node& node = graph.nodes[std::size_t(i)];
    if (!node.decomposition) continue;
    const NmPattern& pattern = *options.coefficient_pattern;
    const int channels = kernel_shape(graph, i).channels;
    if (!has_groups(channels, pattern) ||
        keeps_to(node.decomposition->coefficients, channels, 1, pattern)) {
      continue;
    }
    throw UserError(SourcePlace{"", 0, "--coefficient-pattern"},
                    fmt::format("the network keeps the decomposition that it came with, and layer "
                                "'{}' has more than {} of {} coefficients that are not zero",
                                node.name, pattern.kept, pattern.group));
  }
}

/// Gives all weighted layers a form; returns these layers.
std::vector<int> choose_forms(Graph& graph, const CompressOptions& options,
                              const std::vector<bool>& is_named) {
  std::vector<int> weighted;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!graph.nodes[i].is_weighted()) continue;
    check_weights(graph.nodes[i]);
    LayerForm& form = graph.nodes[i].form;
    if (is_named[i] || options.method == CompressMethod::kNm) form = LayerForm::kDirect;
    if (form == LayerForm::kUnset) form = default_form(graph, int(i));
    weighted.push_back(int(i));
  }
  return weighted;
}

template <class Value>
std::int64_t zeros_in(const std::vector<Value>& values) {
  return std::count(values.begin(), values.end(), Value{0});
}

/// The pattern that a layer's weights or coefficients are to keep to, if there is one.
std::optional<NmPattern> pattern_of(const Node& node, const KernelShape& shape,
                                    const CompressOptions& options) {
  std::optional<NmPattern> pattern;
  if (options.method == CompressMethod::kNm) pattern = options.pattern;
  if (node.form == LayerForm::kDecomposed) pattern = options.coefficient_pattern;
  if (!pattern || !has_groups(shape.channels, *pattern)) return std::nullopt;
  const bool is_kept = !node.decomposition ||
                       keeps_to(node.decomposition->coefficients, shape.channels, 1, *pattern);
  return is_kept ? pattern : std::nullopt;
}

/// Whether the layer became a decomposition of the weights that it came with.
bool take_ternary(Node& node, const KernelShape& shape, const CompressOptions& options,
                  LayerReport& report) {
  const bool has_bias =
      std::any_of(node.bias.begin(), node.bias.end(), [](float bias) { return bias != 0; });
  std::optional<Decomposition> parts = as_ternary(node.weights, shape, has_bias);
  if (!parts) return false;
  const auto zeros = zeros_in(parts->coefficients);
  if (double(zeros) < (1 - options.density) * double(shape.size())) return false;
  if (report.pattern && !keeps_to(parts->coefficients, shape.channels, 1, *report.pattern)) {
    return false;
  }
  node.decomposition = std::move(parts);
  node.form = LayerForm::kDecomposed;
  node.terms = node.decomposition->terms;
  node.weights.clear();
  node.weight_scale.clear();
  report.is_ternary_as_it_came = true;
  return true;
}

bool has_nonzero(const std::vector<float>& values) {
  return std::any_of(values.begin(), values.end(), [](float value) { return value != 0; });
}

/// Whether it gives no weight but 0.
bool is_all_zero(const Decomposition& parts) {
  const auto is_zero = [](auto value) { return value == 0; };
  return parts.basis_scale == 0 ||
         std::all_of(parts.coefficients.begin(), parts.coefficients.end(), is_zero) ||
         std::all_of(parts.basis.begin(), parts.basis.end(), is_zero) ||
         std::all_of(parts.channel_scale.begin(), parts.channel_scale.end(), is_zero);
}

/// Prunes to the report's pattern, if it has one.
void make_direct(Node& node, const KernelShape& shape, LayerReport& report) {
  const std::vector<float> weights = node.weights;
  if (report.pattern) {
    prune_to_pattern(node, shape.channels, *report.pattern);
    report.pruned = zeros_in(node.weights) - zeros_in(weights);
  }
  if (node.weight_scale.empty() && loses_steps(node)) {
    report.note = fmt::format("its weights, up to {} steps from their zero point, are rounded",
                              node.given_steps);
  }
  quantize_direct(node);
  report.error = relative_error(weights, node.weights);
}

/// A layer of these weights and biases, direct since its decomposition is all zero.
void keep_direct(Node& node, const Node& original, const KernelShape& shape, LayerReport& report) {
  node.form = LayerForm::kDirect;
  node.decomposition.reset();
  node.terms = 0;
  node.weights = original.weights;
  node.bias = original.bias;
  report.pattern.reset();
  make_direct(node, shape, report);
  report.came_out_zero = true;
  report.svd_error = report.threshold_error = 0;
  report.output_error = -1;
  report.note = "its ternary coefficients come out all zero: it keeps int8 weights";
}

void decompose(Node& node, const KernelShape& shape, const CompressOptions& options,
               LayerReport& report) {
  TernaryOptions fit;
  fit.density = options.density;
  fit.terms = options.pointwise_terms;
  fit.pattern = report.pattern;
  if (shape.taps > 1) {
    fit.terms = std::min(options.terms, shape.taps);
    if (fit.terms < options.terms) {
      report.note = fmt::format("{} basis kernels asked for, {} are all there are for {}x{}",
                                options.terms, fit.terms, node.window.r, node.window.s);
    }
    report.svd_error = kernel_svd(node.weights, shape, fit.terms).relative_error;
    Node thresholded = node;
    thresholded.decomposition = threshold_ternary(node.weights, shape, fit.terms);
    report.threshold_error =
        relative_error(node.weights, float_weights(thresholded, shape.channels * node.groups));
  }
  Node fitted = node;
  fitted.decomposition = fit_ternary(node.weights, shape, fit);
  if (is_all_zero(*fitted.decomposition) && has_nonzero(node.weights)) {
    return keep_direct(node, Node(node), shape, report);
  }
  fitted.form = LayerForm::kDecomposed;
  fitted.terms = fit.terms;
  report.error = relative_error(node.weights, float_weights(fitted, shape.channels * node.groups));
  fitted.weights.clear();
  fitted.weight_scale.clear();
  node = std::move(fitted);
}

void measure(const Node& node, const KernelShape& shape, LayerReport& report) {
  report.name = node.name;
  report.form = node.form;
  report.weights = std::int64_t(shape.size());
  report.channel_bits = std::int64_t{kChannelBits} * node.out_channels;
  if (!node.decomposition) {
    const std::int64_t zeros = zeros_in(node.weights);
    report.zero_share = double(zeros) / double(report.weights);
    report.dense_bits = report.weights * kWeightBits;
    report.sparse_map_bits = sparse_map_bits(report.weights, report.weights - zeros, kWeightBits);
    report.nm_bits = report.dense_bits;
    if (report.pattern) {
      report.nm_bits =
          nm_bits(shape.outputs, shape.channels, shape.taps, *report.pattern, kWeightBits);
    }
    return;
  }
  const Decomposition& parts = *node.decomposition;
  const auto count = std::int64_t(parts.coefficients.size());
  const std::int64_t zeros = zeros_in(parts.coefficients);
  // A basis of {1} is no data: the MAC unit is bypassed.
  const bool has_basis = parts.terms > 1 || shape.taps > 1;
  const std::int64_t basis_bits =
      has_basis ? std::int64_t(parts.basis.size()) * kWeightBits : std::int64_t{0};
  report.terms = parts.terms;
  report.zero_share = double(zeros) / double(count);
  report.dense_bits = count * kCoefficientBits + basis_bits;
  report.sparse_map_bits = sparse_map_bits(count, count - zeros, 1) + basis_bits;
  report.nm_bits = report.dense_bits;
  if (report.pattern) {
    const std::int64_t rows = std::int64_t{shape.outputs} * parts.terms;
    report.nm_bits =
        nm_bits(rows, shape.channels, 1, *report.pattern, kCoefficientBits) + basis_bits;
  }
}

Json options_json(const CompressOptions& options) {
  Json json = {{"method", std::string(enum_name(options.method))}, {"direct", options.direct}};
  if (options.method == CompressMethod::kNm) {
    json["pattern"] = text_of(options.pattern);
    return json;
  }
  json["basis"] = options.terms;
  json["pointwise_terms"] = options.pointwise_terms;
  json["density"] = options.density;
  if (options.coefficient_pattern) {
    json["coefficient_pattern"] = text_of(*options.coefficient_pattern);
  }
  return json;
}

Json layer_json(const LayerReport& layer) {
  Json json;
  json["name"] = layer.name;
  json["form"] = layer.form == LayerForm::kDecomposed ? "decomposed" : "direct";
  if (layer.terms > 0) json["terms"] = layer.terms;
  json["weights"] = layer.weights;
  json["relative_error"] = layer.error;
  if (layer.svd_error > 0 || layer.threshold_error > 0) {
    json["svd_relative_error"] = layer.svd_error;
    json["threshold_relative_error"] = layer.threshold_error;
  }
  if (layer.output_error >= 0) json["output_relative_error"] = layer.output_error;
  json["zero_share"] = layer.zero_share;
  if (layer.pattern) json["pattern"] = text_of(*layer.pattern);
  if (layer.pattern && layer.terms == 0) json["pruned"] = layer.pruned;
  if (layer.is_ternary_as_it_came) json["ternary_as_it_came"] = true;
  if (layer.came_out_zero) json["came_out_zero"] = true;
  if (!layer.note.empty()) json["note"] = layer.note;
  return json;
}

void add_sizes(Json& json, const LayerReport& layer, bool has_pattern) {
  const auto ratio = [](std::int64_t from, std::int64_t to) { return double(from) / double(to); };
  json["sparse_map_bits"] = layer.sparse_map_bits;
  json["dense_bits"] = layer.dense_bits;
  json["channel_bits"] = layer.channel_bits;
  json["fp32_bits"] = layer.fp32_bits();
  json["int8_bits"] = layer.int8_bits();
  json["fp32_over_sparse_map"] = ratio(layer.fp32_bits(), layer.sparse_map_bits);
  json["int8_over_sparse_map"] = ratio(layer.int8_bits(), layer.sparse_map_bits);
  json["fp32_over_dense"] = ratio(layer.fp32_bits(), layer.dense_bits);
  json["int8_over_dense"] = ratio(layer.int8_bits(), layer.dense_bits);
  if (!has_pattern) return;
  json["nm_bits"] = layer.nm_bits;
  json["fp32_over_nm"] = ratio(layer.fp32_bits(), layer.nm_bits);
  json["int8_over_nm"] = ratio(layer.int8_bits(), layer.nm_bits);
}

}  // namespace

LayerReport CompressReport::total() const {
  LayerReport sum;
  sum.name = "total";
  double zeros = 0;
  for (const LayerReport& layer : layers) {
    sum.weights += layer.weights;
    sum.sparse_map_bits += layer.sparse_map_bits;
    sum.dense_bits += layer.dense_bits;
    sum.nm_bits += layer.nm_bits;
    sum.channel_bits += layer.channel_bits;
    sum.pruned += layer.pruned;
    zeros += layer.zero_share * double(layer.weights);
  }
  if (sum.weights > 0) sum.zero_share = zeros / double(sum.weights);
  return sum;
}

std::optional<NmPattern> CompressReport::pattern() const {
  if (options.method == CompressMethod::kNm) return options.pattern;
  return options.coefficient_pattern;
}

Graph compress_graph(const Graph& graph, const CompressOptions& options, CompressReport* report) {
  Graph made = prepared(graph);
  check_options(options);
  made.quantization = {};
  const bool is_decomposed = std::any_of(made.nodes.begin(), made.nodes.end(),
                                         [](const Node& n) { return n.decomposition.has_value(); });
  if (is_decomposed) refuse_for_decomposed(made, options);
  const std::vector<bool> is_named = named_direct(made, options.direct);
  const std::vector<int> weighted = choose_forms(made, options, is_named);
  if (!options.requantize) refuse_lost_steps(made);
  std::vector<LayerReport> layers(weighted.size());
  parallel_for(std::int64_t(weighted.size()), options.jobs, [&](std::int64_t n) {
    const int i = weighted[std::size_t(n)];
    Node& node = made.nodes[i];
    const KernelShape shape = kernel_shape(made, i);
    LayerReport& layer = layers[std::size_t(n)];
    layer.pattern = is_named[std::size_t(i)] ? std::nullopt : pattern_of(node, shape, options);
    if (!is_decomposed && node.form == LayerForm::kDecomposed) {
      if (!take_ternary(node, shape, options, layer)) decompose(node, shape, options, layer);
    } else if (!node.decomposition) {
      make_direct(node, shape, layer);
    }
    node.given_steps = 0;  // they are what they have become
    measure(node, shape, layer);
  });
  if (report != nullptr) *report = {graph.name, options, is_decomposed, std::move(layers)};
  return made;
}

bool undo_zeroed_layers(const Graph& original, Graph& compressed, CompressReport& report) {
  if (report.kept_decomposition) return false;
  bool found = false;
  const Graph before = prepared(original);
  for (LayerReport& layer : report.layers) {
    const int i = compressed.find(layer.name);
    ensure(i >= 0, "a report is of the network that was compressed");
    Node& node = compressed.nodes[std::size_t(i)];
    const Node& was = before.nodes.at(std::size_t(i));
    if (!node.decomposition || !is_all_zero(*node.decomposition) || !has_nonzero(was.weights)) {
      continue;
    }
    const KernelShape shape = kernel_shape(compressed, i);
    keep_direct(node, was, shape, layer);
    measure(node, shape, layer);
    found = true;
  }
  return found;
}

void measure_again(const Graph& original, const Graph& compressed, CompressReport& report) {
  const Graph before = prepared(original);
  for (LayerReport& layer : report.layers) {
    const int i = compressed.find(layer.name);
    ensure(i >= 0 && before.nodes.at(std::size_t(i)).name == layer.name,
           "a report is of the network that was compressed");
    const Node& node = compressed.nodes[std::size_t(i)];
    const KernelShape shape = kernel_shape(compressed, i);
    const std::vector<float>& weights = before.nodes[std::size_t(i)].weights;
    if (!report.kept_decomposition) {
      layer.error = relative_error(weights, float_weights(node, shape.channels * node.groups));
    }
    measure(node, shape, layer);
  }
}

Json report_json(const CompressReport& report) {
  Json json;
  json["schema"] = "escalate.compression/1";
  json["network"] = report.network;
  json["options"] = options_json(report.options);
  json["kept_decomposition"] = report.kept_decomposition;
  json["layers"] = Json::array();
  for (const LayerReport& layer : report.layers) {
    Json entry = layer_json(layer);
    add_sizes(entry, layer, report.pattern().has_value());
    json["layers"].push_back(std::move(entry));
  }
  const LayerReport sum = report.total();
  json["total"]["weights"] = sum.weights;
  add_sizes(json["total"], sum, report.pattern().has_value());
  return json;
}

}  // namespace escalate
