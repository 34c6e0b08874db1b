#include "sweep/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <numeric>
#include <set>

namespace escalate {
namespace {

std::string name_of(const std::string& workload) {
  return std::filesystem::path(workload).stem().string();
}

double value_of(const SweepMember& member, const std::string& quantity) {
  return member.record->values.value_of(quantity);
}

std::vector<SweepMember> of_workload(const std::vector<SweepMember>& members,
                                     const std::string& workload) {
  std::vector<SweepMember> some;
  std::copy_if(members.begin(), members.end(), std::back_inserter(some),
               [&](const SweepMember& member) { return member.workload == workload; });
  return some;
}

std::vector<SweepMember> sorted_by(const std::vector<SweepMember>& members,
                                   const std::string& quantity) {
  std::vector<std::size_t> order(members.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return value_of(members[a], quantity) < value_of(members[b], quantity);
  });
  std::vector<SweepMember> sorted;
  for (const std::size_t i : order) sorted.push_back(members[i]);
  return sorted;
}

std::vector<Table::Column> columns_of(const SweepSpec& spec) {
  std::vector<Table::Column> columns = {{"workload"}, {"point", Align::kRight}};
  for (const std::string& objective : spec.objectives)
    columns.push_back({objective, Align::kRight});
  for (const SweepAxis& axis : spec.axes) columns.push_back({axis.key, Align::kRight});
  return columns;
}

std::vector<Table::Cell> row_of(const SweepSpec& spec, const SweepMember& member) {
  std::vector<Table::Cell> row = {name_of(member.workload), std::to_string(member.number)};
  for (const std::string& objective : spec.objectives) {
    row.push_back(fmt::format("{:.6g}", value_of(member, objective)));
  }
  for (const std::string& value : member.choice) row.push_back(value);
  return row;
}

bool beats(const SweepSpec& spec, const SweepMember& a, const SweepMember& b) {
  bool better = false;
  for (const std::string& objective : spec.objectives) {
    if (value_of(a, objective) > value_of(b, objective)) return false;
    better |= value_of(a, objective) < value_of(b, objective);
  }
  return better;
}

/// Points that differ in one axis only, so that its values can be compared.
std::vector<SweepMember> matched(const std::vector<SweepMember>& members, std::size_t axis) {
  std::set<std::string> values;
  std::map<SweepChoice, std::vector<const SweepMember*>> groups;
  for (const SweepMember& member : members) {
    values.insert(member.choice[axis]);
    SweepChoice others = member.choice;
    others.erase(others.begin() + std::ptrdiff_t(axis));
    groups[others].push_back(&member);
  }
  std::vector<SweepMember> all;
  for (const auto& group : groups) {
    if (group.second.size() != values.size()) continue;
    for (const SweepMember* member : group.second) all.push_back(*member);
  }
  return all;
}

double geometric_mean(const std::vector<SweepMember>& members, std::size_t axis,
                      const std::string& value, const std::string& quantity) {
  double sum = 0;
  int count = 0;
  for (const SweepMember& member : members) {
    if (member.choice[axis] != value) continue;
    sum += std::log(value_of(member, quantity));
    ++count;
  }
  return count > 0 ? std::exp(sum / count) : 0;
}

}  // namespace

std::vector<SweepMember> feasible(const SweepSpec& spec, const std::vector<SweepMember>& members) {
  std::vector<SweepMember> some;
  std::copy_if(
      members.begin(), members.end(), std::back_inserter(some), [&](const SweepMember& member) {
        if (!member.record || member.record->status != "done") return false;
        return std::all_of(spec.constraints.begin(), spec.constraints.end(),
                           [&](const SweepConstraint& constraint) {
                             return constraint.holds(value_of(member, constraint.quantity));
                           });
      });
  return some;
}

std::vector<SweepMember> pareto_front(const SweepSpec& spec,
                                      const std::vector<SweepMember>& members) {
  std::vector<SweepMember> front;
  std::copy_if(
      members.begin(), members.end(), std::back_inserter(front), [&](const SweepMember& member) {
        return std::none_of(members.begin(), members.end(),
                            [&](const SweepMember& other) { return beats(spec, other, member); });
      });
  return sorted_by(front, spec.objectives[0]);
}

Table best_points(const SweepSpec& spec, const std::vector<SweepMember>& members, int most) {
  auto columns = columns_of(spec);
  columns.insert(columns.begin() + 1, {"best in"});
  Table table(columns);
  const auto good = feasible(spec, members);
  for (const std::string& workload : spec.workloads) {
    for (const std::string& objective : spec.objectives) {
      const auto points = sorted_by(of_workload(good, workload), objective);
      for (std::size_t i = 0; i < points.size() && int(i) < most; ++i) {
        auto row = row_of(spec, points[i]);
        row.insert(row.begin() + 1, Table::Cell(objective));
        table.add_row(std::move(row));
      }
    }
  }
  return table;
}

Table front_table(const SweepSpec& spec, const std::vector<SweepMember>& members) {
  Table table(columns_of(spec));
  const auto good = feasible(spec, members);
  for (const std::string& workload : spec.workloads) {
    for (const SweepMember& member : pareto_front(spec, of_workload(good, workload))) {
      table.add_row(row_of(spec, member));
    }
  }
  return table;
}

Table sensitivity(const SweepSpec& spec, const std::vector<SweepMember>& members) {
  std::vector<Table::Column> columns = {
      {"workload"}, {"axis"}, {"value", Align::kRight}, {"points", Align::kRight}, {"compared"}};
  for (const std::string& objective : spec.objectives)
    columns.push_back({objective, Align::kRight});
  Table table(columns);
  const auto good = feasible(spec, members);
  for (const std::string& workload : spec.workloads) {
    const auto all = of_workload(good, workload);
    for (std::size_t axis = 0; axis < spec.axes.size(); ++axis) {
      auto points = matched(all, axis);
      const bool is_matched = !points.empty();
      if (!is_matched) points = all;
      std::vector<double> best(spec.objectives.size(), INFINITY);
      std::vector<std::vector<double>> means;
      for (const std::string& value : spec.axes[axis].values) {
        means.emplace_back();
        for (std::size_t i = 0; i < best.size(); ++i) {
          means.back().push_back(geometric_mean(points, axis, value, spec.objectives[i]));
          if (means.back()[i] > 0) best[i] = std::min(best[i], means.back()[i]);
        }
      }
      for (std::size_t v = 0; v < means.size(); ++v) {
        const std::string& value = spec.axes[axis].values[v];
        const auto count =
            std::count_if(points.begin(), points.end(),
                          [&](const SweepMember& member) { return member.choice[axis] == value; });
        if (count == 0) continue;
        std::vector<Table::Cell> row = {name_of(workload), spec.axes[axis].key, value,
                                        std::to_string(count), is_matched ? "matched" : "all"};
        for (std::size_t i = 0; i < best.size(); ++i) {
          row.push_back(fmt::format("{:.3f}x", means[v][i] / best[i]));
        }
        table.add_row(std::move(row));
      }
    }
  }
  return table;
}

Table all_points(const SweepSpec& spec, const std::vector<SweepMember>& members) {
  std::vector<std::string> quantities = quantities_before();
  quantities.insert(quantities.end(), quantities_of_result().begin(), quantities_of_result().end());
  std::vector<Table::Column> columns = {{"point", Align::kRight}, {"workload"}};
  for (const SweepAxis& axis : spec.axes) columns.push_back({axis.key, Align::kRight});
  columns.push_back({"status"});
  for (const std::string& quantity : quantities) columns.push_back({quantity, Align::kRight});
  columns.push_back({"reason"});
  Table table(columns);
  for (const SweepMember& member : members) {
    std::vector<Table::Cell> row = {std::to_string(member.number), name_of(member.workload)};
    for (const std::string& value : member.choice) row.push_back(value);
    row.push_back(member.record ? member.record->status : "to do");
    for (const std::string& quantity : quantities) {
      const double* value = member.record ? member.record->values.find(quantity) : nullptr;
      row.push_back(value == nullptr ? "" : fmt::format("{:.10g}", *value));
    }
    row.push_back(member.record ? member.record->reason : "");
    table.add_row(std::move(row));
  }
  return table;
}

}  // namespace escalate
