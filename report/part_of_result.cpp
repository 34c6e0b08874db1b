#include "report/part_of_result.h"

#include "workloads/layer_selection.h"

namespace escalate {

Result part_of_result(const Result& result, const std::vector<std::string>& patterns,
                      const std::string& option) {
  if (patterns.empty()) return result;
  std::vector<std::string> names;
  for (const LayerResult& layer : result.layers) names.push_back(layer.name);
  const std::vector<bool> selected = select_names(names, patterns, option);
  Result part = result;
  part.layers.clear();
  for (std::size_t i = 0; i < selected.size(); ++i) {
    if (selected[i]) part.layers.push_back(result.layers[i]);
  }
  part.layers_left_out += static_cast<std::int64_t>(result.layers.size() - part.layers.size());
  if (part.layers.size() == result.layers.size()) return result;
  // Some layers say nothing of what is known only of the whole run.
  part.total.cycles_by_image.clear();
  part.classes.clear();
  part.top1.reset();
  part.explanation.reset();
  const double cycle_s =
      result.total.cycles > 0 ? result.total.seconds / static_cast<double>(result.total.cycles) : 0;
  sum_up(part, 1);
  part.total.seconds = static_cast<double>(part.total.cycles) * cycle_s;
  return part;
}

}  // namespace escalate
