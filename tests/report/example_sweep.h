// A made-up sweep of two machines and their constraint, as `escalate sweep` writes it.
#pragma once

#include <string>

#include "common/json.h"

namespace escalate {

/// 6 points on each of `workloads` networks: 2 values of `blocks` times 3 patterns; the last one
/// breaks the constraint, the first two are on the front.
inline Json example_sweep(int workloads = 1) {
  Json sweep = Json::parse(R"({"schema": "escalate.sweep/1", "name": "made-up", "strategy": "grid",
    "seed": 1, "workloads": [], "base": {},
    "axes": [{"key": "blocks", "numeric": true, "values": [4.0, 8.0]},
             {"key": "ca.pattern", "numeric": false, "values": ["L<1,0>", "L<3,2>", "T<2,5>"]}],
    "objectives": ["cycles", "energy_pj"],
    "constraints": [{"quantity": "area_mm2", "relation": "<=", "bound": 30.5}],
    "quantities": [{"name": "area_mm2", "unit": "mm2", "meaning": "area", "known_before": true},
                   {"name": "cycles", "unit": "cycles", "meaning": "cycles", "known_before": false},
                   {"name": "energy_pj", "unit": "pJ", "meaning": "energy", "known_before": false}],
    "points": [], "sensitivity": []})");
  for (int w = 0; w < workloads; ++w) {
    const std::string network = "net" + std::to_string(w);
    sweep["workloads"].push_back(network);
    for (int i = 0; i < 6; ++i) {
      const Json& blocks = sweep["axes"][0]["values"][std::size_t(i / 3)];
      const Json& pattern = sweep["axes"][1]["values"][std::size_t(i % 3)];
      sweep["points"].push_back(
          {{"number", 6 * w + i},
           {"workload", network},
           {"choice", {{"blocks", blocks}, {"ca.pattern", pattern}}},
           {"status", "done"},
           {"reason", ""},
           {"values",
            {{"area_mm2", 10.5 + 5 * i}, {"cycles", 900 - 100 * i}, {"energy_pj", 2e6 + 1e6 * i}}},
           {"feasible", i < 5},
           {"pareto", i < 2}});
    }
    sweep["sensitivity"].push_back({{"workload", network},
                                    {"axis", "blocks"},
                                    {"value", 4.0},
                                    {"points", 3},
                                    {"matched", true},
                                    {"relative", {{"cycles", 1.5}, {"energy_pj", 1.0}}}});
  }
  return sweep;
}

}  // namespace escalate
