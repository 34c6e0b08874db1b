#include "study/part_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/enum_names.h"
#include "common/error.h"
#include "common/quantity_text.h"
#include "common/suggestions.h"

namespace escalate {
namespace {

constexpr const char* kOverBase = " / base";

std::string title_of(const Measure& measure, const StudySweeps& sweeps) {
  std::string title = measure.quantity == kTop1Right ? "top-1" : quantity_title(measure.quantity);
  if (measure.over_base) title += " / " + sweeps.base->name;
  for (std::size_t i = 0; i < measure.over.size(); ++i) {
    title += fmt::format("{}{} {}", i > 0 ? ", " : " / that of ", measure.over[i].key,
                         measure.over[i].value);
  }
  return title;
}

}  // namespace

void PartReader::fail(const YAML::Node& node, const std::string& key,
                      const std::string& message) const {
  throw UserError({file_, node.Mark().line + 1, key}, message);
}

std::size_t PartReader::sweep_of(const std::string& key, const std::string& name) const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < sweeps_->all.size(); ++i) {
    if (sweeps_->all[i].name == name) return i;
    names.push_back(sweeps_->all[i].name);
  }
  map_->fail(key, fmt::format("the study has no sweep '{}'{}", name, did_you_mean(name, names)));
}

std::size_t PartReader::sweep() const { return sweep_of("sweep", map_->text("sweep")); }

SweepIndices PartReader::sweeps() const {
  SweepIndices which;
  for (const std::string& name : map_->texts("sweeps")) {
    const std::size_t sweep = sweep_of("sweeps", name);
    if (std::find(which.begin(), which.end(), sweep) != which.end()) {
      map_->fail("sweeps", fmt::format("'{}' is given twice", name));
    }
    which.push_back(sweep);
  }
  if (which.empty()) map_->fail("sweeps", "expected at least one");
  return which;
}

NamedParameter PartReader::parameter(const std::string& key, const SweepIndices& of) const {
  const YAML::Node node = map_->value(key);
  NamedParameter parameter;
  if (node.IsMap()) {
    const YamlMap map(file_, node, key);
    map.check_keys({"parameter", "name"});
    parameter.key = map.text("parameter");
    if (map.has("name")) parameter.name = map.text("name");
  } else {
    parameter.key = map_->text(key);
  }
  if (parameter.name.empty()) parameter.name = parameter.key;
  for (const std::size_t sweep : of) {
    if (find_axis(sweeps_->all[sweep].spec, parameter.key) != nullptr) continue;
    const std::vector<std::string> known = axes_of(*sweeps_, {sweep});
    fail(node, key,
         fmt::format("sweep '{}' has no axis '{}'{}; it has {}", sweeps_->all[sweep].name,
                     parameter.key, did_you_mean(parameter.key, known),
                     known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "))));
  }
  return parameter;
}

void PartReader::check_quantity(const YAML::Node& node, const std::string& key,
                                const std::string& quantity) const {
  const std::vector<std::string> known = study_quantities();
  if (contains(known, quantity)) return;
  fail(node, key,
       fmt::format("unknown quantity '{}'{}; known are {}", quantity,
                   did_you_mean_one_of(similar_names(quantity, known)),
                   fmt::join(nearest_first(quantity, known), ", ")));
}

void PartReader::check_over_base(const YAML::Node& node, const std::string& key,
                                 const SweepIndices& of) const {
  if (!sweeps_->base) fail(node, key, "the study has no base; expected one under base");
  const std::vector<std::string> known = workloads_of(*sweeps_, {sweeps_->base->sweep});
  for (const std::string& workload : workloads_of(*sweeps_, of)) {
    if (contains(known, workload)) continue;
    fail(node, key,
         fmt::format("the base, sweep '{}', has no workload '{}'",
                     sweeps_->all[sweeps_->base->sweep].name, workload));
  }
}

std::vector<AxisSetting> PartReader::settings(const YAML::Node& node, const std::string& key,
                                              const SweepIndices& of) const {
  const YamlMap map(file_, node, key);
  std::vector<AxisSetting> settings;
  for (const std::string& axis_key : map.keys()) {
    const std::string value = map.text(axis_key);
    for (const std::size_t sweep : of) {
      const SweepAxis* axis = find_axis(sweeps_->all[sweep].spec, axis_key);
      const std::string& name = sweeps_->all[sweep].name;
      if (axis == nullptr) {
        map.fail(axis_key, fmt::format("sweep '{}' has no axis '{}'{}", name, axis_key,
                                       did_you_mean(axis_key, axes_of(*sweeps_, {sweep}))));
      }
      if (!contains(axis->values, value)) {
        map.fail(axis_key, fmt::format("sweep '{}' has no value '{}' of it; it has {}", name, value,
                                       fmt::join(axis->values, ", ")));
      }
    }
    settings.push_back({axis_key, value});
  }
  if (settings.empty()) fail(node, key, "expected values of axes");
  return settings;
}

Measure PartReader::measure_of(const YAML::Node& node, const std::string& key,
                               const SweepIndices& of) const {
  Measure measure;
  if (node.IsScalar()) {
    measure.quantity = node.Scalar();
    measure.over_base = measure.quantity.ends_with(kOverBase);
  } else {
    const YamlMap map(file_, node, key);
    map.check_keys({"quantity", "over", "name"});
    measure.quantity = map.text("quantity");
    if (map.has("name")) measure.title = map.text("name");
    const YAML::Node over = map.has("over") ? map.value("over") : YAML::Node();
    measure.over_base = measure.quantity.ends_with(kOverBase);
    if (over.IsMap()) measure.over = settings(over, "over", of);
    if (map.has("over") && (measure.over.empty() || measure.over_base)) {
      map.fail("over", "expected values of axes: {parameter: value}, or 'QUANTITY / base'");
    }
  }
  if (measure.over_base) {
    measure.quantity.resize(measure.quantity.size() - std::string_view(kOverBase).size());
    check_over_base(node, key, of);
  }
  check_quantity(node, key, measure.quantity);
  if (measure.title.empty()) measure.title = title_of(measure, *sweeps_);
  return measure;
}

Measure PartReader::measure(const std::string& key, const SweepIndices& of) const {
  return measure_of(map_->value(key), key, of);
}

std::vector<Measure> PartReader::measures(const std::string& key, const SweepIndices& of) const {
  const YAML::Node list = map_->value(key);
  if (!list.IsSequence() || list.size() == 0) {
    map_->fail(key, "expected a list of quantities");
  }
  std::vector<Measure> measures;
  for (const auto& node : list) measures.push_back(measure_of(node, key, of));
  return measures;
}

void PartReader::check_objective(const std::string& key, const Measure& measure) const {
  if (measure.quantity != kTop1Right) return;
  map_->fail(key, fmt::format("{} is to be large; expected {}", kTop1Right, kTop1Error));
}

std::vector<std::string> PartReader::objectives(const std::string& key) const {
  const std::vector<std::string> names = map_->texts(key);
  for (const std::string& name : names) {
    check_quantity(map_->value(key), key, name);
    check_objective(key, {name, "", false, {}});
  }
  if (names.empty()) map_->fail(key, "expected at least one");
  return names;
}

std::vector<AxisSetting> PartReader::where(std::size_t sweep) const {
  return map_->has("where") ? settings(map_->value("where"), "where", {sweep})
                            : std::vector<AxisSetting>{};
}

void PartReader::check_one_point(std::size_t sweep, const std::vector<std::string>& parameters,
                                 const std::vector<AxisSetting>& where) const {
  for (const SweepAxis& axis : sweeps_->all[sweep].spec.axes) {
    const bool is_fixed = std::any_of(where.begin(), where.end(), [&](const AxisSetting& setting) {
      return setting.key == axis.key;
    });
    if (is_fixed || axis.values.size() == 1 || contains(parameters, axis.key)) continue;
    map_->fail("where", fmt::format("expected the value of '{}': sweep '{}' has {} of them",
                                    axis.key, sweeps_->all[sweep].name, axis.values.size()));
  }
}

int PartReader::digits() const {
  constexpr int kDefault = 3, kMost = 6;
  return map_->has("digits") ? int(map_->integer("digits", 0, kMost)) : kDefault;
}

}  // namespace escalate
