#include "baselines/registry.h"

#include <algorithm>
#include <cmath>

#include "common/error.h"

namespace escalate {

std::pair<int, int> BaselineSizes::rectangle_of(int units) {
  for (;; --units) {
    int rows = static_cast<int>(std::sqrt(units));
    while (units % rows != 0) --rows;
    if (units / rows <= 2 * rows || units <= 2) return {rows, units / rows};
  }
}

std::pair<int, int> BaselineSizes::array_of(int pes, int rows, int columns, int most) {
  const double width = std::sqrt(double(pes) * columns / rows);
  const int new_columns = std::clamp(static_cast<int>(width), 1, std::min(pes, most));
  return {std::min(pes / new_columns, most), new_columns};
}

void BaselineRegistry::add(Baseline baseline) {
  std::vector<std::string> taken = names();
  taken.emplace_back("escalate");
  for (const Baseline& machine : machines_) taken.push_back(machine.also_called);
  for (const Baseline::Variant& variant : baseline.variants) {
    if (std::find(taken.begin(), taken.end(), variant.name) == taken.end()) continue;
    throw UserError("there is an accelerator '" + variant.name + "' already");
  }
  const auto place = std::upper_bound(
      machines_.begin(), machines_.end(), baseline, [](const Baseline& a, const Baseline& b) {
        return std::pair(a.year, a.name) < std::pair(b.year, b.name);
      });
  machines_.insert(place, std::move(baseline));
}

std::vector<std::string> BaselineRegistry::names() const {
  std::vector<std::string> names;
  for (const Baseline& machine : machines_) {
    for (const Baseline::Variant& variant : machine.variants) names.push_back(variant.name);
  }
  return names;
}

std::vector<std::string> BaselineRegistry::machine_names() const {
  std::vector<std::string> names;
  for (const Baseline& machine : machines_) names.push_back(machine.name);
  return names;
}

std::vector<std::string> BaselineRegistry::default_names() const {
  std::vector<std::string> names;
  for (const Baseline& machine : machines_) {
    if (machine.is_compared_by_default) names.push_back(machine.name);
  }
  return names;
}

std::string BaselineRegistry::model_name(const std::string& name) const {
  for (const Baseline& machine : machines_) {
    if (!name.empty() && machine.also_called == name) return machine.name;
  }
  return name;
}

const Baseline& BaselineRegistry::machine_of(const std::string& name) const {
  for (const Baseline& machine : machines_) {
    for (const Baseline::Variant& variant : machine.variants) {
      if (variant.name == name) return machine;
    }
  }
  throw UserError("unknown accelerator '" + name + "'" + did_you_mean(name, names()));
}

}  // namespace escalate
