#include "apps/report_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "apps/common_options.h"
#include "apps/figure_form.h"
#include "apps/output.h"
#include "common/console.h"
#include "common/distinct_names.h"
#include "common/error.h"
#include "report/charts/charts.h"
#include "report/comparison.h"
#include "report/documents.h"
#include "report/html_page.h"
#include "report/object_reader.h"
#include "report/part_of_result.h"
#include "report/result_energy.h"
#include "report/sweep_document.h"
#include "sweep/store.h"
#include "sweep/sweep_json.h"

namespace escalate {
namespace {

enum class Subject { kAll, kEnergy };

}  // namespace

template <>
struct EnumNames<Subject> {
  static constexpr auto kNames =
      std::to_array<std::pair<Subject, std::string_view>>({{Subject::kEnergy, "energy"}});
};
namespace {

/// Puts the results of this name or accelerator first, the others' order unchanged: the first of a
/// network is what its others are compared with.
void put_first(std::vector<LabelledResult>& results, const std::string& name) {
  const auto end = std::stable_partition(results.begin(), results.end(), [&](const auto& entry) {
    return entry.contestant == name || entry.label == name || entry.result.accelerator == name;
  });
  if (end != results.begin()) return;
  std::vector<std::string> known;
  for (const LabelledResult& entry : results) {
    known.insert(known.end(), {entry.contestant, entry.label, entry.result.accelerator});
  }
  throw UserError({"", 0, "--reference"},
                  fmt::format("no result is of '{}'{}", name, did_you_mean(name, known)));
}

/// The names of --names; UserError unless there are as many as results.
std::vector<std::string> given_names(const std::string& list, std::size_t num_results) {
  std::vector<std::string> names;
  std::stringstream stream(list);
  for (std::string name; std::getline(stream, name, ',');) names.push_back(name);
  if (names.size() != num_results || std::count(names.begin(), names.end(), "") > 0) {
    throw UserError(
        {"", 0, "--names"},
        fmt::format("expected {} names, one of each result, got '{}'", num_results, list));
  }
  return names;
}

/// What the files hold: results, those of comparisons among them, and sweeps.
struct Contents {
  std::vector<LabelledResult> results;
  std::vector<LabelledSweep> sweeps;
};

/// The results of a comparison, network by network.
std::vector<Result> results_of_comparison(const Json& json, const std::string& file) {
  std::vector<Result> results;
  ObjectReader(json, file, "").each("networks", [&](const Json& network, const std::string& key) {
    ObjectReader(network, file, key)
        .each("results", [&](const Json& result, const std::string& place) {
          results.push_back(result_from_json(result, file, place));
        });
  });
  if (results.empty()) throw UserError({file, 0, "networks"}, "has no results");
  return results;
}

/// The sweeps that a store holds, each under the store's name and its own where there are several.
void take_store(const std::string& file, std::vector<LabelledSweep>& sweeps,
                std::vector<std::string>& files) {
  const SweepStore store(file, StoreAccess::kRead);
  const auto all = store.sweeps();
  if (all.empty()) throw UserError({file, 0, ""}, "the store has no sweep");
  for (const auto& [id, name] : all) {
    const StoredSweep stored = store.read(id);
    sweeps.push_back({"", sweep_to_json(stored.spec, stored.members)});
    files.push_back(all.size() == 1 ? file : file + "/" + name);
  }
}

/// `names` is the value of --names.
Contents read_files(const std::vector<std::string>& files, const std::vector<std::string>& patterns,
                    const std::string& names) {
  std::vector<Result> results;
  std::vector<std::string> result_files, sweep_files;
  Contents contents;
  const auto take = [&](const Result& result, const std::string& file) {
    check_energy(result, file);
    results.push_back(part_of_result(result, patterns, "--layers"));
    result_files.push_back(file);
  };
  for (const std::string& file : files) {
    if (is_store(file)) {
      take_store(file, contents.sweeps, sweep_files);
      continue;
    }
    Json json = read_json(file);
    std::string schema;
    ObjectReader(json, file, "").read("schema", schema);
    if (schema == kSweepDocumentSchema) {
      check_sweep(json, file);
      contents.sweeps.push_back({"", std::move(json)});
      sweep_files.push_back(file);
    } else if (schema == kComparisonSchema) {
      for (const Result& result : results_of_comparison(json, file)) take(result, file);
    } else if (schema == kResultSchema) {
      take(result_from_json(json, file), file);
    } else {
      throw UserError({file, 0, "schema"},
                      fmt::format("expected '{}', '{}' or '{}', got '{}'", kResultSchema,
                                  kComparisonSchema, kSweepDocumentSchema, schema));
    }
  }
  const auto given = names.empty() || results.empty() ? std::vector<std::string>{}
                                                      : given_names(names, results.size());
  contents.results = labelled(std::move(results), result_files, given);
  const std::vector<std::string> sweep_names = distinct_names(sweep_files);
  for (std::size_t i = 0; i < sweep_names.size(); ++i) contents.sweeps[i].label = sweep_names[i];
  return contents;
}

std::string csv_of(const Contents& contents) {
  if (contents.sweeps.empty()) return csv_document(contents.results);
  if (!contents.results.empty() || contents.sweeps.size() > 1) {
    throw UserError({"", 0, "--format"}, "csv has one table: expected results, or one sweep");
  }
  return sweep_table(contents.sweeps.front().sweep, SweepPoints::kAll).csv();
}

std::string markdown_of(const Contents& contents) {
  std::string text;
  for (const LabelledSweep& sweep : contents.sweeps) {
    text += markdown_document(sweep) + "\n";
  }
  if (!contents.results.empty()) text += markdown_document(contents.results) + "\n";
  text.pop_back();
  return text;
}

/// Layers of several results are shown only if some were asked for.
std::string tables_of(const Contents& contents, bool with_layers, Screen screen) {
  std::string text;
  for (const LabelledSweep& sweep : contents.sweeps) {
    text += sweep_table(sweep.sweep, SweepPoints::kFront).text(screen) + "\n" +
            sweep_summary(sweep.sweep) + "\n\n";
  }
  if (!contents.results.empty()) {
    text += terminal_document(contents.results, with_layers, screen) + "\n";
  }
  text.pop_back();
  return text;
}

std::string document(const Contents& contents, FileForm form, bool with_layers, Screen screen) {
  switch (form) {
    case FileForm::kHtml:
      return html_page(contents.results, contents.sweeps);
    case FileForm::kCsv:
      return csv_of(contents);
    case FileForm::kMarkdown:
      return markdown_of(contents);
    case FileForm::kText:
      return tables_of(contents, with_layers, screen);
    case FileForm::kJson:
    case FileForm::kYaml:
    case FileForm::kOnnx:
    case FileForm::kProgram:
    case FileForm::kAssembly:
    case FileForm::kTrace:
    case FileForm::kSvg:
    case FileForm::kPdf:
    case FileForm::kPng:
      break;
  }
  throw InternalError("a form that `report` does not offer");
}

std::string explanation(const Contents& contents, FileForm form, Screen screen) {
  if (form == FileForm::kHtml) {
    throw UserError({"", 0, "--explain"},
                    "every page explains its energy; expected csv, markdown or table");
  }
  if (contents.results.size() != 1 || !contents.sweeps.empty()) {
    throw UserError({"", 0, "--explain"}, "expected one result file");
  }
  const Result& result = contents.results.front().result;
  const Table lines = explain_energy(result);
  const Table sources = sources_table(result.energy_sources);
  if (form == FileForm::kCsv) return lines.csv();
  if (form == FileForm::kMarkdown) return lines.markdown() + "\n" + sources.markdown();
  return lines.text(screen) + "\n" + sources.text(screen);
}

/// "energy: energy by component...", one chart a line.
std::string chart_list() {
  std::string text;
  for (const Chart& chart : charts()) text += fmt::format("\n  {}: {}", chart.name, chart.meaning);
  return text;
}

}  // namespace

int run_report(const std::vector<std::string>& args) {
  CommonOptions options;
  std::string chart;
  FigureWidth width = FigureWidth::kColumn;
  Subject subject = Subject::kAll;
  FileForm asked = FileForm::kText;
  std::string reference;
  std::string names;
  CommandLine line(
      "report", "FILE.json|STORE.sqlite...",
      "Shows results of runs, of comparisons and of sweeps on the terminal, or writes them as\n"
      "one self-contained page with charts (-o FILE.html), as numbers (.csv) or as text\n"
      "(.md). Several results are compared with the first that did the same work, or that of\n"
      "--reference; their layers are shown if --layers is given.");
  line.common(options, {CommonOption::kLayers, CommonOption::kOutput})
      .option({"format", "NAME",
               "table, html, csv or markdown (default: by the ending of -o, else table)"},
              asked)
      .option({"explain", "SUBJECT",
               "energy: every action that energy was spent on, with count, pJ each and source"},
              subject)
      .option({"reference", "NAME",
               "result or accelerator that the others are compared with (default: the first)"},
              reference)
      .option({"names", "NAME,...",
               "what the results are called, in their order (default: by their files); results of "
               "several networks may have one name"},
              names)
      .option(
          {"chart", "NAME",
           "a figure for a paper, in place of a document (-o .svg, .pdf or .png):" + chart_list()},
          chart)
      .option({"width", "NAME", "of the figure: column or page of a two-column paper"}, width);
  if (!line.parse(args, 1, 1000)) return static_cast<int>(ExitStatus::kDone);

  Outputs outputs(line);
  if (chart.empty()) {
    line.refuse({"width"}, "it is of the figure that --chart draws");
  } else {
    line.refuse({"format", "explain"}, "--chart draws a figure");
    chart_named(chart, "--chart");
  }
  const FileForms forms = chart.empty() ? FileForms{FileForm::kHtml, FileForm::kCsv,
                                                    FileForm::kMarkdown, FileForm::kText}
                                        : FileForms{FileForm::kSvg, FileForm::kPdf, FileForm::kPng};
  const FileForm form = open_output(outputs, options.output, forms,
                                    line.given("format") ? std::optional(asked) : std::nullopt);
  Contents contents = read_files(line.operands(), options.layers, names);
  if (contents.results.empty()) {
    line.refuse({"layers", "reference", "names"}, "the files are sweeps, and it is of results");
  }
  if (!reference.empty()) put_first(contents.results, reference);
  const Screen screen = options.output.empty() ? screen_of(stdout) : Screen{};
  const auto make = [&] {
    if (!chart.empty()) {
      return converted_figure(
          chart_named(chart, "--chart").draw({contents.results, contents.sweeps}, width), form);
    }
    return subject == Subject::kEnergy ? explanation(contents, form, screen)
                                       : document(contents, form, !options.layers.empty(), screen);
  };
  const std::string text = make();
  outputs.write("output", [&] { return text; });
  outputs.commit();
  if (options.output.empty()) put_text(text);
  return static_cast<int>(ExitStatus::kDone);
}

}  // namespace escalate
