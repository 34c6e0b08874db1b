// What a figure or table of a study declares: sweeps, parameters and quantities by name, checked
// against those that there are.
#pragma once

#include <string>
#include <vector>

#include "study/measure.h"
#include "study/study_sweeps.h"
#include "workloads/yaml_map.h"

namespace escalate {

class PartReader {
 public:
  /// `sweeps` outlives this object. `file` is that of `map`.
  PartReader(std::string file, const YamlMap& map, const StudySweeps& sweeps)
      : file_(std::move(file)), map_(&map), sweeps_(&sweeps) {}

  const std::string& file() const { return file_; }
  const YamlMap& map() const { return *map_; }
  const StudySweeps& study() const { return *sweeps_; }

  /// The sweep under `sweep`.
  std::size_t sweep() const;
  /// Those under `sweeps`.
  SweepIndices sweeps() const;
  /// The parameter under `key`, an axis of each of these sweeps.
  NamedParameter parameter(const std::string& key, const SweepIndices& of) const;
  /// The quantity under `key`, as it is or over that of another point of these sweeps.
  Measure measure(const std::string& key, const SweepIndices& of) const;
  /// The same of a list.
  std::vector<Measure> measures(const std::string& key, const SweepIndices& of) const;
  /// Names of quantities that are to be small.
  std::vector<std::string> objectives(const std::string& key) const;
  /// The quantity of `measure`, which is read from `key`, is one that is to be small.
  void check_objective(const std::string& key, const Measure& measure) const;
  /// What `where` says of axes of the sweep; none without it.
  std::vector<AxisSetting> where(std::size_t sweep) const;
  /// UserError at `where` if the sweep has several points of the same values of `parameters` and
  /// `where` on one workload.
  void check_one_point(std::size_t sweep, const std::vector<std::string>& parameters,
                       const std::vector<AxisSetting>& where) const;
  /// Digits of ratios behind the point, under `digits`.
  int digits() const;

 private:
  std::size_t sweep_of(const std::string& key, const std::string& name) const;
  Measure measure_of(const YAML::Node& node, const std::string& key, const SweepIndices& of) const;
  std::vector<AxisSetting> settings(const YAML::Node& node, const std::string& key,
                                    const SweepIndices& of) const;
  void check_over_base(const YAML::Node& node, const std::string& key,
                       const SweepIndices& of) const;
  void check_quantity(const YAML::Node& node, const std::string& key,
                      const std::string& quantity) const;
  [[noreturn]] void fail(const YAML::Node& node, const std::string& key,
                         const std::string& message) const;

  std::string file_;
  const YamlMap* map_;
  const StudySweeps* sweeps_;
};

}  // namespace escalate
