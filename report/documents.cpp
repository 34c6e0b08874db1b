#include "report/documents.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <sstream>
#include <string_view>
#include <utility>

#include "common/error.h"
#include "report/layer_limits.h"
#include "report/ratios.h"
#include "report/terminal_table.h"

namespace escalate {
namespace {

using LayerOf = std::pair<const LabelledResult*, const LayerResult*>;

/// A number as result files have it: the shortest text that reads back the same.
template <class T>
std::string bare(T value) {
  return fmt::format("{}", value);
}

/// The columns of a group of named values ("counters"), one for each name in any layer.
struct Columns {
  std::vector<Table::Column> headings;
  std::vector<std::function<std::string(const LayerOf&)>> values;

  void add(const std::string& title, std::function<std::string(const LayerOf&)> value) {
    headings.push_back({title});
    values.push_back(std::move(value));
  }
  template <class T>
  void add_group(const std::vector<LayerOf>& layers, const std::string& group,
                 NamedValues<T> LayerResult::*member) {
    NamedValues<T> all;
    for (const LayerOf& layer : layers) all.add(layer.second->*member);
    for (const std::string& name : all.names()) {
      add(group + "." + name, [member, name](const LayerOf& layer) {
        const T* value = (layer.second->*member).find(name);
        return value == nullptr ? std::string() : bare(*value);
      });
    }
  }
};

std::string ratio_text(double ratio) { return ratio > 0 ? fmt::format("{:.3f}x", ratio) : "-"; }

Table energy_table_of(const Result& result) {
  Table table({{"group"}, {"energy", Align::kRight}, {"share", Align::kRight}});
  for (const auto& [group, pj] : result.total.energy_by_component_pj) {
    table.add_row({group, format_si(pj * 1e-12, "J"),
                   format_percent(result.total.energy_pj > 0 ? pj / result.total.energy_pj : 0)});
  }
  return table;
}

/// The memories on chip; empty where they are not known.
std::string memory_section(const Result& result) {
  if (result.memory_bytes.empty()) return "";
  Table table({{"memory"}, {"bytes", Align::kRight}});
  for (const auto& [name, bytes] : result.memory_bytes) {
    table.add_row({name, format_count(static_cast<std::int64_t>(bytes))});
  }
  return "## Memory\n\n" + table.markdown() + "\n";
}

LayerColumns columns_of(const std::vector<LabelledResult>& results) {
  std::vector<const Result*> all;
  for (const LabelledResult& result : results) all.push_back(&result.result);
  return layer_columns(all);
}

/// A text that cannot become markup of Markdown.
std::string plain(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (std::string_view("\\`*_[]<>#|&").find(c) != std::string_view::npos) safe += '\\';
    safe += c == '\n' ? ' ' : c;
  }
  return safe;
}

/// Each line as an item of a list.
std::string as_list(const std::string& lines) {
  std::string text;
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);) text += "- " + plain(line) + "\n";
  return text;
}

/// What would make the run faster; empty where that was not asked.
std::string explanation_section(const Result& result) {
  if (!result.explanation) return "";
  return "\n## What would help\n\n" + limit_table(result).markdown() + "\n" +
         what_if_table(*result.explanation, true).markdown() + "\n" +
         as_list(what_if_text(*result.explanation));
}

}  // namespace

std::string csv_document(const std::vector<LabelledResult>& results) {
  std::vector<LayerOf> layers;
  for (const LabelledResult& result : results) {
    for (const LayerResult& layer : result.result.layers) layers.emplace_back(&result, &layer);
  }
  Columns columns;
  columns.add("result", [](const LayerOf& layer) { return layer.first->label; });
  columns.add("accelerator", [](const LayerOf& layer) { return layer.first->result.accelerator; });
  columns.add("network", [](const LayerOf& layer) { return layer.first->result.network; });
  columns.add("file", [](const LayerOf& layer) { return layer.first->result.source.file; });
  columns.add("work", [](const LayerOf& layer) { return bare(layer.first->work + 1); });
  columns.add("images", [](const LayerOf& layer) { return bare(layer.first->result.images); });
  columns.add("name", [](const LayerOf& layer) { return layer.second->name; });
  columns.add("kind", [](const LayerOf& layer) { return layer.second->kind; });
  columns.add("shape", [](const LayerOf& layer) { return layer.second->shape; });
  columns.add("bound_by", [](const LayerOf& layer) { return layer.second->bound_by; });
  columns.add("binding", [](const LayerOf& layer) { return binding_text(*layer.second); });
  columns.add("because_of", [](const LayerOf& layer) {
    return reason_of_bound(layer.first->result, *layer.second);
  });
  columns.add("cycles", [](const LayerOf& layer) { return bare(layer.second->cycles); });
  const bool has_rest = std::any_of(results.begin(), results.end(), [](const auto& entry) {
    return entry.result.rest.has_value();
  });
  if (has_rest) {
    columns.add("rest_seconds", [](const LayerOf& layer) {
      return bare(layer.first->result.rest.value_or(CommonRest{}).seconds);
    });
    columns.add("rest_energy_pj", [](const LayerOf& layer) {
      return bare(layer.first->result.rest.value_or(CommonRest{}).energy_pj);
    });
  }
  columns.add("macs_dense", [](const LayerOf& layer) { return bare(layer.second->macs_dense); });
  columns.add_group(layers, "limits", &LayerResult::limits);
  columns.add_group(layers, "energy_pj", &LayerResult::energy_pj);
  columns.add_group(layers, "utilization", &LayerResult::utilization);
  columns.add_group(layers, "density", &LayerResult::density);
  columns.add_group(layers, "row_states", &LayerResult::row_states);
  columns.add_group(layers, "dram", &LayerResult::dram);
  columns.add_group(layers, "counters", &LayerResult::counters);
  Table table(columns.headings);
  for (const LayerOf& layer : layers) {
    std::vector<Table::Cell> row;
    for (const auto& value : columns.values) row.emplace_back(value(layer));
    table.add_row(std::move(row));
  }
  return table.csv();
}

Table comparison_table(const std::vector<LabelledResult>& results) {
  ensure(!results.empty(), "a comparison of no results");
  const RatioDirection direction = direction_of(results);
  Table table({{"result"},
               {"cycles", Align::kRight, "", 1},
               {"time", Align::kRight},
               {"energy", Align::kRight},
               {"EDP", Align::kRight, "", 2},
               {"area", Align::kRight, "mm2", 3},
               {direction.title("speed-up"), Align::kRight},
               {direction.title("energy efficiency"), Align::kRight}});
  std::map<std::size_t, const TotalResult*> first_of;
  std::map<std::size_t, int> times;
  for (const LabelledResult& result : results) ++times[result.work];
  for (const LabelledResult& other : results) {
    const TotalResult& total = other.result.total;
    const TotalResult& first = *first_of.emplace(other.work, &total).first->second;
    const bool is_alone = times.at(other.work) == 1 && results.size() > 1;
    const double joules = total.energy_pj * 1e-12;
    const double area = other.result.area_mm2.sum();
    table.add_row({other.label, format_count(total.cycles), format_si(total.seconds, "s"),
                   format_si(joules, "J"), format_si(joules * total.seconds, "J s"),
                   area > 0 ? fmt::format("{:.2f}", area) : "-",
                   is_alone ? "-" : ratio_text(direction.ratio(first.seconds, total.seconds)),
                   is_alone ? "-" : ratio_text(direction.ratio(first.energy_pj, total.energy_pj))});
  }
  const std::vector<MeanRatio> means = mean_ratios(results);
  if (!means.empty()) table.add_rule();
  for (const MeanRatio& mean : means) {
    table.add_row({mean.contestant + ", " + mean.name(), "", "", "", "", "",
                   ratio_text(mean.speedup), ratio_text(mean.efficiency)});
  }
  return table;
}

std::string terminal_document(const std::vector<LabelledResult>& results, bool with_layers,
                              Screen screen) {
  if (results.size() == 1) return terminal_text(results.front().result, screen);
  const LayerColumns columns = columns_of(results);
  std::string text = comparison_table(results).text(screen);
  for (const std::string& remark : remarks(results)) text += remark + "\n";
  for (const LabelledResult& result : results) {
    text += "\n";
    if (with_layers) text += layer_table(result.result, columns).text(screen) + "\n";
    text += result.label + ": " + summary_text(result.result);
  }
  return text;
}

std::string markdown_document(const std::vector<LabelledResult>& results) {
  const LayerColumns columns = columns_of(results);
  std::string text;
  if (results.size() > 1) {
    text += "# Comparison\n\n" + comparison_table(results).markdown() + "\n";
    std::string list;
    for (const std::string& remark : remarks(results)) list += remark + "\n";
    if (!list.empty()) text += as_list(list) + "\n";
  }
  for (const LabelledResult& result : results) {
    text += "# " + plain(result.label) + "\n\n" + as_list(summary_text(result.result));
    text += "\n## Layers\n\n" + layer_table(result.result, columns).markdown();
    text += explanation_section(result.result);
    text += "\n## Energy\n\n" + energy_table_of(result.result).markdown() + "\n";
    text += memory_section(result.result);
  }
  text.pop_back();
  return text;
}

std::string markdown_document(const LabelledSweep& sweep) {
  return "# " + plain(sweep.label) + "\n\n" + as_list(sweep_summary(sweep.sweep)) +
         "\n## Pareto front\n\n" + sweep_table(sweep.sweep, SweepPoints::kFront).markdown();
}

}  // namespace escalate
