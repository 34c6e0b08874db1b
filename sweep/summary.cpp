#include "sweep/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "common/math.h"
#include "common/quantity_text.h"

namespace escalate {
namespace {

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

std::vector<SweepMember> of_workloads(const std::vector<SweepMember>& members,
                                      const std::vector<std::string>& workloads) {
  std::vector<SweepMember> some;
  for (const std::string& workload : workloads) {
    for (SweepMember& member : of_workload(members, workload)) some.push_back(std::move(member));
  }
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

/// The objectives, what is constrained, and the area.
std::vector<std::string> shown_quantities(const SweepSpec& spec) {
  std::vector<std::string> names = spec.objectives;
  const auto add = [&](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const SweepConstraint& constraint : spec.constraints) add(constraint.quantity);
  add("area_mm2");
  return names;
}

std::vector<Table::Column> columns_of(const SweepSpec& spec) {
  std::vector<Table::Column> columns = {{"workload"}, {"point", Align::kRight}};
  for (const std::string& quantity : shown_quantities(spec)) {
    columns.push_back({quantity_title(quantity), Align::kRight});
  }
  for (const SweepAxis& axis : spec.axes) columns.push_back({axis.key, Align::kRight});
  return columns;
}

std::vector<Table::Cell> row_of(const SweepSpec& spec, const SweepMember& member,
                                const std::optional<SweepChoice>& base) {
  const bool is_base = member.choice == base;
  std::vector<Table::Cell> row = {member.workload,
                                  std::to_string(member.number) + (is_base ? " (base)" : "")};
  for (const std::string& quantity : shown_quantities(spec)) {
    row.push_back(quantity_text(value_of(member, quantity), unit_of_quantity(quantity)));
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

double mean_with(const std::vector<SweepMember>& members, std::size_t axis,
                 const std::string& value, const std::string& quantity) {
  std::vector<double> values;
  for (const SweepMember& member : members) {
    if (member.choice[axis] == value) values.push_back(value_of(member, quantity));
  }
  return geometric_mean(values);
}

// The points of one workload that are in the comparison, and all that were tried.
struct Compared {
  std::vector<SweepMember> good;
  std::vector<SweepMember> tried;
};

// Without means: how many points with the value there are, and what became of the rest.
Sensitivity line_of(const Compared& all, const std::vector<SweepMember>& points, std::size_t axis,
                    const std::string& value) {
  Sensitivity line;
  line.axis = axis;
  line.value = value;
  line.points = std::count_if(points.begin(), points.end(),
                              [&](const SweepMember& one) { return one.choice[axis] == value; });
  std::int64_t ran = 0;
  for (const SweepMember& member : all.tried) {
    if (member.choice[axis] != value || !member.record) continue;
    ++ran;
    line.failed += member.record->status == "failed" ? 1 : 0;
  }
  const auto good = std::count_if(all.good.begin(), all.good.end(), [&](const SweepMember& one) {
    return one.choice[axis] == value;
  });
  line.infeasible = ran - line.failed - good;
  return line;
}

// Sensitivity for one workload and axis.
std::vector<Sensitivity> sensitivity_of(const SweepSpec& spec, const std::string& workload,
                                        std::size_t axis, const Compared& all) {
  auto points = matched(all.good, axis);
  const bool is_matched = !points.empty();
  if (!is_matched) points = all.good;
  std::vector<double> best(spec.objectives.size(), INFINITY);
  std::vector<Sensitivity> lines;
  for (const std::string& value : spec.axes[axis].values) {
    Sensitivity line = line_of(all, points, axis, value);
    if (line.points + line.failed + line.infeasible == 0) continue;
    line.workload = workload;
    line.matched = is_matched && line.points > 0;
    for (std::size_t i = 0; i < best.size() && line.points > 0; ++i) {
      line.relative.push_back(mean_with(points, axis, value, spec.objectives[i]));
      best[i] = std::min(best[i], line.relative[i]);
    }
    lines.push_back(std::move(line));
  }
  for (Sensitivity& line : lines) {
    for (std::size_t i = 0; i < line.relative.size(); ++i) {
      if (best[i] > 0) line.relative[i] /= best[i];
    }
  }
  return lines;
}

// "3, 7, 12, ... (blocks=8, rows=2)": the first few numbers, and what the first of them chose.
std::string points_named(const SweepSpec& spec, const std::vector<const SweepMember*>& members) {
  constexpr std::size_t kMostNamed = 3;
  std::string text;
  for (std::size_t i = 0; i < members.size() && i < kMostNamed; ++i) {
    text += (i > 0 ? ", " : "") + std::to_string(members[i]->number);
  }
  if (members.size() > kMostNamed) text += ", ...";
  std::string choice;
  for (std::size_t i = 0; i < spec.axes.size(); ++i) {
    choice += (i > 0 ? ", " : "") + spec.axes[i].key + "=" + members[0]->choice[i];
  }
  return choice.empty() ? text : text + " (" + choice + ")";
}

}  // namespace

std::vector<SweepMember> feasible(const SweepSpec& spec, const std::vector<SweepMember>& members) {
  std::vector<SweepMember> some;
  std::copy_if(members.begin(), members.end(), std::back_inserter(some),
               [&](const SweepMember& member) {
                 return member.record && is_feasible(spec, *member.record);
               });
  return some;
}

std::vector<SweepMember> pareto_front(const SweepSpec& spec,
                                      const std::vector<SweepMember>& members) {
  // What beats a point is no worse in the first objective, so it comes before or beside it; and
  // what is beaten is beaten by a point of the front.
  auto sorted = sorted_by(members, spec.objectives[0]);
  std::vector<SweepMember> front;
  for (auto first = sorted.begin(); first != sorted.end();) {
    const double value = value_of(*first, spec.objectives[0]);
    const auto last = std::find_if(first, sorted.end(), [&](const SweepMember& member) {
      return value_of(member, spec.objectives[0]) != value;
    });
    const auto before = front.size();
    const auto beaten = [&](const SweepMember& member) {
      return std::any_of(front.begin(), front.begin() + std::ptrdiff_t(before),
                         [&](const SweepMember& other) { return beats(spec, other, member); }) ||
             std::any_of(first, last,
                         [&](const SweepMember& other) { return beats(spec, other, member); });
    };
    for (auto member = first; member != last; ++member) {
      if (!beaten(*member)) front.push_back(*member);
    }
    first = last;
  }
  return front;
}

std::vector<SweepMember> all_fronts(const SweepSpec& spec,
                                    const std::vector<SweepMember>& members) {
  std::vector<SweepMember> all;
  const auto good = feasible(spec, members);
  for (const auto& workloads : competing_workloads(spec)) {
    for (SweepMember& member : pareto_front(spec, of_workloads(good, workloads))) {
      all.push_back(std::move(member));
    }
  }
  return all;
}

Table best_points(const SweepSpec& spec, const std::vector<SweepMember>& members, int most) {
  auto columns = columns_of(spec);
  columns.insert(columns.begin() + 1, {"best in"});
  Table table(columns);
  const auto base = base_choice(spec);
  const auto good = feasible(spec, members);
  for (const auto& workloads : competing_workloads(spec)) {
    for (const std::string& objective : spec.objectives) {
      const auto points = sorted_by(of_workloads(good, workloads), objective);
      for (std::size_t i = 0; i < points.size() && int(i) < most; ++i) {
        auto row = row_of(spec, points[i], base);
        row.insert(row.begin() + 1, Table::Cell(quantity_title(objective)));
        table.add_row(std::move(row));
      }
    }
  }
  return table;
}

Table front_table(const SweepSpec& spec, const std::vector<SweepMember>& members) {
  Table table(columns_of(spec));
  const auto base = base_choice(spec);
  for (const SweepMember& member : all_fronts(spec, members)) {
    table.add_row(row_of(spec, member, base));
  }
  return table;
}

std::vector<Sensitivity> sensitivity_lines(const SweepSpec& spec,
                                           const std::vector<SweepMember>& members) {
  std::vector<Sensitivity> lines;
  const auto good = feasible(spec, members);
  for (const auto& [workload, path] : spec.workloads) {
    const Compared all{of_workload(good, workload), of_workload(members, workload)};
    for (std::size_t axis = 0; axis < spec.axes.size(); ++axis) {
      for (Sensitivity& line : sensitivity_of(spec, workload, axis, all)) {
        lines.push_back(std::move(line));
      }
    }
  }
  return lines;
}

Table sensitivity(const SweepSpec& spec, const std::vector<SweepMember>& members) {
  const auto lines = sensitivity_lines(spec, members);
  const bool has_others = std::any_of(lines.begin(), lines.end(), [](const Sensitivity& line) {
    return line.failed + line.infeasible > 0;
  });
  std::vector<Table::Column> columns = {
      {"workload"}, {"axis"}, {"value", Align::kRight}, {"points", Align::kRight}, {"compared"}};
  for (const std::string& objective : spec.objectives) {
    columns.push_back({quantity_title(objective), Align::kRight});
  }
  if (has_others) {
    columns.push_back({"failed", Align::kRight});
    columns.push_back({"infeasible", Align::kRight});
  }
  Table table(columns);
  for (const Sensitivity& line : lines) {
    std::vector<Table::Cell> row = {line.workload, spec.axes[line.axis].key, line.value,
                                    std::to_string(line.points),
                                    line.points == 0 ? "none"
                                    : line.matched   ? "matched"
                                                     : "all"};
    for (std::size_t i = 0; i < spec.objectives.size(); ++i) {
      row.push_back(line.points == 0 ? "-" : fmt::format("{:.3f}x", line.relative[i]));
    }
    if (has_others) {
      row.push_back(std::to_string(line.failed));
      row.push_back(std::to_string(line.infeasible));
    }
    table.add_row(std::move(row));
  }
  return table;
}

Table failures(const SweepSpec& spec, const std::vector<SweepMember>& members) {
  std::vector<std::pair<std::string, std::vector<const SweepMember*>>> reasons;
  for (const SweepMember& member : members) {
    if (!member.record || member.record->status != "failed") continue;
    const auto known = std::find_if(reasons.begin(), reasons.end(), [&](const auto& reason) {
      return reason.first == member.record->reason;
    });
    if (known != reasons.end()) {
      known->second.push_back(&member);
    } else {
      reasons.push_back({member.record->reason, {&member}});
    }
  }
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const auto& a, const auto& b) { return a.second.size() > b.second.size(); });
  Table table({{"points", Align::kRight}, {"reason"}, {"which"}});
  for (const auto& [reason, points] : reasons) {
    table.add_row({std::to_string(points.size()), reason, points_named(spec, points)});
  }
  return table;
}

Table all_points(const SweepSpec& spec, const std::vector<SweepMember>& members) {
  std::vector<std::string> quantities;
  for (const SweepQuantity& one : sweep_quantities()) quantities.push_back(one.name);
  std::vector<Table::Column> columns = {{"point", Align::kRight}, {"workload"}};
  for (const SweepAxis& axis : spec.axes) columns.push_back({axis.key, Align::kRight});
  columns.push_back({"status"});
  for (const std::string& quantity : quantities) columns.push_back({quantity, Align::kRight});
  for (const char* flag : {"feasible", "pareto", "base"}) columns.push_back({flag});
  columns.push_back({"reason"});
  const auto base = base_choice(spec);
  std::set<std::int64_t> good, in_front;
  for (const SweepMember& member : feasible(spec, members)) good.insert(member.number);
  for (const SweepMember& member : all_fronts(spec, members)) in_front.insert(member.number);
  const auto flag = [](bool is_set) { return is_set ? "true" : "false"; };
  Table table(columns);
  for (const SweepMember& member : members) {
    std::vector<Table::Cell> row = {std::to_string(member.number), member.workload};
    for (const std::string& value : member.choice) row.push_back(value);
    row.push_back(member.record ? member.record->status : "to do");
    for (const std::string& quantity : quantities) {
      const double* value = member.record ? member.record->values.find(quantity) : nullptr;
      row.push_back(value == nullptr ? "" : fmt::format("{:.10g}", *value));
    }
    row.push_back(flag(good.count(member.number) > 0));
    row.push_back(flag(in_front.count(member.number) > 0));
    row.push_back(flag(member.choice == base));
    row.push_back(member.record ? member.record->reason : "");
    table.add_row(std::move(row));
  }
  return table;
}

}  // namespace escalate
