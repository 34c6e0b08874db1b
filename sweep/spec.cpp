#include "sweep/spec.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <set>
#include <sstream>

#include "common/atomic_file.h"
#include "common/config.h"
#include "common/error.h"
#include "common/random.h"

namespace escalate {
namespace {

// Larger grids are a mistake more often than a plan.
constexpr double kMostPoints = 1e6;

const std::vector<std::string> kKeys = {"name",        "workloads",  "base",     "axes",
                                        "constraints", "objectives", "strategy", "points",
                                        "seed",        "timeout_s",  "memory_mb"};
const std::vector<std::string> kNetworkKeys = {"terms", "pointwise_terms", "batch"};

// The file, and errors with their places in it.
class SpecFile {
 protected:
  explicit SpecFile(std::string path) : path_(std::move(path)) {}

  [[noreturn]] void fail(const YAML::Node& node, const std::string& key,
                         const std::string& message) const {
    throw UserError({path_, node.Mark().line + 1, key}, message);
  }

  std::string text(const YAML::Node& node, const std::string& key) const {
    if (!node.IsScalar()) fail(node, key, "expected a single value");
    return node.Scalar();
  }

  // Calls use(text) and gives errors their place.
  template <class Use>
  auto at(const YAML::Node& node, const std::string& key, Use&& use) const {
    try {
      return use(text(node, key));
    } catch (const UserError& error) {
      if (!error.place().file.empty()) throw;
      fail(node, key, error.message());
    }
  }

  std::string path_;
};

class SpecReader : SpecFile {
 public:
  SpecReader(const std::string& path, const std::string& file_text) : SpecFile(path) {
    spec_.text = file_text;
    try {
      root_ = YAML::Load(spec_.text);
    } catch (const YAML::Exception& error) {
      throw UserError({path, error.mark.line + 1, ""}, error.msg);
    }
    if (!root_.IsMap()) throw UserError({path, 1, ""}, "expected a mapping");
  }

  /// `workloads`: known already.
  SweepSpec read(std::vector<std::string> workloads = {}) {
    for (const auto& entry : root_) check_known(entry.first, kKeys);
    spec_.name =
        root_["name"] ? text(root_["name"], "name") : std::filesystem::path(path_).stem().string();
    spec_.workloads = std::move(workloads);
    if (spec_.workloads.empty()) read_workloads();
    read_base();
    read_axes();
    for (const auto& node : sequence("constraints")) read_constraint(node);
    read_objectives();
    if (root_["strategy"]) {
      spec_.strategy = at(root_["strategy"], "strategy", [&](const std::string& name) {
        return enum_from_name<SweepStrategy>(name);
      });
    }
    spec_.points = integer("points", spec_.points, 1);
    spec_.seed = std::uint64_t(integer("seed", 1, 0));
    spec_.timeout_s = int(integer("timeout_s", spec_.timeout_s, 1));
    spec_.memory_mb = int(integer("memory_mb", spec_.memory_mb, 64));
    check_size();
    return std::move(spec_);
  }

 private:
  void check_known(const YAML::Node& key, const std::vector<std::string>& known) const {
    const std::string name = key.as<std::string>();
    if (std::find(known.begin(), known.end(), name) != known.end()) return;
    fail(key, name, "unknown key" + did_you_mean(name, known));
  }

  std::int64_t integer(const std::string& key, std::int64_t otherwise, std::int64_t least) const {
    if (!root_[key]) return otherwise;
    return at(root_[key], key, [&](const std::string& value) {
      return detail::parse_as<std::int64_t>({key, "", "", "", double(least), 1e12}, value);
    });
  }

  std::vector<YAML::Node> sequence(const std::string& key) const {
    std::vector<YAML::Node> nodes;
    if (!root_[key]) return nodes;
    if (!root_[key].IsSequence()) fail(root_[key], key, "expected a list");
    for (const auto& node : root_[key]) nodes.push_back(node);
    return nodes;
  }

  void read_workloads() {
    for (const auto& node : sequence("workloads")) {
      const std::filesystem::path path = text(node, "workloads");
      const auto resolved =
          path.is_absolute() ? path : std::filesystem::path(path_).parent_path() / path;
      if (!std::filesystem::exists(resolved)) {
        fail(node, "workloads", "there is no file '" + resolved.string() + "'");
      }
      spec_.workloads.push_back(resolved.lexically_normal().string());
    }
    if (spec_.workloads.empty())
      throw UserError({path_, 1, "workloads"}, "expected a list of files");
  }

  void read_base() {
    if (!root_["base"]) return;
    if (!root_["base"].IsMap()) fail(root_["base"], "base", "expected a mapping");
    for (const auto& entry : root_["base"]) {
      const std::string key = entry.first.as<std::string>();
      const std::string setting = key + "=" + text(entry.second, "base." + key);
      at(entry.second, "base." + key, [&](const std::string&) { return try_setting(setting); });
      spec_.base.push_back(setting);
    }
  }

  void read_axes() {
    if (!root_["axes"]) return;
    if (!root_["axes"].IsMap()) fail(root_["axes"], "axes", "expected a mapping");
    for (const auto& entry : root_["axes"]) {
      SweepAxis axis{entry.first.as<std::string>(), {}};
      const std::string key = "axes." + axis.key;
      if (entry.second.IsSequence()) {
        for (const auto& value : entry.second) axis.values.push_back(text(value, key));
      } else if (entry.second.IsMap() && entry.second.size() == 1) {
        axis.values = generated(entry.second, key);
      } else {
        fail(entry.second, key, "expected a list, {range: [from, to, step]} or {log2: [from, to]}");
      }
      if (axis.values.empty()) fail(entry.second, key, "expected at least one value");
      std::set<std::string> seen;
      for (const std::string& value : axis.values) {
        if (!seen.insert(value).second) fail(entry.second, key, "'" + value + "' is given twice");
        try {
          try_setting(axis.key + "=" + value);
        } catch (const UserError& error) {
          fail(entry.second, key, error.message());
        }
      }
      spec_.axes.push_back(std::move(axis));
    }
  }

  std::vector<std::string> generated(const YAML::Node& node, const std::string& key) const {
    const std::string how = node.begin()->first.as<std::string>();
    const YAML::Node list = node.begin()->second;
    std::vector<double> numbers;
    if (!list.IsSequence()) fail(node, key, "expected a list of numbers");
    for (const auto& item : list) {
      numbers.push_back(at(item, key, [&](const std::string& value) {
        return detail::parse_as<double>({key, "", ""}, value);
      }));
    }
    std::vector<std::string> values;
    if (how == "range" && numbers.size() == 3 && numbers[2] > 0) {
      for (int i = 0; numbers[0] + i * numbers[2] <= numbers[1] * (1 + 1e-12); ++i) {
        values.push_back(fmt::format("{:.12g}", numbers[0] + i * numbers[2]));
      }
    } else if (how == "log2" && numbers.size() == 2 && numbers[0] > 0) {
      for (double value = numbers[0]; value <= numbers[1] * (1 + 1e-12); value *= 2) {
        values.push_back(fmt::format("{:.12g}", value));
      }
    } else {
      fail(node, key, "expected {range: [from, to, step]} or {log2: [from, to]}");
    }
    return values;
  }

  void read_constraint(const YAML::Node& node) {
    std::istringstream words(text(node, "constraints"));
    std::string relation, rest;
    SweepConstraint constraint;
    words >> constraint.quantity >> relation >> constraint.bound;
    if (words.fail() || words >> rest || (relation != "<=" && relation != ">=")) {
      fail(node, "constraints", "expected 'QUANTITY <= NUMBER' or 'QUANTITY >= NUMBER'");
    }
    constraint.at_most = relation == "<=";
    check_quantity(node, "constraints", constraint.quantity);
    spec_.constraints.push_back(constraint);
  }

  void check_quantity(const YAML::Node& node, const std::string& key,
                      const std::string& quantity) const {
    std::vector<std::string> known;
    for (const SweepQuantity& one : sweep_quantities()) known.push_back(one.name);
    if (std::find(known.begin(), known.end(), quantity) == known.end()) {
      fail(node, key, "unknown quantity '" + quantity + "'" + did_you_mean(quantity, known));
    }
  }

  void read_objectives() {
    for (const auto& node : sequence("objectives")) {
      spec_.objectives.push_back(text(node, "objectives"));
      check_quantity(node, "objectives", spec_.objectives.back());
    }
    if (spec_.objectives.empty()) spec_.objectives = {"cycles", "energy_pj"};
  }

  void try_setting(const std::string& setting) const {
    const std::string key = setting.substr(0, setting.find('='));
    if (std::find(kNetworkKeys.begin(), kNetworkKeys.end(), key) != kNetworkKeys.end()) {
      detail::parse_as<int>({key, "", "", "", 1, 1e6}, setting.substr(key.size() + 1));
      return;
    }
    RunConfig config;
    ConfigView(config).set(setting);
  }

  void check_size() const {
    double all = 1;
    for (const SweepAxis& axis : spec_.axes) all *= double(axis.values.size());
    if (spec_.strategy == SweepStrategy::kGrid) {
      if (root_["points"]) fail(root_["points"], "points", "a grid has as many as its axes give");
      if (all > kMostPoints) {
        throw UserError({path_, 1, "axes"},
                        fmt::format("{:.3g} combinations are more than {:.0g}", all, kMostPoints));
      }
    } else if (!root_["points"]) {
      throw UserError({path_, 1, "points"}, "expected how many points to draw");
    }
  }

  YAML::Node root_;
  SweepSpec spec_;
};

std::vector<SweepChoice> grid(const SweepSpec& spec) {
  std::vector<SweepChoice> all = {{}};
  for (const SweepAxis& axis : spec.axes) {
    std::vector<SweepChoice> longer;
    for (const SweepChoice& choice : all) {
      for (const std::string& value : axis.values) {
        longer.push_back(choice);
        longer.back().push_back(value);
      }
    }
    all = std::move(longer);
  }
  return all;
}

double combinations(const SweepSpec& spec) {
  double all = 1;
  for (const SweepAxis& axis : spec.axes) all *= double(axis.values.size());
  return all;
}

std::vector<SweepChoice> drawn(const SweepSpec& spec) {
  Random random(seed_for(spec.seed, "random"));
  const double all = combinations(spec);
  std::vector<SweepChoice> choices;
  std::set<SweepChoice> seen;
  // Where few are left untried a draw seldom finds one: then the rest comes in the grid's order.
  const auto wanted = std::size_t(std::min(double(spec.points), all));
  for (std::int64_t tries = 0; choices.size() < wanted && tries < 20 * spec.points; ++tries) {
    SweepChoice choice;
    for (const SweepAxis& axis : spec.axes) {
      choice.push_back(axis.values[std::size_t(random.below(axis.values.size()))]);
    }
    if (seen.insert(choice).second) choices.push_back(choice);
  }
  if (choices.size() < wanted && all <= kMostPoints) {
    for (const SweepChoice& choice : grid(spec)) {
      if (choices.size() == wanted) break;
      if (seen.insert(choice).second) choices.push_back(choice);
    }
  }
  return choices;
}

// Each axis is cut into as many strata as there are points, and each stratum is used once.
std::vector<SweepChoice> latin_hypercube(const SweepSpec& spec) {
  const auto points = std::size_t(spec.points);
  std::vector<SweepChoice> choices(points);
  for (const SweepAxis& axis : spec.axes) {
    Random random(seed_for(spec.seed, axis.key));
    std::vector<std::size_t> strata(points);
    std::iota(strata.begin(), strata.end(), std::size_t{0});
    for (std::size_t left = points; left > 1; --left) {
      std::swap(strata[left - 1], strata[std::size_t(random.below(left))]);
    }
    for (std::size_t i = 0; i < points; ++i) {
      choices[i].push_back(axis.values[strata[i] * axis.values.size() / points]);
    }
  }
  std::set<SweepChoice> seen;
  std::erase_if(choices, [&](const SweepChoice& choice) { return !seen.insert(choice).second; });
  return choices;
}

}  // namespace

std::string SweepConstraint::text() const {
  return fmt::format("{} {} {:.12g}", quantity, at_most ? "<=" : ">=", bound);
}

const std::vector<SweepQuantity>& sweep_quantities() {
  static const std::vector<SweepQuantity> kQuantities = {
      {"area_mm2", "mm2", "on-chip area", true},
      {"multipliers", "multipliers", "multipliers of the machine", true},
      {"adder_inputs", "inputs", "lanes of all CA units", true},
      {"sram_bytes", "bytes", "bytes of all buffers, maps included", true},
      {"cycles", "cycles", "clock cycles for an image", false},
      {"seconds", "s", "simulated time for an image", false},
      {"energy_pj", "pJ", "energy for an image, DRAM and leakage included", false},
      {"edp_js", "J s", "energy times time, of an image", false},
      {"power_w", "W", "energy over time", false},
      {"area_delay_mm2s", "mm2 s", "area times the time of an image", false},
      {"ca_utilization", "ratio", "additions of the CA units over the most there can be", false},
      {"mac_utilization", "ratio", "multiplications over the most there can be", false},
      {"ca_bound", "ratio", "share of the cycles in layers that are bound by the CA units", false},
      {"mac_bound", "ratio", "share of the cycles in layers that are bound by the MAC units",
       false},
      {"dram_bound", "ratio", "share of the cycles in layers that are bound by DRAM", false}};
  return kQuantities;
}

SweepSpec read_sweep_spec(const std::string& path) {
  return SpecReader(path, read_file(path)).read();
}

SweepSpec stored_sweep_spec(const std::string& path, const std::string& text,
                            std::vector<std::string> workloads) {
  return SpecReader(path, text).read(std::move(workloads));
}

std::vector<SweepChoice> choices_of(const SweepSpec& spec) {
  switch (spec.strategy) {
    case SweepStrategy::kGrid:
      break;
    case SweepStrategy::kRandom:
      return drawn(spec);
    case SweepStrategy::kLatinHypercube:
      return latin_hypercube(spec);
  }
  return grid(spec);
}

SweepSettings settings_of(const SweepSpec& spec, const SweepChoice& choice) {
  SweepSettings settings;
  ConfigView view(settings.config);
  const auto set = [&](const std::string& key, const std::string& value) {
    if (key == "terms") {
      settings.terms = std::stoi(value);
    } else if (key == "pointwise_terms") {
      settings.pointwise_terms = std::stoi(value);
    } else if (key == "batch") {
      settings.batch = std::stoi(value);
    } else {
      view.set(key + "=" + value);
    }
  };
  for (const std::string& setting : spec.base) {
    const auto equals = setting.find('=');
    set(setting.substr(0, equals), setting.substr(equals + 1));
  }
  for (std::size_t i = 0; i < spec.axes.size(); ++i) set(spec.axes[i].key, choice[i]);
  settings.config.validate();
  return settings;
}

}  // namespace escalate
