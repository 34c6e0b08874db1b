#include "apps/report_command.h"

#include <fmt/format.h>

#include <filesystem>

#include "apps/common_options.h"
#include "common/atomic_file.h"
#include "common/error.h"
#include "report/documents.h"
#include "report/html_page.h"
#include "report/result_energy.h"
#include "report/terminal_table.h"
#include "workloads/layer_selection.h"

namespace escalate {
namespace {

enum class Subject { kAll, kEnergy };
enum class Form { kTerminal, kHtml, kCsv, kMarkdown };

}  // namespace

template <>
struct EnumNames<Subject> {
  static constexpr auto kNames =
      std::to_array<std::pair<Subject, std::string_view>>({{Subject::kEnergy, "energy"}});
};

namespace {

Form form_of(const std::string& output) {
  if (output.empty()) return Form::kTerminal;
  const std::string ending = std::filesystem::path(output).extension();
  if (ending == ".html") return Form::kHtml;
  if (ending == ".csv") return Form::kCsv;
  if (ending == ".md") return Form::kMarkdown;
  throw UserError({"", 0, "--output"},
                  "expected a file that ends in .html, .csv or .md, got '" + output + "'");
}

/// A result of the layers that match only, with their sums as its total.
Result only_layers(const Result& result, const std::vector<std::string>& patterns) {
  if (patterns.empty()) return result;
  std::vector<std::string> names;
  for (const LayerResult& layer : result.layers) names.push_back(layer.name);
  const std::vector<bool> selected = select_names(names, patterns, "--layers");
  Result part = result;
  part.layers.clear();
  for (std::size_t i = 0; i < selected.size(); ++i) {
    if (selected[i]) part.layers.push_back(result.layers[i]);
  }
  // What is known of the whole run only says nothing of some of its layers.
  part.total.cycles_by_image.clear();
  part.classes.clear();
  part.top1.reset();
  const double cycle_s =
      result.total.cycles > 0 ? result.total.seconds / static_cast<double>(result.total.cycles) : 0;
  sum_up(part, 1);
  part.total.seconds = static_cast<double>(part.total.cycles) * cycle_s;
  return part;
}

std::vector<LabelledResult> read_results(const std::vector<std::string>& files,
                                         const std::vector<std::string>& patterns) {
  std::vector<Result> results;
  for (const std::string& file : files) {
    const Result result = read_result(file);
    check_energy(result, file);
    results.push_back(only_layers(result, patterns));
  }
  return labelled(std::move(results), files);
}

std::string document(const std::vector<LabelledResult>& results, Form form) {
  switch (form) {
    case Form::kHtml:
      return html_page(results);
    case Form::kCsv:
      return csv_document(results);
    case Form::kMarkdown:
      return markdown_document(results);
    case Form::kTerminal:
      break;
  }
  const bool colour = wants_colour(stdout);
  std::string text;
  for (const LabelledResult& result : results) {
    text += (text.empty() ? "" : "\n") + terminal_text(result.result, colour);
  }
  if (results.size() > 1) text += "\n" + comparison_table(results).text(colour);
  return text;
}

std::string explanation(const std::vector<LabelledResult>& results, Form form) {
  if (form == Form::kHtml) {
    throw UserError({"", 0, "--explain"},
                    "every page explains its energy; expected .csv or .md, or no output file");
  }
  if (results.size() > 1) {
    throw UserError({"", 0, "--explain"}, "expected one result file");
  }
  const Result& result = results.front().result;
  const Table lines = explain_energy(result);
  const Table sources = sources_table(result.energy_sources);
  if (form == Form::kCsv) return lines.csv();
  if (form == Form::kMarkdown) return lines.markdown() + "\n" + sources.markdown();
  const bool colour = wants_colour(stdout);
  return lines.text(colour) + "\n" + sources.text(colour);
}

}  // namespace

int run_report(const std::vector<std::string>& args) {
  CommonOptions options;
  Subject subject = Subject::kAll;
  CommandLine line("report", "RESULT.json...",
                   "Shows results of runs on the terminal, or writes them as one self-contained\n"
                   "page with charts (-o FILE.html), as numbers (.csv) or as text (.md). Several\n"
                   "results are compared with the first.");
  line.common(options, {CommonOption::kLayers, CommonOption::kOutput})
      .option({"explain", "SUBJECT",
               "energy: every action that energy was spent on, with count, pJ each and source"},
              subject);
  if (!line.parse(args, 1, 1000)) return static_cast<int>(ExitStatus::kDone);

  const Form form = form_of(options.output);
  const std::vector<LabelledResult> results = read_results(line.operands(), options.layers);
  const std::string text =
      subject == Subject::kEnergy ? explanation(results, form) : document(results, form);
  if (form == Form::kTerminal) {
    fmt::print("{}", text);
  } else {
    write_file(options.output, text);
  }
  return static_cast<int>(ExitStatus::kDone);
}

}  // namespace escalate
