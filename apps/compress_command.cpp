#include "apps/compress_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "apps/common_options.h"
#include "apps/image_options.h"
#include "apps/input_shape.h"
#include "apps/network_source.h"
#include "apps/output.h"
#include "apps/runnable.h"
#include "common/console.h"
#include "common/error.h"
#include "common/freed_memory.h"
#include "common/progress.h"
#include "common/table.h"
#include "compress/calibrate.h"
#include "compress/compress.h"
#include "compress/evaluate.h"
#include "compress/given_scales.h"
#include "compress/graph_passes.h"
#include "compress/integer_builder.h"
#include "compress/output_refit.h"
#include "workloads/nm_groups.h"
#include "workloads/onnx/head_images.h"
#include "workloads/onnx/stride_folding.h"
#include "workloads/onnx/writer.h"

namespace escalate {
namespace {

struct CompressArguments {
  CommonOptions common;
  CompressOptions compress;
  ImageOptions images;
  InputShapeOption input_shape;
  std::string calibrate;  ///< input for calibration; empty: none
  std::int64_t calibration_images = 128;
  std::int64_t accuracy_images = 200;
  std::string pattern, coefficient_pattern;  ///< N:M; empty: not given
  std::string report;                        ///< file; empty: none
  bool no_refit = false;
  bool requantize = false;
  bool fold_strides = false;
};

/// Accuracy before and after, on images that calibration has not seen.
struct Accuracy {
  std::int64_t images = 0;
  std::int64_t original = 0, compressed = 0, integer = 0;  ///< right ones
};

/// What the run has come to, besides the network.
struct Outcome {
  CompressReport report;
  std::int64_t refit_images = 0;  ///< that the network was fitted to; 0: it was not
  std::map<std::string, std::int64_t> scarce = {};  ///< layers that they are few for (RefitSummary)
  bool is_calibrated = false;
  std::vector<std::string> measured;  ///< tensors whose scales the network did not come with
  std::vector<std::string> coarser;   ///< those with steps that int8 with zero point 0 has not
  std::optional<Accuracy> accuracy;
  std::optional<std::string> larger_machine;  ///< why the default one cannot run the network
};

/// The patterns, and what goes with one method only.
void take_patterns(CompressArguments& options, const CommandLine& line) {
  if (options.compress.method == CompressMethod::kNm) {
    line.refuse({"basis", "pointwise-terms", "density", "coefficient-pattern", "no-refit"},
                "it is of --method ternary");
  } else {
    line.refuse({"pattern"}, "it is of --method nm");
  }
  if (!options.pattern.empty()) {
    options.compress.pattern = parse_nm_pattern(options.pattern, {"", 0, "--pattern"});
  }
  if (!options.coefficient_pattern.empty()) {
    options.compress.coefficient_pattern =
        parse_nm_pattern(options.coefficient_pattern, {"", 0, "--coefficient-pattern"});
  }
}

void add_form_options(CompressArguments& options, CommandLine& line) {
  line.option({"method", "NAME", "ternary (default), or nm: int8 weights pruned to an N:M pattern"},
              options.compress.method)
      .option({"pattern", "N:M",
               "nm: weights kept (N) of M consecutive input channels of a tap (default 2:4)"},
              options.pattern)
      .option({"basis", "M", "basis kernels of layers with R, S > 1 (default 6)", "", 1},
              options.compress.terms)
      .option({"pointwise-terms", "N", "ternary terms of 1x1 and FC layers (default 1)", "", 1},
              options.compress.pointwise_terms)
      .option({"density", "RATIO", "largest non-zero share of a layer's coefficients (default 1)"},
              options.compress.density)
      .option({"coefficient-pattern", "N:M",
               "at most N non-zero coefficients of M consecutive input channels of a term"},
              options.coefficient_pattern)
      .option({"direct", "LAYER",
               "keep int8 weights, all of them, where the name matches (* and ?); repeatable"},
              options.compress.direct);
}

bool parse(CompressArguments& options, CommandLine& line, const std::vector<std::string>& args) {
  line.common(options.common, {CommonOption::kOutput, CommonOption::kJobs, CommonOption::kImageSeed,
                               CommonOption::kJson, CommonOption::kQuiet});
  add_form_options(options, line);
  line.option({"calibrate", "INPUT", "images that activation scales are chosen from (as --input)"},
              options.calibrate)
      .option({"calibration-images", "N", "how many of them (default 128)", "", 1},
              options.calibration_images)
      .option({"images", "N", "the next N of them measure accuracy (default 200; 0: none)", "", 0},
              options.accuracy_images)
      .flag(
          {"no-refit", "", "leave coefficients, scales and biases as the weights alone want them"},
          options.no_refit)
      .flag({"requantize", "",
             "let quantised tensors and weights become coarser where int8 has not their steps"},
            options.requantize)
      .flag({"fold-strides", "",
             "fold the first layer's stride into its channels, so that it can be decomposed"},
            options.fold_strides)
      .option({"report", "FILE", "JSON file for errors, sizes and accuracy"}, options.report);
  options.images.add_to(line);
  options.input_shape.add_to(line);
  if (!line.parse(args, 1, 1)) return false;
  if (options.common.output.empty()) {
    throw UserError({"", 0, "--output"}, "expected an ONNX file to write");
  }
  if (options.calibrate.empty()) {
    line.refuse({"calibration-images", "images", "no-refit", "seed"},
                "no images are read without --calibrate");
  }
  if (options.calibrate != "synthetic") line.refuse({"seed"}, "the images are not drawn");
  take_patterns(options, line);
  options.compress.jobs = options.common.jobs;
  options.compress.requantize = options.requantize;
  return true;
}

/// A network that comes decomposed keeps its decomposition: options may only ask for what it has
/// already.
void check_decomposition(const CommandLine& line, const Graph& graph,
                         const CompressArguments& options) {
  for (const Node& node : graph.nodes) {
    if (!node.decomposition) continue;
    const Decomposition& parts = *node.decomposition;
    const int taps = node.op == OpKind::kFullyConnected ? 1 : node.window.r * node.window.s;
    const auto refuse = [&](const char* option, const std::string& what) {
      line.refuse({option}, fmt::format("the network keeps the decomposition that it came with, "
                                        "and layer '{}' has {}",
                                        node.name, what));
    };
    const int asked =
        taps > 1 ? std::min(options.compress.terms, taps) : options.compress.pointwise_terms;
    if (parts.terms != asked) {
      refuse(taps > 1 ? "basis" : "pointwise-terms", fmt::format("{} terms", parts.terms));
    }
    const auto zeros =
        std::count(parts.coefficients.begin(), parts.coefficients.end(), std::int8_t{0});
    const double density = 1 - double(zeros) / double(parts.coefficients.size());
    if (density > options.compress.density) {
      refuse("density", fmt::format("{} of its coefficients", format_percent(density)));
    }
  }
}

/// Returns nothing where no images are left, or they have no labels.
std::optional<Accuracy> measure(const Graph& original, const Graph& compressed,
                                const InputSource& images, const CompressArguments& options) {
  EvaluateOptions evaluation;
  evaluation.first = std::min(options.calibration_images, images.size());
  evaluation.images = std::min(options.accuracy_images, images.size() - evaluation.first);
  evaluation.jobs = options.common.jobs;
  if (evaluation.images < 1 || !images.image(evaluation.first).label) return std::nullopt;
  Progress progress("images", 2 * evaluation.images, options.common.quiet);
  evaluation.progress = [&](std::int64_t done) { progress.update(done); };
  const Evaluation before = evaluate(original, images, evaluation);
  evaluation.progress = [&](std::int64_t done) { progress.update(evaluation.images + done); };
  const Evaluation after = evaluate(compressed, images, evaluation);
  return Accuracy{after.images, before.real.top1, after.real.top1, after.integer->top1};
}

std::string form_of(const LayerReport& layer) {
  const std::string pattern = layer.pattern ? text_of(*layer.pattern) : "";
  if (layer.terms == 0) return pattern.empty() ? "direct" : pattern;
  return fmt::format("M={}{}{}", layer.terms, pattern.empty() ? "" : ", ", pattern);
}

std::string layer_table(const CompressReport& report) {
  const bool has_pattern = report.pattern().has_value();
  std::vector<Table::Column> columns = {{"layer"},
                                        {"form"},
                                        {"weights", Align::kRight},
                                        {"SVD error", Align::kRight},
                                        {"error", Align::kRight},
                                        {"of outputs", Align::kRight},
                                        {"zeros", Align::kRight},
                                        {"SparseMap", Align::kRight, "KiB"},
                                        {"dense", Align::kRight, "KiB"},
                                        {"fp32 to SparseMap", Align::kRight}};
  if (has_pattern) columns.insert(columns.end() - 1, {"N:M", Align::kRight, "KiB"});
  Table table(columns);
  const auto add = [&](const LayerReport& layer, const std::string& form, bool is_layer) {
    const auto kib = [](std::int64_t bits) { return fmt::format("{:.1f}", double(bits) / 8192); };
    const bool has_svd = layer.svd_error > 0;
    std::vector<Table::Cell> row = {
        layer.name,
        form,
        format_count(layer.weights),
        has_svd ? fmt::format("{:.3f}", layer.svd_error) : "",
        is_layer && !report.kept_decomposition ? fmt::format("{:.3f}", layer.error) : "",
        layer.output_error >= 0 ? fmt::format("{:.3f}", layer.output_error) : "",
        format_percent(layer.zero_share),
        kib(layer.sparse_map_bits),
        kib(layer.dense_bits),
        fmt::format("{:.1f}x", double(layer.fp32_bits()) / double(layer.sparse_map_bits))};
    if (has_pattern) row.insert(row.end() - 1, kib(layer.nm_bits));
    table.add_row(std::move(row));
  };
  for (const LayerReport& layer : report.layers) add(layer, form_of(layer), true);
  table.add_rule();
  add(report.total(), "", false);
  return table.text(screen_of(stdout));
}

/// Which layers were ternary already, if any.
std::string ternary_text(const std::vector<LayerReport>& layers) {
  std::vector<std::string> names;
  for (const LayerReport& layer : layers) {
    if (layer.is_ternary_as_it_came) names.push_back(layer.name);
  }
  if (names.empty()) return "";
  return fmt::format("ternary as they came, weights unchanged: {} of {} layers ({})\n",
                     names.size(), layers.size(), fmt::join(names, ", "));
}

/// What nm took away, and which layers are not in the pattern that was asked for.
std::string pattern_text(const CompressReport& report) {
  const std::optional<NmPattern> pattern = report.pattern();
  if (!pattern) return "";
  std::string text;
  if (report.options.method == CompressMethod::kNm) {
    const LayerReport sum = report.total();
    text = fmt::format("pruned to {}: {} of {} weights became zero\n", text_of(*pattern),
                       format_count(sum.pruned), format_count(sum.weights));
  }
  std::vector<std::string> others;
  for (const LayerReport& layer : report.layers) {
    if (!layer.pattern) others.push_back(layer.name);
  }
  if (others.empty()) return text;
  return text +
         fmt::format("not in the pattern, as direct or of fewer than {} input channels: {}\n",
                     pattern->group, fmt::join(others, ", "));
}

bool is_lossy(const CompressReport& report) {
  if (report.kept_decomposition) return false;
  return std::any_of(report.layers.begin(), report.layers.end(), [](const LayerReport& layer) {
    return (layer.terms > 0 && !layer.is_ternary_as_it_came) || layer.pruned > 0;
  });
}

std::string accuracy_text(const CompressArguments& options, const Outcome& outcome) {
  const std::vector<LayerReport>& layers = outcome.report.layers;
  std::string text = is_lossy(outcome.report)
                         ? "compressed after training, without retraining: accuracy falls\n"
                         : "";
  text += pattern_text(outcome.report);
  if (outcome.report.kept_decomposition) {
    text += "the network came decomposed: it keeps its decomposition\n";
  }
  text += ternary_text(layers);
  if (outcome.refit_images > 0) {
    text += fmt::format("coefficients, channel scales and biases fitted to {} images\n",
                        outcome.refit_images);
  }
  if (!outcome.accuracy) {
    return text + fmt::format("accuracy not measured: {}\n",
                              options.calibrate.empty() && outcome.is_calibrated
                                  ? "no --calibrate INPUT; the int8 scales are the network's own"
                              : options.calibrate.empty()
                                  ? "no --calibrate INPUT, so no int8 scales either"
                              : options.accuracy_images == 0
                                  ? "--images 0"
                                  : "no labelled images besides those of calibration");
  }
  const Accuracy& accuracy = *outcome.accuracy;
  const auto percent = [&](std::int64_t right) {
    return 100.0 * double(right) / double(accuracy.images);
  };
  return text +
         fmt::format("top-1 on {} images: {:.1f}% before, {:.1f}% compressed, {:.1f}% as int8\n",
                     accuracy.images, percent(accuracy.original), percent(accuracy.compressed),
                     percent(accuracy.integer));
}

void warn_of_scarcity(const CompressArguments& options, const Outcome& outcome) {
  if (outcome.scarce.empty()) return;
  const auto& [layer, samples] =
      *std::min_element(outcome.scarce.begin(), outcome.scarce.end(),
                        [](const auto& a, const auto& b) { return a.second < b.second; });
  const std::size_t others = outcome.scarce.size() - 1;
  warn(fmt::format("few images to fit to: {} give layer '{}'{} {} sample{} of a channel, and {} "
                   "are wanted to tell its spread; its scales stay near those of its weights",
                   outcome.refit_images, layer,
                   others > 0 ? fmt::format(" (and {} more)", others) : std::string(), samples,
                   samples == 1 ? "" : "s", kSpreadSamples),
       options.common.quiet);
}

std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 3;
  const auto shown = std::ptrdiff_t(std::min(names.size(), kShown));
  std::string text = fmt::format("'{}'", fmt::join(names.begin(), names.begin() + shown, "', '"));
  if (names.size() > kShown) text += fmt::format(" and {} more", names.size() - kShown);
  return text;
}

/// Of a network that came quantised: what of its scales is not as it came.
void warn_of_scales(const CompressArguments& options, const Graph& compressed,
                    const Outcome& outcome) {
  if (!outcome.coarser.empty()) {
    warn(fmt::format("int8 with zero point 0 has not the steps of {} quantised tensors ({}): their "
                     "range keeps 127 steps to its larger end",
                     outcome.coarser.size(), some_of(outcome.coarser)),
         options.common.quiet);
  }
  const bool came_quantised = std::any_of(compressed.nodes.begin(), compressed.nodes.end(),
                                          [](const Node& node) { return node.is_quantizer(); });
  if (came_quantised && !outcome.is_calibrated) {
    warn(fmt::format("the network gives no scales for {}: --calibrate INPUT chooses them",
                     some_of(outcome.measured)),
         options.common.quiet);
  }
}

void warn_of_zeroed_layers(const CompressArguments& options, const Outcome& outcome) {
  for (const LayerReport& layer : outcome.report.layers) {
    if (!layer.came_out_zero) continue;
    warn(fmt::format("layer '{}': {}", layer.name, layer.note), options.common.quiet);
  }
}

Json full_report(const Outcome& outcome) {
  Json json = report_json(outcome.report);
  json["calibrated"] = outcome.is_calibrated;
  if (!outcome.coarser.empty()) json["coarser_steps"] = outcome.coarser;
  json["refit_images"] = outcome.refit_images;
  if (!outcome.scarce.empty()) json["scarce_samples"] = outcome.scarce;
  json["runs_on_default_machine"] = !outcome.larger_machine;
  if (outcome.larger_machine) json["needs_larger_machine"] = *outcome.larger_machine;
  if (!outcome.accuracy) return json;
  const Accuracy& accuracy = *outcome.accuracy;
  const auto ratio = [&](std::int64_t right) { return double(right) / double(accuracy.images); };
  json["accuracy"] = {{"images", accuracy.images},
                      {"original_top1_ratio", ratio(accuracy.original)},
                      {"compressed_top1_ratio", ratio(accuracy.compressed)},
                      {"integer_top1_ratio", ratio(accuracy.integer)}};
  return json;
}

void show(const CompressArguments& options, const Outcome& outcome) {
  if (options.common.json) {
    put_text(json_document(full_report(outcome)));
    return;
  }
  if (options.common.quiet) return;
  put("{}\n", layer_table(outcome.report));
  for (const LayerReport& layer : outcome.report.layers) {
    if (!layer.note.empty()) put("{}: {}\n", layer.name, layer.note);
  }
  put_text(accuracy_text(options, outcome));
  if (outcome.larger_machine) {
    put("runs on a larger machine only; of the default one: {}\n", *outcome.larger_machine);
  }
}

/// The network with the forms that its layers will have.
Graph as_planned(Graph graph, const CompressOptions& options) {
  for (Node& node : graph.nodes) {
    if (node.is_weighted() && options.method == CompressMethod::kNm && !node.decomposition) {
      node.form = LayerForm::kDirect;
    }
  }
  return graph;
}

/// A network whose every tensor came quantised is calibrated without images.
void take_given_scales(Graph& compressed, const CompressArguments& options, Outcome& outcome) {
  const Graph form = calibration_form(compressed);
  outcome.measured = tensors_to_measure(form);
  outcome.coarser = coarser_tensors(form);
  outcome.is_calibrated = !options.calibrate.empty() || calibrate_as_given(compressed);
}

/// Refit, calibration and accuracy on the images of --calibrate.
void fit_to_images(Graph& compressed, const Graph& original, const InputSource& images,
                   const CompressArguments& options, Outcome& outcome) {
  SeenActivations seen;
  if (!options.no_refit && !outcome.report.kept_decomposition) {
    RefitSummary refit =
        refit_to_outputs(compressed, original, images,
                         {options.calibration_images, options.compress.density, options.common.jobs,
                          options.compress.coefficient_pattern});
    outcome.refit_images = refit.images;
    outcome.scarce = refit.scarce;
    for (LayerReport& layer : outcome.report.layers) {
      const auto found = refit.output_error.find(layer.name);
      if (found != refit.output_error.end()) layer.output_error = found->second;
    }
    seen = std::move(refit.seen);
  }
  if (undo_zeroed_layers(original, compressed, outcome.report)) seen = {};
  calibrate(compressed, images, {options.calibration_images, options.common.jobs}, seen);
  measure_again(original, compressed, outcome.report);
  outcome.accuracy = measure(original, compressed, images, options);
}

Graph compressed_network(const Graph& original, const CompressArguments& options,
                         Outcome& outcome) {
  // Images that cannot be read, or a network that no machine can run, are refused before anybody
  // waits for a compression.
  std::unique_ptr<InputSource> images;
  if (!options.calibrate.empty()) {
    refuse_inner_softmaxes(original);
    images = open_images(options.calibrate, original, original.transform, options.common.seed);
  }
  outcome.larger_machine =
      needs_larger_machine(as_planned(original, options.compress), options.compress.terms,
                           options.compress.pointwise_terms);
  Graph compressed = compress_graph(original, options.compress, &outcome.report);
  take_given_scales(compressed, options, outcome);
  if (images) fit_to_images(compressed, original, *images, options, outcome);
  if (outcome.is_calibrated) {
    outcome.larger_machine = needs_larger_machine(build_integer_network(compressed));
  }
  return compressed;
}

}  // namespace

int run_compress(const std::vector<std::string>& args) {
  keep_freed_memory();
  CompressArguments options;
  CommandLine line("compress", "NETWORK.onnx",
                   "Decomposes a trained network: shared int8 basis kernels and ternary "
                   "coefficients, fitted to its weights,\nand int8 activations with scales chosen "
                   "from images. A decomposed network keeps its decomposition.\nWith --method nm "
                   "layers keep int8 weights, pruned to N of M consecutive input channels.");
  if (!parse(options, line, args)) return static_cast<int>(ExitStatus::kDone);
  Outputs outputs(line);
  outputs.add("output", options.common.output, {FileForm::kOnnx});
  outputs.add("report", options.report, {FileForm::kJson});
  Graph original =
      read_trained_network(line.operands()[0], options.input_shape, options.common.quiet);
  check_decomposition(line, original, options);
  if (!options.requantize) refuse_coarser_tensors(prepared(original), line.operands()[0]);
  original.transform = options.images.transform(original.transform);
  if (options.fold_strides) original = fold_input_strides(std::move(original));

  Outcome outcome;
  const Graph compressed = compressed_network(original, options, outcome);
  outputs.write("output", [&] { return onnx_bytes(compressed, options.common.output); });
  outputs.write("report", [&] { return json_document(full_report(outcome)); });
  outputs.commit();
  show(options, outcome);
  warn_of_scarcity(options, outcome);
  warn_of_scales(options, compressed, outcome);
  warn_of_zeroed_layers(options, outcome);
  return static_cast<int>(ExitStatus::kDone);
}

}  // namespace escalate
