#include "report/explanation.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "common/math.h"
#include "report/layer_limits.h"
#include "report/object_reader.h"
#include "report/result.h"

namespace escalate {
namespace {

double speedup(const Explanation& explanation, const WhatIf& what_if) {
  return ratio(double(explanation.base.cycles), double(what_if.cost.cycles));
}

bool helps(const Explanation& explanation, const WhatIf& what_if) {
  return speedup(explanation, what_if) >= kLeastSpeedup;
}

std::string assignment(const WhatIf& what_if) { return what_if.parameter + "=" + what_if.after; }

/// Which of the what-ifs has the least product of time and `price` of all, as a line that begins
/// with `title`; empty where the machine itself has no more.
std::string best_text(const Explanation& explanation, const std::string& title,
                      double RunCost::*price) {
  const auto product = [&](const RunCost& cost) { return double(cost.cycles) * cost.*price; };
  const WhatIf* best = nullptr;
  double least = product(explanation.base);
  for (const WhatIf& what_if : explanation.what_ifs) {
    if (product(what_if.cost) >= least) continue;
    least = product(what_if.cost);
    best = &what_if;
  }
  if (best == nullptr) return "";
  return fmt::format("least {}: {} ({:.3f} of this machine's)\n", title, assignment(*best),
                     least / product(explanation.base));
}

/// 0.0123 as "+1.2%".
std::string change_text(double part, double whole) {
  return fmt::format("{:+.1f}%", 100 * (ratio(part, whole) - 1));
}

Json cost_to_json(const RunCost& cost) {
  return {{"cycles", cost.cycles}, {"energy_pj", cost.energy_pj}, {"area_mm2", cost.area_mm2}};
}

RunCost cost_from_json(const ObjectReader& reader) {
  RunCost cost;
  reader.read("cycles", cost.cycles);
  reader.read("energy_pj", cost.energy_pj);
  reader.read("area_mm2", cost.area_mm2);
  return cost;
}

/// The reason that takes most of a resource's cycles.
std::string main_reason(const Result& result, const std::string& resource) {
  std::map<std::string, double> cycles;
  for (const LayerResult& layer : result.layers) {
    cycles[reason_of_limit(result, layer, resource)] += layer.limits.value_of(resource);
  }
  const auto most =
      std::max_element(cycles.begin(), cycles.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == cycles.end() ? "" : most->first;
}

}  // namespace

RunCost cost_of(const Result& result) {
  return {result.total.cycles, result.total.energy_pj, result.area_mm2.sum()};
}

void sort_what_ifs(Explanation& explanation) {
  std::stable_sort(explanation.what_ifs.begin(), explanation.what_ifs.end(),
                   [](const WhatIf& a, const WhatIf& b) {
                     return std::tie(a.cost.cycles, a.cost.area_mm2) <
                            std::tie(b.cost.cycles, b.cost.area_mm2);
                   });
}

Table what_if_table(const Explanation& explanation, bool shows_all) {
  Table table({{"parameter"},
               {"from", Align::kRight},
               {"to", Align::kRight},
               {"cycles", Align::kRight, "", 1},
               {"speed-up", Align::kRight},
               {"energy", Align::kRight},
               {"area", Align::kRight},
               {"area", Align::kRight, "mm2", 2}});
  const RunCost& base = explanation.base;
  std::size_t shown = 0;
  for (const WhatIf& what_if : explanation.what_ifs) {
    const bool is_shown = helps(explanation, what_if) && shown < kShownWhatIfs;
    if (!is_shown && !shows_all) continue;
    ++shown;
    table.add_row({what_if.parameter, what_if.before, what_if.after,
                   format_count(what_if.cost.cycles),
                   fmt::format("{:.3f}x", speedup(explanation, what_if)),
                   change_text(what_if.cost.energy_pj, base.energy_pj),
                   change_text(what_if.cost.area_mm2, base.area_mm2),
                   fmt::format("{:+.2f}", what_if.cost.area_mm2 - base.area_mm2)});
  }
  return table;
}

std::string what_if_text(const Explanation& explanation) {
  std::vector<std::string> without_help, also;
  std::size_t helping = 0;
  for (const WhatIf& what_if : explanation.what_ifs) {
    std::string text =
        fmt::format("{} {:.3f}x", assignment(what_if), speedup(explanation, what_if));
    if (!helps(explanation, what_if)) {
      without_help.push_back(std::move(text));
    } else if (++helping > kShownWhatIfs) {
      also.push_back(text + " (area " +
                     change_text(what_if.cost.area_mm2, explanation.base.area_mm2) + ")");
    }
  }
  std::string text = fmt::format("{} of {} parameters, doubled one at a time, help\n", helping,
                                 explanation.what_ifs.size());
  if (!also.empty()) text += fmt::format("beside the first three: {}\n", fmt::join(also, ", "));
  text += best_text(explanation, "area x time", &RunCost::area_mm2);
  text += best_text(explanation, "energy x time", &RunCost::energy_pj);
  if (!without_help.empty()) {
    text += fmt::format("no help (below {}x): {}\n", kLeastSpeedup, fmt::join(without_help, ", "));
  }
  for (const NotTried& entry : explanation.not_tried) {
    text += fmt::format("not tried: {}: {}\n", entry.parameter, entry.why);
  }
  return text;
}

Table limit_table(const Result& result) {
  Table table({{"resource"},
               {"limit", Align::kRight, "cycles"},
               {"share of the cycles", Align::kRight},
               {"because of"}});
  const NamedValues<double> limits = total_limits(result);
  std::vector<std::pair<double, std::string>> by_cycles;
  for (const auto& [name, cycles] : limits) by_cycles.emplace_back(-cycles, name);
  std::stable_sort(by_cycles.begin(), by_cycles.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [negative, name] : by_cycles) {
    const double cycles = -negative;
    table.add_row({name, format_count(std::int64_t(cycles + 0.5)),
                   format_percent(ratio(cycles, double(result.total.cycles))),
                   main_reason(result, name)});
  }
  return table;
}

Json explanation_to_json(const Explanation& explanation) {
  Json json = {{"base", cost_to_json(explanation.base)},
               {"what_ifs", Json::array()},
               {"not_tried", Json::array()}};
  if (!explanation.layers.empty()) json["layers"] = explanation.layers;
  for (const WhatIf& what_if : explanation.what_ifs) {
    Json entry = cost_to_json(what_if.cost);
    entry.update(
        {{"parameter", what_if.parameter}, {"before", what_if.before}, {"after", what_if.after}});
    json["what_ifs"].push_back(std::move(entry));
  }
  for (const NotTried& entry : explanation.not_tried) {
    json["not_tried"].push_back({{"parameter", entry.parameter}, {"why", entry.why}});
  }
  return json;
}

Explanation explanation_from_json(const ObjectReader& reader) {
  Explanation explanation;
  reader.read_if_there("layers", explanation.layers);
  explanation.base = cost_from_json(reader.object("base"));
  reader.each("what_ifs", [&](const Json& json, const std::string& key) {
    const ObjectReader entry = reader.element(json, key);
    WhatIf what_if;
    what_if.cost = cost_from_json(entry);
    entry.read("parameter", what_if.parameter);
    entry.read("before", what_if.before);
    entry.read("after", what_if.after);
    explanation.what_ifs.push_back(what_if);
  });
  reader.each("not_tried", [&](const Json& json, const std::string& key) {
    const ObjectReader entry = reader.element(json, key);
    NotTried not_tried;
    entry.read("parameter", not_tried.parameter);
    entry.read("why", not_tried.why);
    explanation.not_tried.push_back(not_tried);
  });
  return explanation;
}

}  // namespace escalate
