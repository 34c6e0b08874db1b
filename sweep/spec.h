// What a sweep is to try: read whole and checked whole before anything runs (docs/sweeps.md).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/enum_names.h"
#include "common/json.h"
#include "common/named_values.h"
#include "energy/energy_table.h"
#include "energy/run_config.h"
#include "model/verify.h"

namespace escalate {

enum class SweepStrategy { kGrid, kRandom, kLatinHypercube, kOneAtATime, kNsga2 };

template <>
struct EnumNames<SweepStrategy> {
  static constexpr auto kNames = std::to_array<std::pair<SweepStrategy, std::string_view>>(
      {{SweepStrategy::kGrid, "grid"},
       {SweepStrategy::kRandom, "random"},
       {SweepStrategy::kLatinHypercube, "latin-hypercube"},
       {SweepStrategy::kOneAtATime, "one-at-a-time"},
       {SweepStrategy::kNsga2, "nsga2"}});
};

/// A parameter and the values it takes, as they stand behind `--set key=`. Besides the keys of
/// `escalate config` there are "terms" and "pointwise_terms" of drawn networks, and "batch".
struct SweepAxis {
  std::string key;
  std::vector<std::string> values;
  bool operator==(const SweepAxis&) const = default;
};

/// "area_mm2 <= 30": a quantity, a relation and a number; "<= 1.1 x base" has been worked out.
struct SweepConstraint {
  std::string quantity;
  bool at_most = true;
  double bound = 0;

  bool holds(double value) const { return at_most ? value <= bound : value >= bound; }
  std::string text() const;
  bool operator==(const SweepConstraint&) const = default;
};

/// A network of a sweep.
struct SweepWorkload {
  std::string name;  ///< by which tables, store and charts tell it from the others of the sweep
  std::string path;
  bool operator==(const SweepWorkload&) const = default;
};

/// A user's table of energies and areas for the machines of a sweep; none: the one of the node.
struct SweepTable {
  std::shared_ptr<const EnergyTable> table;
  std::string digest;  ///< SHA-256 of its text; empty: none

  bool operator==(const SweepTable& other) const { return digest == other.digest; }
};

struct SweepSpec {
  std::string name;
  std::vector<SweepWorkload> workloads;
  std::vector<std::string> base;  ///< "key=value" for every point
  std::vector<SweepAxis> axes;
  std::vector<SweepConstraint> constraints;
  std::vector<std::string> objectives;  ///< each is to be small
  SweepStrategy strategy = SweepStrategy::kGrid;
  std::int64_t points = 0;  ///< points of random and latin-hypercube, for each workload
  int population = 8;       ///< population of nsga2
  int generations = 1;      ///< generations of nsga2, the first one included
  std::uint64_t seed = 1;
  std::string accuracy_input;        ///< labelled images, as behind --input; empty: none
  std::int64_t accuracy_images = 0;  ///< how many of them
  Verify verify = Verify::kSample;   ///< which outputs of each point are checked
  int timeout_s = 3600;              ///< limit of one point
  int memory_mb = 4096;              ///< limit of one point
  SweepTable energy_table;           ///< of classes (docs/energy.md)
  std::string text;                  ///< the file, with the table of --energy

  /// nullptr if there is none of that name.
  const SweepWorkload* find_workload(const std::string& workload) const;
  bool operator==(const SweepSpec&) const = default;
};

/// What is known of a point, and what constraints and objectives speak of.
struct SweepQuantity {
  std::string name;
  std::string unit;
  std::string meaning;
  bool known_before = false;  ///< without running the point
  bool adds_up = false;       ///< over networks that run one after another
};

/// All of them; those known before come first.
const std::vector<SweepQuantity>& sweep_quantities();

/// The unit of the quantity of that name; empty if there is none.
std::string unit_of_quantity(const std::string& name);

/// Reads a specification; workloads are resolved against its folder. UserError names file, line and
/// key of what is unknown, missing or impossible; every value of every axis is tried on its own.
/// `energy_table` is the file of a table of classes, which becomes part of the text (empty: none).
SweepSpec read_sweep_spec(const std::string& path, const std::string& energy_table = "");
/// The specification `text` as a store or a task file kept it. Its workloads need not exist any
/// more; their paths are `workload_paths` if there are any, or else as they are written. `path` is
/// for messages.
SweepSpec stored_sweep_spec(const std::string& path, const std::string& text,
                            const std::vector<std::string>& workload_paths = {});

/// More points than these are a mistake more often than a plan: all workloads of a sweep together.
inline constexpr double kMostSweepPoints = 1e6;
/// The same of the values of an axis that a range makes.
inline constexpr double kMostAxisValues = 1e5;
/// nsga2 compares each individual with each.
inline constexpr int kMostPopulation = 2000;

/// One combination: a value for each axis, in their order.
using SweepChoice = std::vector<std::string>;

/// UserError unless the choice has a value of each axis.
void check_choice(const SweepSpec& spec, const SweepChoice& choice);

/// Quantity of points where the specification names labelled images. As an objective it makes the
/// workloads alternatives of one task, among which there is one Pareto front.
inline constexpr const char* kTop1Error = "top1_error";

/// Names of workloads whose points compete: each alone, or all where their errors are an objective.
std::vector<std::vector<std::string>> competing_workloads(const SweepSpec& spec);

/// What a choice of the specification asks for; an empty one, the base alone. UserError if the
/// machine cannot exist.
struct SweepSettings {
  RunConfig config;
  int terms = 6, pointwise_terms = 1, batch = 1;
  std::string accuracy_input;  ///< input that the specification names
  std::int64_t accuracy_images = 0;
  Verify verify = Verify::kSample;
  SweepTable energy_table;
};
SweepSettings settings_of(const SweepSpec& spec, const SweepChoice& choice);

/// All parameters and the settings that are none, as JSON.
Json effective_config(const SweepSettings& settings);

/// The base as a choice; none if it has a value that its axis does not have.
std::optional<SweepChoice> base_choice(const SweepSpec& spec);

/// The quantities of a machine that are known before it runs.
NamedValues<double> values_before(const RunConfig& config, const SweepTable& table = {});

}  // namespace escalate
