#include "sweep/together.h"

#include <algorithm>
#include <map>

#include "common/math.h"
#include "common/quantity_text.h"
#include "sweep/summary.h"

namespace escalate {
namespace {

bool adds_up(const std::string& quantity) {
  const auto& all = sweep_quantities();
  return std::any_of(all.begin(), all.end(),
                     [&](const SweepQuantity& one) { return one.name == quantity && one.adds_up; });
}

/// Whether `a` is nowhere worse than `b`, and better somewhere.
bool beats(const std::vector<double>& a, const std::vector<double>& b) {
  bool is_better = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] > b[i]) return false;
    is_better |= a[i] < b[i];
  }
  return is_better;
}

bool is_beaten(const std::vector<TogetherPoint>& points, std::size_t point,
               std::vector<double> TogetherPoint::*values) {
  return std::any_of(points.begin(), points.end(), [&](const TogetherPoint& other) {
    return beats(other.*values, points[point].*values);
  });
}

TogetherPoint point_of(const SweepSpec& spec, const std::vector<const SweepMember*>& members) {
  TogetherPoint point;
  point.choice = members.front()->choice;
  for (const SweepMember* member : members) point.points.push_back(member->number);
  for (const std::string& objective : spec.objectives) {
    std::vector<double> values;
    double sum = 0;
    for (const SweepMember* member : members) {
      values.push_back(member->record->values.value_of(objective));
      sum += values.back();
    }
    point.sums.push_back(adds_up(objective) ? sum : sum / double(members.size()));
    point.means.push_back(geometric_mean(values));
  }
  return point;
}

}  // namespace

std::vector<TogetherPoint> together(const SweepSpec& spec,
                                    const std::vector<SweepMember>& members) {
  const bool are_alternatives = competing_workloads(spec).size() < spec.workloads.size();
  if (spec.workloads.size() < 2 || are_alternatives) return {};
  const std::vector<SweepMember> good = feasible(spec, members);
  std::map<SweepChoice, std::vector<const SweepMember*>> by_choice;
  for (const SweepWorkload& workload : spec.workloads) {
    for (const SweepMember& member : good) {
      if (member.workload == workload.name) by_choice[member.choice].push_back(&member);
    }
  }
  std::vector<TogetherPoint> points;
  for (const auto& [choice, of_networks] : by_choice) {
    if (of_networks.size() == spec.workloads.size()) points.push_back(point_of(spec, of_networks));
  }
  for (std::size_t i = 0; i < points.size(); ++i) {
    points[i].on_front_of_sums = !is_beaten(points, i, &TogetherPoint::sums);
    points[i].on_front_of_means = !is_beaten(points, i, &TogetherPoint::means);
  }
  std::stable_sort(points.begin(), points.end(),
                   [](const auto& a, const auto& b) { return a.means.front() < b.means.front(); });
  return points;
}

Table together_table(const SweepSpec& spec, const std::vector<SweepMember>& members) {
  std::vector<Table::Column> columns = {{"front of"}};
  for (const std::string& objective : spec.objectives) {
    const std::string title = quantity_title(objective);
    columns.push_back({title, Align::kRight, adds_up(objective) ? "sum" : "mean"});
    columns.push_back({title, Align::kRight, "geometric mean"});
  }
  for (const SweepAxis& axis : spec.axes) columns.push_back({axis.key, Align::kRight});
  Table table(columns);
  for (const TogetherPoint& point : together(spec, members)) {
    if (!point.on_front_of_sums && !point.on_front_of_means) continue;
    std::vector<Table::Cell> row = {!point.on_front_of_means  ? "sums"
                                    : !point.on_front_of_sums ? "geometric means"
                                                              : "both"};
    for (std::size_t i = 0; i < spec.objectives.size(); ++i) {
      const std::string unit = unit_of_quantity(spec.objectives[i]);
      row.emplace_back(quantity_text(point.sums[i], unit));
      row.emplace_back(quantity_text(point.means[i], unit));
    }
    for (const std::string& value : point.choice) row.emplace_back(value);
    table.add_row(std::move(row));
  }
  return table;
}

}  // namespace escalate
