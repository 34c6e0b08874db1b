#include "report/charts/charts.h"

#include <algorithm>

#include "common/error.h"
#include "report/charts/result_charts.h"
#include "report/charts/sweep_charts.h"

namespace escalate {

const std::vector<Chart>& charts() {
  static const std::vector<Chart> kCharts = {
      {"energy", "energy by component: of each layer of one result, or of each of several",
       draw_energy},
      {"cycles", "what PE rows (of other machines, multipliers) did, layer by layer", draw_cycles},
      {"speedup", "speed-up and energy efficiency over the first result of each network",
       draw_speedup},
      {"comparison", "speed-up, energy efficiency and the area of each accelerator",
       draw_comparison},
      {"roofline", "layers below the roofs of multipliers, adders and DRAM", draw_roofline},
      {"area", "area by unit", draw_area},
      {"pareto", "points of a sweep by its first two objectives, and their front", draw_pareto},
      {"sensitivity", "what each value of each axis does to the objectives of a sweep",
       draw_sensitivity}};
  return kCharts;
}

const Chart& chart_named(const std::string& name, const std::string& option) {
  std::vector<std::string> names;
  for (const Chart& chart : charts()) {
    if (chart.name == name) return chart;
    names.emplace_back(chart.name);
  }
  throw UserError({"", 0, option},
                  "expected " + one_of(names) + ", got '" + name + "'" + did_you_mean(name, names));
}

}  // namespace escalate
