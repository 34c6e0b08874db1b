#include "escalate/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "common/atomic_file.h"
#include "common/enum_names.h"
#include "compress/calibrate.h"
#include "compress/compress.h"
#include "compress/evaluate.h"
#include "compress/given_scales.h"
#include "compress/graph_passes.h"
#include "compress/output_refit.h"
#include "escalate/inside/handles.h"
#include "workloads/layer_shape.h"
#include "workloads/nm_pattern.h"
#include "workloads/onnx/host_part.h"
#include "workloads/onnx/stride_folding.h"
#include "workloads/onnx/writer.h"
#include "workloads/quick_layer.h"
#include "workloads/yaml_reader.h"
#include "workloads/zoo.h"

namespace esc {
namespace {

Shape shape_of(const escalate::Shape& shape) { return {shape.c, shape.h, shape.w}; }

escalate::NetworkReading reading_of(const Drawing& drawing, std::vector<std::string>& warnings) {
  escalate::NetworkReading reading;
  reading.draw.seed = drawing.seed;
  reading.draw.terms = drawing.terms;
  reading.draw.pointwise_terms = drawing.pointwise_terms;
  reading.warn = [&warnings](const std::string& text) { warnings.push_back(text); };
  return reading;
}

/// The layer of a graph of parse_quick_layer() as a YAML workload.
std::string workload_of_layer(const escalate::Graph& graph) {
  const escalate::Shape& in = graph.nodes.at(0).out;
  const escalate::Node& layer = graph.nodes.at(1);
  const escalate::Window& window = layer.window;
  const escalate::DrawnDensities& drawn = *layer.drawn;
  const bool is_direct = layer.form == escalate::LayerForm::kDirect;
  std::string text = fmt::format(
      "name: {}\ninput: [{}, {}, {}]\nseed: {}\nlayers:\n- conv: {}\n  K: {}\n"
      "  kernel: [{}, {}]\n  stride: [{}, {}]\n  pad: [{}, {}, {}, {}]\n  groups: {}\n"
      "  form: {}\n  coefficient_density: {}\n  weight_density: {}\n  activation_density: {}\n",
      graph.name, in.c, in.h, in.w, graph.seed, layer.name, layer.out_channels, window.r, window.s,
      window.stride_h, window.stride_w, window.pad_top, window.pad_left, window.pad_bottom,
      window.pad_right, layer.groups, is_direct ? "direct" : "decomposed", drawn.coefficient,
      drawn.weight, drawn.activation);
  if (layer.terms > 0 && !is_direct) text += fmt::format("  terms: {}\n", layer.terms);
  if (drawn.weight_pattern) {
    text += fmt::format("  weight_pattern: '{}:{}'\n", drawn.weight_pattern->kept,
                        drawn.weight_pattern->group);
  }
  return text;
}

/// `name` stands for the file in errors, `file` in results.
template <class Impl>
Impl drawn(const std::string& name, const std::string& file, escalate::Graph graph,
           const Drawing& drawing, std::string workload) {
  Impl impl;
  impl.workload = std::move(workload);
  escalate::check_names(name, graph);
  impl.drawing = drawing;
  impl.integers = escalate::drawn_network(name, graph, reading_of(drawing, impl.warnings));
  impl.integers->file = file;
  impl.drawn_from = std::move(graph);
  return impl;
}

template <class Impl>
Impl trained(escalate::Graph graph, const std::string& path) {
  Impl impl;
  if (!graph.quantization.empty()) {
    impl.integers = escalate::calibrated_network(path, graph, {});
    impl.integers->file = std::filesystem::path(path).filename().string();
  }
  impl.trained = std::move(graph);
  return impl;
}

template <class Impl>
const escalate::Graph& trained_graph(const Impl& impl) {
  if (impl.trained) return *impl.trained;
  throw escalate::UserError("network '" + impl.drawn_from->name +
                            "' is drawn: it has shapes and densities, no trained weights");
}

escalate::CompressOptions inner_options(const CompressOptions& options) {
  escalate::CompressOptions ours;
  ours.terms = options.basis;
  ours.pointwise_terms = options.pointwise_terms;
  ours.density = options.density;
  ours.direct = options.direct;
  ours.requantize = options.requantize;
  ours.jobs = options.jobs;
  if (!options.weight_pattern.empty()) {
    if (!options.coefficient_pattern.empty()) {
      throw escalate::UserError({"", 0, "coefficient_pattern"},
                                "there are none with weight_pattern");
    }
    ours.method = escalate::CompressMethod::kNm;
    ours.pattern = escalate::parse_nm_pattern(options.weight_pattern, {"", 0, "weight_pattern"});
  }
  if (!options.coefficient_pattern.empty()) {
    ours.coefficient_pattern =
        escalate::parse_nm_pattern(options.coefficient_pattern, {"", 0, "coefficient_pattern"});
  }
  return ours;
}

}  // namespace

Network Network::from_onnx(const std::string& path, const Reading& what) {
  return translated([&] {
    std::vector<std::string> warnings;
    escalate::NetworkReading reading = reading_of(Drawing{}, warnings);
    if (const auto& shape = what.input_shape) {
      reading.onnx.input_shape = {shape->c, shape->h, shape->w};
    }
    reading.onnx.outputs = what.outputs;
    Impl impl = trained<Impl>(escalate::read_trained_network(path, reading), path);
    impl.warnings = std::move(warnings);
    return Access::make<Network>(std::move(impl));
  });
}

Network Network::from_yaml(const std::string& path, const Drawing& drawing) {
  return translated([&] {
    escalate::check_there(path);
    if (escalate::is_zoo_name(path)) return from_zoo(path, drawing);
    return Access::make<Network>(drawn<Impl>(path, std::filesystem::path(path).filename().string(),
                                             escalate::read_yaml_workload(path), drawing,
                                             escalate::read_file(path)));
  });
}

Network Network::from_layer(const std::string& layer, const Drawing& drawing) {
  return translated([&] {
    const std::string name = "--layer " + layer;
    escalate::Graph graph = escalate::parse_quick_layer(layer);
    std::string workload = workload_of_layer(graph);
    return Access::make<Network>(
        drawn<Impl>(name, name, std::move(graph), drawing, std::move(workload)));
  });
}

Network Network::from_zoo(const std::string& name, const Drawing& drawing) {
  return translated([&] {
    const std::string_view text = escalate::embedded_network(name + ".yaml");
    if (text.empty()) {
      throw escalate::UserError({"", 0, name},
                                "is no network of the zoo; expected " + escalate::one_of(zoo()));
    }
    const std::string file = name + ".yaml";
    return Access::make<Network>(drawn<Impl>(file, file,
                                             escalate::parse_yaml_workload(std::string(text), file),
                                             drawing, std::string(text)));
  });
}

std::vector<std::string> Network::zoo() {
  return translated([] { return escalate::embedded_networks(); });
}

const std::string& Network::name() const { return impl_->graph().name; }

Shape Network::input_shape() const { return shape_of(escalate::image_shape(impl_->graph())); }

Shape Network::output_shape() const { return shape_of(impl_->graph().nodes.back().out); }

bool Network::is_calibrated() const { return impl_->integers.has_value(); }

std::vector<LayerInfo> Network::layers() const {
  return translated([&] {
    const escalate::Graph& graph = impl_->graph();
    std::vector<LayerInfo> layers;
    for (int i = 0; i < int(graph.nodes.size()); ++i) {
      const escalate::Node& node = graph.nodes[std::size_t(i)];
      if (!node.is_weighted()) continue;
      layers.push_back({node.name, shape_of(graph.input_shape_of(i)), shape_of(node.out),
                        node.window.r, node.window.s, node.groups, graph.dense_macs(i)});
    }
    return layers;
  });
}

const std::vector<std::string>& Network::warnings() const { return impl_->warnings; }

std::string Network::workload() const {
  return translated([&] {
    if (impl_->drawn_from) return impl_->workload;
    throw escalate::UserError("network '" + name() + "' is trained: it is drawn from no workload");
  });
}

Network Network::with_scaling(const std::vector<float>& mean, const std::vector<float>& deviation,
                              bool is_bgr) const {
  return translated([&] {
    trained_graph(*impl_);
    const auto channels = std::size_t(input_shape().c);
    const auto check = [&](const char* key, const std::vector<float>& values) {
      if (values.size() == channels) return;
      throw escalate::UserError(
          {"", 0, key}, fmt::format("expected {} numbers, got {}", channels, values.size()));
    };
    check("mean", mean);
    check("std", deviation);
    for (const float value : deviation) {
      if (!(value > 0)) throw escalate::UserError({"", 0, "std"}, "expected numbers above 0");
    }
    Impl impl = *impl_;
    impl.trained->transform = {mean, deviation, is_bgr};
    if (impl.integers) impl.integers->network.transform = impl.trained->transform;
    return Access::make<Network>(std::move(impl));
  });
}

Network Network::compress(const CompressOptions& options) const {
  return translated([&] {
    const escalate::Graph& given = trained_graph(*impl_);
    const escalate::Graph original =
        options.fold_strides ? escalate::fold_input_strides(given) : given;
    if (!options.requantize) escalate::refuse_coarser_tensors(escalate::prepared(original));
    if (options.calibration) escalate::refuse_inner_softmaxes(original);
    const escalate::CompressOptions ours = inner_options(options);
    escalate::CompressReport report;
    escalate::Graph compressed = escalate::compress_graph(original, ours, &report);
    if (options.calibration) {
      const auto images = input_source(*options.calibration, original);
      escalate::SeenActivations seen;
      if (options.refit && !report.kept_decomposition) {
        seen = escalate::refit_to_outputs(compressed, original, *images,
                                          {options.calibration_images, options.density,
                                           options.jobs, ours.coefficient_pattern})
                   .seen;
      }
      if (escalate::undo_zeroed_layers(original, compressed, report)) seen = {};
      escalate::calibrate(compressed, *images, {options.calibration_images, options.jobs}, seen);
    } else {
      escalate::calibrate_as_given(compressed);
    }
    return Access::make<Network>(trained<Impl>(std::move(compressed), original.name));
  });
}

Evaluation Network::evaluate(const Images& images, int jobs) const {
  return translated([&] {
    const escalate::Graph& graph = trained_graph(*impl_);
    const auto source = input_source(images, graph);
    if (source->size() == escalate::InputSource::kEndless) {
      throw escalate::UserError({"", 0, "images"}, "expected how many of the drawn images to take");
    }
    escalate::EvaluateOptions options;
    options.images = source->size();
    options.jobs = jobs;
    const escalate::Evaluation found = escalate::evaluate(graph, *source, options);
    Evaluation evaluation;
    evaluation.images = found.images;
    evaluation.labelled = found.labelled;
    evaluation.top1 = found.real.top1;
    if (found.integer) evaluation.top1_int8 = found.integer->top1;
    evaluation.input_density = found.density();
    return evaluation;
  });
}

void Network::save_onnx(const std::string& path) const {
  translated([&] { escalate::write_onnx(trained_graph(*impl_), path); });
}

}  // namespace esc
