#include "sweep/record.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "common/error.h"

namespace escalate {
namespace {

constexpr double kInfeasible = 1e100;  // above every objective
constexpr double kImpossible = 1e200;  // above every violation

// How far constraints with a known quantity are broken, relative to their bounds.
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

void check_record(const SweepRecord& record) {
  const std::array<std::string_view, 3> known = {"done", "failed", "excluded"};
  if (std::find(known.begin(), known.end(), record.status) == known.end()) {
    throw UserError(
        fmt::format("expected {}, found the status '{}'", fmt::join(known, ", "), record.status));
  }
  const auto& quantities = sweep_quantities();
  for (const auto& [name, value] : record.values) {
    const bool is_known =
        std::any_of(quantities.begin(), quantities.end(),
                    [&name = name](const auto& quantity) { return quantity.name == name; });
    if (!is_known) throw UserError("unknown quantity '" + name + "'");
    if (!(value >= 0) || !std::isfinite(value)) {
      throw UserError(fmt::format("expected {} of 0 or more, found {}", name, value));
    }
  }
  if (!(record.wall_seconds >= 0) || !std::isfinite(record.wall_seconds)) {
    throw UserError(fmt::format("expected a time of 0 or more, found {}", record.wall_seconds));
  }
}

Json record_to_json(const SweepRecord& record) {
  Json values = Json::object();
  for (const auto& [name, value] : record.values) values[name] = value;
  return {{"exceeded_s", record.exceeded_s},
          {"exceeded_mb", record.exceeded_mb},
          {"status", record.status},
          {"reason", record.reason},
          {"fault", record.is_fault},
          {"values", values},
          {"result", record.result},
          {"host", record.host},
          {"wall_seconds", record.wall_seconds}};
}

NamedValues<double> quantities_from_json(const Json& json) {
  NamedValues<double> values;
  if (!json.is_object()) throw UserError("expected quantities by name");
  for (const auto& [name, value] : json.items()) {
    if (!value.is_number()) throw UserError("expected a number as " + name);
    values[name] = value.get<double>();
  }
  return values;
}

SweepRecord record_from_json(const Json& json) {
  SweepRecord record;
  try {
    json.at("status").get_to(record.status);
    json.at("reason").get_to(record.reason);
    json.at("fault").get_to(record.is_fault);
    record.exceeded_s = member_from_json<std::int64_t>(json, "exceeded_s");
    record.exceeded_mb = member_from_json<std::int64_t>(json, "exceeded_mb");
    record.values = quantities_from_json(json.at("values"));
    record.result = json.at("result");
    json.at("host").get_to(record.host);
    json.at("wall_seconds").get_to(record.wall_seconds);
  } catch (const Json::exception& error) {
    throw UserError(fmt::format("expected a record of a point ({})", error.what()));
  }
  if (!record.result.is_object()) throw UserError("expected a result as a mapping");
  check_record(record);
  return record;
}

bool is_feasible(const SweepSpec& spec, const SweepRecord& record) {
  const auto has = [&](const std::string& objective) { return record.values.contains(objective); };
  const auto holds = [&](const SweepConstraint& constraint) {
    const double* value = record.values.find(constraint.quantity);
    return value != nullptr && constraint.holds(*value);
  };
  return record.status == "done" &&
         std::all_of(spec.objectives.begin(), spec.objectives.end(), has) &&
         std::all_of(spec.constraints.begin(), spec.constraints.end(), holds);
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
