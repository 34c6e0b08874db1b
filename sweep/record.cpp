#include "sweep/record.h"

#include <algorithm>
#include <cmath>

namespace escalate {
namespace {

constexpr double kInfeasible = 1e100;  // above every objective
constexpr double kImpossible = 1e200;  // above every violation

// Of constraints whose quantity is known, relative to their bounds.
double violation(const SweepSpec& spec, const SweepRecord& record) {
  double sum = 0;
  for (const SweepConstraint& constraint : spec.constraints) {
    const double* value = record.values.find(constraint.quantity);
    if (value == nullptr || constraint.holds(*value)) continue;
    sum += std::abs(*value - constraint.bound) / std::max(std::abs(constraint.bound), 1e-300);
  }
  return sum;
}

}  // namespace

Json record_to_json(const SweepRecord& record) {
  Json values = Json::object();
  for (const auto& [name, value] : record.values) values[name] = value;
  return {{"status", record.status}, {"reason", record.reason},
          {"values", values},        {"result", record.result},
          {"host", record.host},     {"wall_seconds", record.wall_seconds}};
}

SweepRecord record_from_json(const Json& json) {
  SweepRecord record;
  json.at("status").get_to(record.status);
  json.at("reason").get_to(record.reason);
  const Json& values = json.at("values");
  for (const auto& [name, value] : values.items()) record.values[name] = value.get<double>();
  record.result = json.at("result");
  json.at("host").get_to(record.host);
  json.at("wall_seconds").get_to(record.wall_seconds);
  return record;
}

bool is_feasible(const SweepSpec& spec, const SweepRecord& record) {
  return record.status == "done" &&
         std::all_of(spec.constraints.begin(), spec.constraints.end(),
                     [&](const SweepConstraint& constraint) {
                       return constraint.holds(record.values.value_of(constraint.quantity));
                     });
}

std::vector<double> fitness_of(const SweepSpec& spec, const SweepRecord& record) {
  std::vector<double> fitness;
  for (const std::string& objective : spec.objectives) {
    if (record.status == "failed") {
      fitness.push_back(kImpossible);
    } else if (!is_feasible(spec, record)) {
      fitness.push_back(kInfeasible * (1 + violation(spec, record)));
    } else {
      fitness.push_back(record.values.value_of(objective));
    }
  }
  return fitness;
}

}  // namespace escalate
