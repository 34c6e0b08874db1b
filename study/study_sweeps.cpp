#include "study/study_sweeps.h"

#include <algorithm>

namespace escalate {
namespace {

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

}  // namespace

std::vector<std::string> workloads_of(const StudySweeps& sweeps, const SweepIndices& which) {
  std::vector<std::string> names;
  for (const std::size_t sweep : which) {
    for (const SweepWorkload& workload : sweeps.all[sweep].spec.workloads) {
      add_once(names, workload.name);
    }
  }
  return names;
}

std::vector<std::string> axes_of(const StudySweeps& sweeps, const SweepIndices& which) {
  std::vector<std::string> keys;
  for (const std::size_t sweep : which) {
    for (const SweepAxis& axis : sweeps.all[sweep].spec.axes) add_once(keys, axis.key);
  }
  return keys;
}

const SweepAxis* find_axis(const SweepSpec& spec, const std::string& key) {
  const auto found = std::find_if(spec.axes.begin(), spec.axes.end(),
                                  [&](const SweepAxis& axis) { return axis.key == key; });
  return found == spec.axes.end() ? nullptr : &*found;
}

}  // namespace escalate
