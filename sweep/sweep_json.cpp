#include "sweep/sweep_json.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "sweep/summary.h"
#include "sweep/together.h"

namespace escalate {
namespace {

bool is_number(const std::string& text) {
  char* end = nullptr;
  std::strtod(text.c_str(), &end);
  return !text.empty() && *end == '\0';
}

bool is_numeric(const SweepAxis& axis) {
  return std::all_of(axis.values.begin(), axis.values.end(), is_number);
}

Json value_on(const SweepAxis& axis, const std::string& value) {
  return is_numeric(axis) ? Json(std::strtod(value.c_str(), nullptr)) : Json(value);
}

Json axes(const SweepSpec& spec) {
  Json list = Json::array();
  for (const SweepAxis& axis : spec.axes) {
    Json values = Json::array();
    for (const std::string& value : axis.values) values.push_back(value_on(axis, value));
    list.push_back({{"key", axis.key}, {"numeric", is_numeric(axis)}, {"values", values}});
  }
  return list;
}

Json constraints(const SweepSpec& spec) {
  Json list = Json::array();
  for (const SweepConstraint& constraint : spec.constraints) {
    list.push_back({{"quantity", constraint.quantity},
                    {"relation", constraint.at_most ? "<=" : ">="},
                    {"bound", constraint.bound}});
  }
  return list;
}

Json quantities() {
  Json list = Json::array();
  for (const SweepQuantity& quantity : sweep_quantities()) {
    list.push_back({{"name", quantity.name},
                    {"unit", quantity.unit},
                    {"meaning", quantity.meaning},
                    {"known_before", quantity.known_before},
                    {"adds_up", quantity.adds_up}});
  }
  return list;
}

Json point(const SweepSpec& spec, const SweepMember& member) {
  Json json = {{"number", member.number},
               {"workload", member.workload},
               {"choice", Json::object()},
               {"status", member.record ? member.record->status : "to do"},
               {"reason", member.record ? member.record->reason : ""},
               {"values", Json::object()}};
  for (std::size_t i = 0; i < spec.axes.size(); ++i) {
    json["choice"][spec.axes[i].key] = value_on(spec.axes[i], member.choice[i]);
  }
  if (member.record) {
    for (const auto& [name, value] : member.record->values) json["values"][name] = value;
  }
  return json;
}

Json sensitivities(const SweepSpec& spec, const std::vector<SweepMember>& members) {
  Json list = Json::array();
  for (const Sensitivity& line : sensitivity_lines(spec, members)) {
    const SweepAxis& axis = spec.axes[line.axis];
    Json json = {{"workload", line.workload},
                 {"axis", axis.key},
                 {"value", value_on(axis, line.value)},
                 {"points", line.points},
                 {"failed", line.failed},
                 {"infeasible", line.infeasible},
                 {"matched", line.matched},
                 {"relative", Json::object()}};
    for (std::size_t i = 0; i < line.relative.size(); ++i) {
      json["relative"][spec.objectives[i]] = line.relative[i];
    }
    list.push_back(std::move(json));
  }
  return list;
}

Json by_objective(const SweepSpec& spec, const std::vector<double>& values) {
  Json json = Json::object();
  for (std::size_t i = 0; i < values.size(); ++i) json[spec.objectives[i]] = values[i];
  return json;
}

Json all_together(const SweepSpec& spec, const std::vector<SweepMember>& members) {
  Json list = Json::array();
  for (const TogetherPoint& point : together(spec, members)) {
    Json choice = Json::object();
    for (std::size_t i = 0; i < spec.axes.size(); ++i) {
      choice[spec.axes[i].key] = value_on(spec.axes[i], point.choice[i]);
    }
    list.push_back({{"choice", choice},
                    {"points", point.points},
                    {"sums", by_objective(spec, point.sums)},
                    {"geometric_means", by_objective(spec, point.means)},
                    {"front_of_sums", point.on_front_of_sums},
                    {"front_of_geometric_means", point.on_front_of_means}});
  }
  return list;
}

}  // namespace

Json sweep_to_json(const SweepSpec& spec, const std::vector<SweepMember>& members) {
  std::set<std::int64_t> in_front, good;
  for (const SweepMember& member : feasible(spec, members)) good.insert(member.number);
  for (const SweepMember& member : all_fronts(spec, members)) in_front.insert(member.number);
  Json base = Json::object();
  for (const std::string& setting : spec.base) {
    const auto equals = setting.find('=');
    base[setting.substr(0, equals)] = setting.substr(equals + 1);
  }
  Json workloads = Json::array();
  for (const auto& [name, path] : spec.workloads) workloads.push_back(name);
  const auto base_machine = base_choice(spec);
  Json points = Json::array();
  for (const SweepMember& member : members) {
    points.push_back(point(spec, member));
    points.back()["feasible"] = good.count(member.number) > 0;
    points.back()["pareto"] = in_front.count(member.number) > 0;
    if (member.choice == base_machine) points.back()["base"] = true;
  }
  return {{"schema", "escalate.sweep/1"},
          {"name", spec.name},
          {"strategy", value_to_json(spec.strategy)},
          {"seed", spec.seed},
          {"workloads", workloads},
          {"base", base},
          {"axes", axes(spec)},
          {"objectives", spec.objectives},
          {"constraints", constraints(spec)},
          {"quantities", quantities()},
          {"points", points},
          {"sensitivity", sensitivities(spec, members)},
          {"together", all_together(spec, members)}};
}

}  // namespace escalate
