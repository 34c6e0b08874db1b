#include "apps/evaluate_command.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "apps/common_options.h"
#include "apps/image_options.h"
#include "apps/input_shape.h"
#include "apps/network_source.h"
#include "apps/output.h"
#include "apps/runnable.h"
#include "common/console.h"
#include "common/distinct_names.h"
#include "common/error.h"
#include "common/freed_memory.h"
#include "common/progress.h"
#include "common/table.h"
#include "compress/evaluate.h"
#include "compress/integer_builder.h"
#include "workloads/npy.h"
#include "workloads/onnx/head_images.h"
#include "workloads/onnx/host_part.h"
#include "workloads/onnx/interpreter.h"

namespace escalate {
namespace {

std::string form_text(const LayerInput& layer) {
  if (layer.terms > 0) return fmt::format("M={}", layer.terms);
  return layer.form == LayerForm::kDirect ? "direct" : "float";
}

std::string error_text(const std::optional<double>& error) {
  return error ? fmt::format("{:.3g}", *error) : "";
}

/// A line for each output: how far it is from what it should be.
std::string output_errors(const Evaluation& evaluation) {
  std::string text;
  for (const OutputError& output : evaluation.outputs) {
    const TensorError& error = output.error;
    std::string parts;
    const auto add = [&](const char* what, const std::optional<double>& value) {
      if (!value) return;
      parts += fmt::format("{}{} {:.3g}", parts.empty() ? "" : ", ", what, *value);
    };
    add("int8 against float", error.integer);
    add("float against the original", error.real);
    add("int8 against the original", error.combined);
    if (parts.empty()) continue;
    text += fmt::format("error         of '{}', relative: {}\n", output.name, parts);
  }
  return text;
}

std::string layer_table(const Evaluation& evaluation) {
  const bool has_integers = evaluation.integer.has_value();
  std::vector<Table::Column> columns = {{"layer"},
                                        {"form"},
                                        {"input"},
                                        {"dense MACs", Align::kRight},
                                        {"non-zero, float", Align::kRight}};
  if (has_integers) {
    columns.push_back({"int8", Align::kRight});
    columns.push_back({"int8 error", Align::kRight});
  }
  Table table(columns);
  const auto add = [&](std::vector<Table::Cell> cells, double real, double integer,
                       const std::string& error) {
    cells.emplace_back(format_percent(real));
    if (has_integers) {
      cells.emplace_back(format_percent(integer));
      cells.emplace_back(error);
    }
    table.add_row(std::move(cells));
  };
  std::int64_t macs = 0;
  for (const LayerInput& layer : evaluation.layers) {
    macs += layer.macs;
    add({layer.name, form_text(layer),
         fmt::format("{}x{}x{}", layer.shape.c, layer.shape.h, layer.shape.w),
         format_count(layer.macs)},
        layer.density, layer.integer_density.value_or(0), error_text(layer.error.integer));
  }
  table.add_rule();
  add({"by MACs", "", "", format_count(macs)}, evaluation.density(), evaluation.integer_density(),
      "");
  return table.text(screen_of(stdout));
}

std::string score_line(const char* name, const Score& score, std::int64_t labelled) {
  return fmt::format("{:<14}top-1 {:.2f}% ({} of {}), top-5 {:.2f}%\n", name,
                     100.0 * double(score.top1) / double(labelled), score.top1, labelled,
                     100.0 * double(score.top5) / double(labelled));
}

std::string summary(const Evaluation& evaluation,
                    const std::optional<std::string>& machine_problem) {
  std::string text = fmt::format("\n{} images\n", evaluation.images);
  if (evaluation.labelled == 0) {
    text += "accuracy      not known: the images have no labels\n";
  } else {
    text += score_line("float", evaluation.real, evaluation.labelled);
    if (evaluation.integer) text += score_line("int8", *evaluation.integer, evaluation.labelled);
  }
  if (evaluation.integer) {
    text += fmt::format("same class    {} of {} images as float and as int8\n",
                        evaluation.same_class(), evaluation.images);
  } else {
    text += "int8          not known: the network is not calibrated\n";
  }
  text += output_errors(evaluation);
  if (machine_problem) {
    text += fmt::format("machine       the default one cannot run it: {}\n", *machine_problem);
  }
  return text;
}

/// Writes what the file's outputs are in floating point, behind the host's tail, as
/// FOLDER/IMAGE.OUTPUT.npy.
class SavedOutputs {
 public:
  SavedOutputs(std::string folder, const Graph& graph)
      : folder_(std::move(folder)), graph_(graph) {}

  void add(std::int64_t image, const std::vector<const Tensor*>& outputs) {
    const std::vector<NamedTensor> made = run_tail(graph_, outputs);
    std::vector<std::string> names;
    for (const NamedTensor& output : made) names.push_back(output.name);
    names = names_for_files(names);
    for (std::size_t i = 0; i < made.size(); ++i) {
      files_[fmt::format("{}/{}.{}.npy", folder_, image, names[i])] =
          npy_bytes(made[i].tensor.dims, as_floats(made[i].tensor));
    }
  }
  void write(Outputs& outputs) const {
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    if (error) throw UserError({folder_, 0, ""}, system_failure("make this folder", error.value()));
    for (const auto& [path, bytes] : files_) outputs.write_file(path, bytes);
  }

 private:
  std::string folder_;
  const Graph& graph_;
  std::map<std::string, std::string> files_;
};

/// Why the default machine cannot run a calibrated network; its numbers are worth knowing all the
/// same.
std::optional<std::string> problem_of_default_machine(const Graph& graph) {
  if (graph.quantization.empty()) return std::nullopt;
  const IntegerNetwork network = build_integer_network(graph);
  try {
    return needs_larger_machine(network);
  } catch (const UserError& error) {
    return error.what();
  }
}

std::int64_t number_of_images(const CommandLine& line, const CommonOptions& options,
                              const InputSource& images) {
  if (line.given("images")) return options.images;
  if (images.size() == InputSource::kEndless) {
    throw UserError({"", 0, "--images"}, "expected how many of the synthetic images to take");
  }
  return images.size();
}

}  // namespace

int run_evaluate(const std::vector<std::string>& args) {
  keep_freed_memory();
  CommonOptions options;
  ImageOptions image_options;
  InputShapeOption input_shape;
  CommandLine line("evaluate", "NETWORK.onnx",
                   "Runs a network on images, in floating point and, if it is calibrated, in its "
                   "integer semantics:\naccuracy, how far its outputs are from those in floating "
                   "point, and how many of the values that each layer reads are not zero.");
  line.common(options, {CommonOption::kInput, CommonOption::kAllImages, CommonOption::kJobs,
                        CommonOption::kImageSeed, CommonOption::kOutput, CommonOption::kJson,
                        CommonOption::kQuiet});
  std::string original_file;
  line.option(
      {"original", "FILE.onnx", "the network before it was compressed: outputs are compared"},
      original_file);
  std::string save_folder;
  line.option({"save-outputs", "FOLDER",
               "the file's outputs in floating point, as FOLDER/IMAGE.OUTPUT.npy"},
              save_folder);
  image_options.add_to(line);
  input_shape.add_to(line);
  if (!line.parse(args, 1, 1)) return static_cast<int>(ExitStatus::kDone);
  if (options.input.empty()) {
    throw UserError({"", 0, "--input"}, "expected the images, as cifar10:DIR or image:FOLDER");
  }
  Outputs outputs(line);
  outputs.add("output", options.output, {FileForm::kJson});
  const Graph graph = read_trained_network(line.operands()[0], input_shape, options.quiet);
  const auto images =
      open_images(options.input, graph, image_options.transform(graph.transform), options.seed);
  if (!images->takes_transform()) image_options.refuse("the input has numbers, not pixels");
  if (options.input != "synthetic") line.refuse({"seed"}, "the images are not drawn");
  EvaluateOptions evaluate_options;
  evaluate_options.images = number_of_images(line, options, *images);
  evaluate_options.jobs = options.jobs;
  std::optional<Graph> original;
  if (!original_file.empty()) {
    original = read_trained_network(original_file, input_shape, options.quiet);
    evaluate_options.original = &*original;
  }
  // The command says what the machine cannot run before the images are run.
  const std::optional<std::string> machine_problem = problem_of_default_machine(graph);
  std::optional<SavedOutputs> saved;
  if (!save_folder.empty()) {
    saved.emplace(save_folder, graph);
    evaluate_options.on_outputs = [&](std::int64_t image, const auto& tensors) {
      saved->add(image, tensors);
    };
  }
  Evaluation evaluation;
  {
    Progress progress("images", evaluate_options.images, options.quiet);
    evaluate_options.progress = [&](std::int64_t done) { progress.update(done); };
    evaluation = evaluate(graph, *images, evaluate_options);
  }
  const Json json = evaluation_json(evaluation);
  outputs.write("output", [&] { return json_document(json); });
  if (saved) saved->write(outputs);
  outputs.commit();
  if (options.json) {
    put_text(json_document(json));
  } else if (!options.quiet) {
    put("{}{}", layer_table(evaluation), summary(evaluation, machine_problem));
  }
  return static_cast<int>(ExitStatus::kDone);
}

}  // namespace escalate
