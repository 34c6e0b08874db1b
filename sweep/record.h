// What became of a point of a sweep.
#pragma once

#include <string>

#include "common/json.h"
#include "common/named_values.h"
#include "sweep/spec.h"

namespace escalate {

struct SweepRecord {
  std::string status;  ///< "done", "failed" or "excluded" (by a constraint known before it ran)
  std::string reason;  ///< why it failed or was excluded
  NamedValues<double> values;    ///< quantities by name
  Json result = Json::object();  ///< the whole result of a point that is done
  double wall_seconds = 0;
  std::string host;  ///< where it ran
  /// Failed by a fault of the program: outputs that differ from the check, a broken law, a crash.
  bool is_fault = false;
  /// Failed at a bound of the specification, which another one may have higher; 0: not at it.
  std::int64_t exceeded_s = 0, exceeded_mb = 0;
};

/// UserError if no run gives such a record: an unknown status or quantity, a value below 0.
void check_record(const SweepRecord& record);

/// UserError if they are no numbers by name.
NamedValues<double> quantities_from_json(const Json& json);

Json record_to_json(const SweepRecord& record);
/// UserError if it is no record.
SweepRecord record_from_json(const Json& json);

/// Whether it is done, has all quantities of the objectives and keeps all constraints.
bool is_feasible(const SweepSpec& spec, const SweepRecord& record);

/// What a search is to make small: the objectives of a feasible point; of all others numbers that
/// are larger than any objective, the larger the further it is from being feasible.
std::vector<double> fitness_of(const SweepSpec& spec, const SweepRecord& record);

}  // namespace escalate
