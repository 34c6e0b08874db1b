#include "apps/retrain/retrain_program.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "apps/common_options.h"
#include "apps/image_options.h"
#include "apps/input_shape.h"
#include "apps/output.h"
#include "common/console.h"
#include "common/error.h"
#include "common/progress.h"
#include "common/table.h"
#include "compress/calibrate.h"
#include "compress/compress.h"
#include "compress/evaluate.h"
#include "escalate/inside/loaded_network.h"
#include "retrain/int8_steps.h"
#include "retrain/retrain.h"
#include "workloads/nm_groups.h"
#include "workloads/onnx/reader.h"
#include "workloads/onnx/writer.h"
#include "workloads/yaml_reader.h"

namespace escalate {
namespace {

struct Options {
  CommonOptions common;
  ImageOptions images;
  InputShapeOption input_shape;
  RetrainOptions retrain;
  std::string data, report, teacher;
  std::string pattern, coefficient_pattern;  ///< N:M; empty: not given
  std::int64_t integer_images = 1000;
  bool no_flip = false;
};

/// Accuracy of the network as integers, and of the same images in floating point.
struct IntegerAccuracy {
  std::int64_t images = 0, real = 0, integer = 0;
};

void add_phase_options(Options& options, CommandLine& line) {
  RetrainOptions& retrain = options.retrain;
  line.option({"method", "NAME",
               "ternary (default), penni (real coefficients), unstructured (pruned weights), nm "
               "(weights pruned to an N:M pattern) or dense"},
              retrain.method)
      .option({"from-scratch", "N", "start from random weights, trained for N epochs", "", 0},
              retrain.scratch_epochs)
      .option({"alternate-epochs", "N",
               "phase B: basis and coefficients in turn, l1 (default 0; penni 100)", "", 0},
              retrain.alternate_epochs)
      .option({"prune-epochs", "N", "phases C, D: small coefficients pruned (default 0; penni 30)",
               "", 0},
              retrain.prune_epochs)
      .option({"epochs", "N", "epochs of the last phase (default 30)", "", 0}, retrain.epochs)
      .option({"int8-epochs", "N",
               "of these the last with int8 activations (ternary; default: a third)", "", 0},
              retrain.int8_epochs)
      .option({"basis", "M", "basis kernels of layers with R, S > 1 (default 6)", "", 1},
              retrain.terms)
      .option({"pointwise-terms", "N",
               "ternary terms of 1x1 and FC layers (default 0: these stay int8)", "", 0},
              retrain.pointwise_terms)
      .option({"direct", "LAYER",
               "keep plain weights, all of them, where the name matches (* and ?); repeatable"},
              retrain.direct)
      .option({"pattern", "N:M",
               "nm: weights kept (N) of M consecutive input channels of a tap (default 2:4)"},
              options.pattern)
      .option(
          {"coefficient-pattern", "N:M",
           "ternary: at most N non-zero coefficients of M consecutive input channels of a term"},
          options.coefficient_pattern)
      .option({"density", "RATIO",
               "non-zero share to start from, or of unstructured weights to keep (default 0.25)",
               "", 0.001, 1},
              retrain.density)
      .option({"zeros", "RATIO", "share of zeros to pull ternary coefficients to (default 0.75)",
               "", 0, 0.999},
              retrain.zeros)
      .option(
          {"prune-factor", "X", "phase C's threshold in standard deviations (default 1)", "", 0},
          retrain.prune_factor);
}

void add_training_options(Options& options, CommandLine& line) {
  RetrainOptions& retrain = options.retrain;
  line.option({"rate", "X", "learning rate of SGD (default 0.02; penni 0.01)", "", 0}, retrain.rate)
      .option({"scratch-rate", "X", "the same from random weights (default 0.1)", "", 0},
              retrain.scratch_rate)
      .option({"warm-up", "N", "epochs in which that rises from 0 (default 1)", "", 0},
              retrain.warm_up_epochs)
      .option(
          {"latent-rate", "X", "learning rate of latent coefficients, Adam (default 0.003)", "", 0},
          retrain.latent_rate)
      .option({"weight-decay", "X", "(default 1e-4)", "", 0}, retrain.weight_decay)
      .option(
          {"l1", "X", "weight of the coefficients' magnitudes in phase B (default 1e-4)", "", 0},
          retrain.l1)
      .option({"distillation", "RATIO", "share of the loss that follows the teacher (default 0)",
               "", 0, 1},
              retrain.distillation)
      .option({"teacher", "FILE", "ONNX network to follow (default: the one given)"},
              options.teacher)
      .option({"batch-size", "N", "images a step (default 128)", "", 2}, retrain.batch)
      .option({"crop", "N", "largest shift of an image, in pixels (default 4)", "", 0, 64},
              retrain.augmentation.pad)
      .flag({"no-flip", "", "never exchange left and right"}, options.no_flip)
      .option({"device", "NAME", "cpu (default) or cuda"}, retrain.device)
      .option({"checkpoint", "FILE", "state after each epoch, to go on from if it is there"},
              retrain.checkpoint)
      .option({"integer-images", "N",
               "test images that measure accuracy as integers (default 1000; 0: none)", "", 0},
              options.integer_images)
      .option({"report", "FILE", "JSON file for accuracy by epoch, sizes and cost"},
              options.report);
}

/// Defaults that depend on the method: PENNI's own settings.
void fill_defaults(Options& options, const CommandLine& line) {
  RetrainOptions& retrain = options.retrain;
  retrain.augmentation.flip = !options.no_flip;
  retrain.seed = options.common.seed;
  retrain.jobs = options.common.jobs;
  const bool is_ternary = retrain.method == RetrainMethod::kTernary;
  if (!line.given("int8-epochs")) retrain.int8_epochs = is_ternary ? (retrain.epochs + 2) / 3 : 0;
  if (retrain.method != RetrainMethod::kPenni) return;
  if (!line.given("alternate-epochs")) retrain.alternate_epochs = 100;
  if (!line.given("prune-epochs")) retrain.prune_epochs = 30;
  if (!line.given("rate")) retrain.rate = 0.01;
}

/// Options that would do nothing beside others; defaults are filled in.
void check_effects(const Options& options, const CommandLine& line) {
  const RetrainOptions& retrain = options.retrain;
  const bool is_ternary = retrain.method == RetrainMethod::kTernary;
  if (retrain.scratch_epochs == 0) {
    line.refuse({"scratch-rate", "warm-up"}, "it is of --from-scratch");
  }
  if (!is_ternary) {
    line.refuse({"zeros", "latent-rate", "coefficient-pattern"}, "it is of --method ternary");
    // 0 is taken: these methods have no such epochs, and write no integers.
    if (retrain.int8_epochs > 0) line.refuse({"int8-epochs"}, "it is of --method ternary");
    if (options.integer_images > 0) line.refuse({"integer-images"}, "it is of --method ternary");
  }
  const bool is_nm = retrain.method == RetrainMethod::kNm;
  if (!is_ternary && retrain.method != RetrainMethod::kPenni) {
    line.refuse(
        {"basis", "pointwise-terms", "alternate-epochs", "prune-epochs", "l1", "prune-factor"},
        "it is of --method ternary and penni, which decompose layers");
    if (!is_nm) line.refuse({"direct"}, "it is of --method ternary, penni and nm");
  }
  if (!is_nm) line.refuse({"pattern"}, "it is of --method nm");
  if (!is_ternary && retrain.method != RetrainMethod::kUnstructured) {
    line.refuse({"density"}, "it is of --method ternary and unstructured");
  }
  if (retrain.alternate_epochs == 0) line.refuse({"l1"}, "it is of --alternate-epochs");
  if (retrain.prune_epochs == 0) line.refuse({"prune-factor"}, "it is of --prune-epochs");
  if (retrain.distillation == 0) line.refuse({"teacher"}, "nothing follows it: see --distillation");
}

bool parse(Options& options, CommandLine& line, const std::vector<std::string>& args) {
  line.common(options.common, {CommonOption::kOutput, CommonOption::kJobs, CommonOption::kSeed,
                               CommonOption::kQuiet})
      .option({"data", "SPEC", "cifar10:DIR (binary batches) or patterns[:N] (self-made)"},
              options.data);
  add_phase_options(options, line);
  add_training_options(options, line);
  options.images.add_to(line);
  options.input_shape.add_to(line);
  if (!line.parse(args, 1, 1)) return false;
  if (options.common.output.empty()) {
    throw UserError({"", 0, "--output"}, "expected an ONNX file to write");
  }
  if (options.data.empty()) {
    throw UserError({"", 0, "--data"}, "expected labelled images, as cifar10:DIR or patterns");
  }
  if (!options.pattern.empty()) {
    options.retrain.pattern = parse_nm_pattern(options.pattern, {"", 0, "--pattern"});
  }
  if (!options.coefficient_pattern.empty()) {
    options.retrain.coefficient_pattern =
        parse_nm_pattern(options.coefficient_pattern, {"", 0, "--coefficient-pattern"});
  }
  fill_defaults(options, line);
  check_effects(options, line);
  return true;
}

Graph read_network(const std::string& path, const Options& options) {
  const bool is_yaml = is_workload(path);
  if (is_yaml && options.retrain.scratch_epochs == 0) {
    throw UserError({path}, "has no weights to start from; expected --from-scratch N with it");
  }
  if (is_yaml) options.input_shape.expect_none(path);
  Graph graph = is_yaml ? read_yaml_workload(path) : read_onnx(path, options.input_shape.onnx());
  for (const std::string& warning : graph.warnings) {
    warn(warning, options.common.quiet);
  }
  graph.transform = options.images.transform(graph.transform);
  if (is_yaml && graph.transform.mean.empty()) {  // PENNI's, of CIFAR-10
    graph.transform.mean = {0.4914f, 0.4822f, 0.4465f};
    graph.transform.std = {0.2023f, 0.1994f, 0.2010f};
  }
  return graph;
}

std::string epoch_line(const EpochRecord& record) {
  return fmt::format(
      "{:<12}{:>4}/{:<4} loss {:.4f}   training {:6.2f}%   test {:6.2f}%   zeros {:5.1f}%\n",
      record.phase, record.epoch, record.epochs, record.training.loss,
      100 * record.training.training_ratio, 100 * record.test_ratio, 100 * record.zeros);
}

RetrainOutcome train(const Graph& graph, const Options& options, const LabelledImages& training,
                     const LabelledImages& test) {
  std::unique_ptr<Progress> progress;
  std::int64_t done = 0;
  RetrainListener listener;
  listener.start = [&](std::int64_t batches) {
    progress = std::make_unique<Progress>("steps", batches, options.common.quiet);
  };
  listener.resume = [&](std::int64_t batches) {
    done = batches;
    progress->resume_at(batches);
  };
  listener.batch = [&] { progress->update(++done); };
  listener.epoch = [&](const EpochRecord& record) {
    if (options.common.quiet) return;
    put_text(epoch_line(record));
    flush_output();
  };
  return retrain(graph, options.retrain, training, test, listener);
}

/// Images of the training set as they are, for calibration.
std::vector<Tensor> calibration_images(const LabelledImages& images,
                                       const InputTransform& transform) {
  std::vector<Tensor> tensors;
  const std::int64_t count = std::min(kCalibrationImages, images.size());
  const auto size = std::size_t(images.shape.size());
  for (std::int64_t i = 0; i < count; ++i) {
    const auto first = images.pixels.begin() + std::ptrdiff_t(size) * i;
    const std::vector<std::uint8_t> pixels(first, first + std::ptrdiff_t(size));
    tensors.push_back(
        {images.shape, floats_of(network_input(pixels, images.shape, transform, at::kCPU))});
  }
  return tensors;
}

IntegerAccuracy measure_integers(const Graph& network, const Options& options) {
  const std::string spec = options.data.starts_with("patterns") ? "patterns" : options.data;
  const auto images = open_input(spec, network.nodes.at(0).out, network.transform);
  EvaluateOptions evaluation;
  evaluation.images = std::min(options.integer_images, images->size());
  evaluation.jobs = options.common.jobs;
  const Evaluation made = evaluate(network, *images, evaluation);
  return {made.images, made.real.top1, made.integer->top1};
}

/// Bits of all weights as compressed sparse rows: int8 values, column indices just wide enough, row
/// starts of 32 bits.
std::int64_t csr_bits(const Graph& graph) {
  std::int64_t bits = 0;
  for (const Node& node : graph.nodes) {
    if (!node.is_weighted()) continue;
    const auto all = std::int64_t(node.weights.size());
    const auto nonzeros =
        all - std::int64_t(std::count(node.weights.begin(), node.weights.end(), 0.0f));
    int index_bits = 0;
    while ((std::int64_t{1} << index_bits) < all / std::max(1, node.out_channels)) ++index_bits;
    bits += nonzeros * (8 + index_bits) + 32 * (std::int64_t{node.out_channels} + 1);
  }
  return bits;
}

Json cost_json(const NetworkCost& cost) { return {{"macs", cost.macs}, {"weights", cost.weights}}; }

Json report(const Options& options, const RetrainOutcome& outcome, const CompressReport& sizes,
            const std::optional<IntegerAccuracy>& integers) {
  Json json;
  json["schema"] = "escalate.retraining/1";
  json["network"] = outcome.network.name;
  json["options"] = retrain_options_json(options.retrain);
  if (options.retrain.scratch_epochs == 0) json["original_top1_ratio"] = outcome.original_ratio;
  json["top1_ratio"] = outcome.final_ratio;
  if (integers) {
    json["integer"] = {{"images", integers->images},
                       {"float_top1", integers->real},
                       {"integer_top1", integers->integer}};
  }
  json["zero_share"] = outcome.zeros;
  json["cost_before"] = cost_json(outcome.before);
  json["cost_after"] = cost_json(outcome.after);
  if (options.retrain.method != RetrainMethod::kPenni) {
    json["sizes"] = report_json(sizes);
    json["csr_bits"] = csr_bits(outcome.network);
  }
  json["epochs"] = Json::array();
  for (const EpochRecord& record : outcome.epochs) {
    json["epochs"].push_back({{"phase", record.phase},
                              {"epoch", record.epoch},
                              {"loss", record.training.loss},
                              {"training_ratio", record.training.training_ratio},
                              {"test_ratio", record.test_ratio},
                              {"zero_share", record.zeros}});
  }
  return json;
}

/// How the network that was trained is compressed: as it is.
CompressOptions form_of(const RetrainOptions& retrain) {
  CompressOptions options;
  options.coefficient_pattern = retrain.coefficient_pattern;
  if (retrain.method != RetrainMethod::kNm) return options;
  options.method = CompressMethod::kNm;
  options.pattern = retrain.pattern;
  options.direct = retrain.direct;
  return options;
}

void print_summary(const Options& options, const RetrainOutcome& outcome,
                   const CompressReport& sizes, const std::optional<IntegerAccuracy>& integers) {
  if (options.common.quiet) return;
  if (options.retrain.scratch_epochs == 0) {
    put("original  top-1 {:.2f}%\n", 100 * outcome.original_ratio);
  }
  put("retrained top-1 {:.2f}%, {:.1f}% zeros\n", 100 * outcome.final_ratio, 100 * outcome.zeros);
  if (integers) {
    const auto percent = [&](std::int64_t right) {
      return 100.0 * double(right) / double(integers->images);
    };
    put("as int8   top-1 {:.2f}% of {} images ({:.2f}% as float)\n", percent(integers->integer),
        integers->images, percent(integers->real));
  }
  put("weights   {} left of {}, MACs {} left of {}\n", format_count(outcome.after.weights),
      format_count(outcome.before.weights), format_count(outcome.after.macs),
      format_count(outcome.before.macs));
  if (options.retrain.method == RetrainMethod::kPenni) return;
  const LayerReport total = sizes.total();
  put("size      fp32 {} B, SparseMap {} B, dense {} B", format_count(total.fp32_bits() / 8),
      format_count(total.sparse_map_bits / 8), format_count(total.dense_bits / 8));
  if (const auto pattern = sizes.pattern()) {
    put(", {} {} B", text_of(*pattern), format_count(total.nm_bits / 8));
  }
  put("\n");
}

}  // namespace

int run_retrain_program(const std::vector<std::string>& args) {
  Options options;
  CommandLine line("retrain", "NETWORK",
                   "Trains a network (ONNX; or, with --from-scratch, a YAML workload) into a "
                   "decomposed one: shared int8 basis\nkernels and ternary coefficients. What it "
                   "writes is calibrated (ternary), or floating point (other methods).");
  if (!parse(options, line, args)) return static_cast<int>(ExitStatus::kDone);
  Outputs outputs(line);
  outputs.add("output", options.common.output, {FileForm::kOnnx});
  outputs.add("report", options.report, {FileForm::kJson});
  at::set_num_threads(options.common.jobs);
  const Graph graph = read_network(line.operands()[0], options);
  if (!options.teacher.empty()) {
    options.retrain.teacher = read_onnx(options.teacher, options.input_shape.onnx());
  }
  const LabelledImages training = read_labelled_images(options.data, Split::kTraining);
  const LabelledImages test = read_labelled_images(options.data, Split::kTest);

  RetrainOutcome outcome = train(graph, options, training, test);
  CompressReport sizes;
  std::optional<IntegerAccuracy> integers;
  const auto write = [&](const Graph& network) {
    outputs.write("output", [&] { return onnx_bytes(network, options.common.output); });
  };
  if (options.retrain.method == RetrainMethod::kPenni) {
    write(outcome.float_pairs);
  } else {
    Graph plain_layers = outcome.network;  // what is not decomposed by now stays plain
    for (Node& node : plain_layers.nodes) {
      if (node.is_weighted() && !node.decomposition) node.form = LayerForm::kDirect;
      node.given_steps = 0;  // weights were trained since
    }
    Graph compressed = compress_graph(plain_layers, form_of(options.retrain), &sizes);
    if (options.retrain.method == RetrainMethod::kTernary) {
      calibrate(compressed, calibration_images(training, graph.transform));
      if (options.integer_images > 0) integers = measure_integers(compressed, options);
      write(compressed);
    } else {
      write(outcome.network);
    }
  }
  outputs.write("report", [&] { return json_document(report(options, outcome, sizes, integers)); });
  outputs.commit();
  print_summary(options, outcome, sizes, integers);
  return static_cast<int>(ExitStatus::kDone);
}

}  // namespace escalate
