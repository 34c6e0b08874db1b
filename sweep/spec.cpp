#include "sweep/spec.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "common/atomic_file.h"
#include "common/config.h"
#include "common/error.h"
#include "common/json.h"
#include "common/suggestions.h"
#include "energy/accelerator_energy.h"
#include "energy/cost_model.h"

namespace escalate {
namespace {

const std::vector<std::string> kKeys = {
    "name",   "workloads", "base",      "axes",      "constraints", "objectives",  "strategy",
    "points", "seed",      "timeout_s", "memory_mb", "population",  "generations", "accuracy"};
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
    read_accuracy();
    for (const auto& node : sequence("constraints")) read_constraint(node);
    read_objectives();
    if (root_["strategy"]) {
      spec_.strategy = at(root_["strategy"], "strategy", [&](const std::string& name) {
        return enum_from_name<SweepStrategy>(name);
      });
    }
    spec_.points = integer("points", spec_.points, 1);
    spec_.population = int(integer("population", spec_.population, 8));
    spec_.generations = int(integer("generations", spec_.generations, 1));
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
      for (int i = 0; std::ldexp(numbers[0], i) <= numbers[1] * (1 + 1e-12); ++i) {
        values.push_back(fmt::format("{:.12g}", std::ldexp(numbers[0], i)));
      }
    } else {
      fail(node, key, "expected {range: [from, to, step]} or {log2: [from, to]}");
    }
    return values;
  }

  void read_constraint(const YAML::Node& node) {
    std::istringstream words(text(node, "constraints"));
    std::string relation, times, base, rest;
    SweepConstraint constraint;
    words >> constraint.quantity >> relation >> constraint.bound;
    const bool is_whole = !words.fail();
    words >> times >> base;
    const bool is_relative = times == "x" && base == "base";
    if (!is_whole || (!times.empty() && !is_relative) || words >> rest ||
        (relation != "<=" && relation != ">=")) {
      fail(node, "constraints",
           "expected 'QUANTITY <= NUMBER', 'QUANTITY >= NUMBER', or NUMBER x base");
    }
    constraint.at_most = relation == "<=";
    check_quantity(node, "constraints", constraint.quantity);
    if (is_relative) {
      const NamedValues<double> known = values_before(settings_of(spec_, {}).config);
      if (!known.contains(constraint.quantity)) {
        fail(node, "constraints", constraint.quantity + " of the base is not known without a run");
      }
      // The base itself keeps a bound of 1 x base.
      constexpr double kRounding = 1e-9;
      constraint.bound *=
          known.value_of(constraint.quantity) * (1 + (constraint.at_most ? kRounding : -kRounding));
    }
    spec_.constraints.push_back(constraint);
  }

  void check_quantity(const YAML::Node& node, const std::string& key,
                      const std::string& quantity) const {
    std::vector<std::string> known;
    for (const SweepQuantity& one : sweep_quantities()) known.push_back(one.name);
    if (std::find(known.begin(), known.end(), quantity) == known.end()) {
      fail(node, key,
           fmt::format("unknown quantity '{}'{}; known are {}", quantity,
                       did_you_mean_one_of(similar_names(quantity, known)),
                       fmt::join(nearest_first(quantity, known), ", ")));
    }
    if (quantity == kTop1Error && spec_.accuracy_input.empty()) {
      fail(node, key, "top1_error needs images: expected accuracy: {input: ..., images: ...}");
    }
  }

  void read_accuracy() {
    const YAML::Node node = root_["accuracy"];
    if (!node) return;
    if (!node.IsMap()) fail(node, "accuracy", "expected input and images");
    for (const auto& entry : node) check_known(entry.first, {"input", "images"});
    for (const char* key : {"input", "images"}) {
      if (!node[key]) fail(node, std::string("accuracy.") + key, "expected, with accuracy");
    }
    spec_.accuracy_input = text(node["input"], "accuracy.input");
    if (spec_.accuracy_input.empty()) fail(node, "accuracy.input", "expected labelled images");
    spec_.accuracy_images = at(node["images"], "accuracy.images", [](const std::string& value) {
      return detail::parse_as<std::int64_t>({"accuracy.images", "", "", "", 1, 1e9}, value);
    });
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
    const bool is_grid = spec_.strategy == SweepStrategy::kGrid;
    const bool is_drawn = spec_.strategy == SweepStrategy::kRandom ||
                          spec_.strategy == SweepStrategy::kLatinHypercube;
    if (is_grid && all > kMostSweepPoints) {
      throw UserError({path_, 1, "axes"}, fmt::format("{:.3g} combinations are more than {:.0g}",
                                                      all, kMostSweepPoints));
    }
    const std::string strategy(enum_name(spec_.strategy));
    if (is_drawn && !root_["points"]) {
      throw UserError({path_, 1, "points"}, "expected how many points to draw");
    }
    if (!is_drawn && root_["points"]) {
      fail(root_["points"], "points", "'" + strategy + "' does not draw a number of points");
    }
    check_search(strategy);
  }

  void check_search(const std::string& strategy) const {
    for (const char* key : {"population", "generations"}) {
      if (spec_.strategy != SweepStrategy::kNsga2 && root_[key]) {
        fail(root_[key], key, "'" + strategy + "' has none, nsga2 has");
      }
      if (spec_.strategy == SweepStrategy::kNsga2 && !root_[key]) {
        throw UserError({path_, 1, key}, "expected, with the strategy nsga2");
      }
    }
    if (spec_.strategy != SweepStrategy::kNsga2) return;
    if (spec_.population % 4 != 0) {
      fail(root_["population"], "population", "expected a multiple of 4");
    }
    if (spec_.objectives.size() < 2) {
      fail(root_["objectives"], "objectives", "nsga2 needs at least two");
    }
    if (std::all_of(spec_.axes.begin(), spec_.axes.end(),
                    [](const SweepAxis& axis) { return axis.values.size() == 1; })) {
      throw UserError({path_, 1, "axes"}, "nsga2 needs one of at least two values");
    }
  }

  YAML::Node root_;
  SweepSpec spec_;
};

void apply(SweepSettings& settings, const std::string& key, const std::string& value) {
  if (key == "terms") {
    settings.terms = std::stoi(value);
  } else if (key == "pointwise_terms") {
    settings.pointwise_terms = std::stoi(value);
  } else if (key == "batch") {
    settings.batch = std::stoi(value);
  } else {
    ConfigView(settings.config).set(key + "=" + value);
  }
}

// Not checked: axes may make possible what the base alone is not.
SweepSettings base_settings(const SweepSpec& spec) {
  SweepSettings settings;
  settings.accuracy_input = spec.accuracy_input;
  settings.accuracy_images = spec.accuracy_images;
  for (const std::string& setting : spec.base) {
    const auto equals = setting.find('=');
    apply(settings, setting.substr(0, equals), setting.substr(equals + 1));
  }
  return settings;
}

std::int64_t sram_bytes(const MachineConfig& machine) {
  const auto with_maps = [](std::int64_t bytes) { return bytes * 9 / 8; };
  const std::int64_t row = 4 * std::int64_t{machine.mac.line_buffer_words};
  const std::int64_t block = 2 * std::int64_t{machine.coefficient_bank_bytes} +
                             with_maps(std::int64_t{machine.ring.chunks} * machine.ca.chunk) +
                             2 * 4 * std::int64_t{machine.output_bank_words} +
                             row * machine.slices * machine.rows;
  return with_maps(machine.global_buffer_bytes) + block * machine.blocks;
}

// Kept: reading a node's table takes far longer than an area.
const CostModel& cost_model(const EnergyConfig& config) {
  static std::map<std::string, CostModel> models;
  const std::string key = fields_to_json(config).dump();
  const auto known = models.find(key);
  return known != models.end() ? known->second
                               : models.emplace(key, CostModel(config)).first->second;
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
      {"dram_bound", "ratio", "share of the cycles in layers that are bound by DRAM", false},
      {kTop1Error, "ratio", "share of the labelled images that the int8 network gets wrong",
       false}};
  return kQuantities;
}

SweepSpec read_sweep_spec(const std::string& path) {
  return SpecReader(path, read_file(path)).read();
}

SweepSpec stored_sweep_spec(const std::string& path, const std::string& text,
                            std::vector<std::string> workloads) {
  return SpecReader(path, text).read(std::move(workloads));
}

std::vector<std::vector<std::string>> competing_workloads(const SweepSpec& spec) {
  if (std::count(spec.objectives.begin(), spec.objectives.end(), kTop1Error) > 0) {
    return {spec.workloads};
  }
  std::vector<std::vector<std::string>> groups;
  for (const std::string& workload : spec.workloads) groups.push_back({workload});
  return groups;
}

SweepSettings settings_of(const SweepSpec& spec, const SweepChoice& choice) {
  SweepSettings settings = base_settings(spec);
  for (std::size_t i = 0; i < choice.size(); ++i) apply(settings, spec.axes[i].key, choice[i]);
  settings.config.validate();
  return settings;
}

std::optional<SweepChoice> base_choice(const SweepSpec& spec) {
  const SweepSettings base = base_settings(spec);
  SweepChoice choice;
  for (const SweepAxis& axis : spec.axes) {
    const auto same = std::find_if(axis.values.begin(), axis.values.end(), [&](const auto& value) {
      SweepSettings changed = base;
      apply(changed, axis.key, value);
      return effective_config(changed) == effective_config(base);
    });
    if (same == axis.values.end()) return std::nullopt;
    choice.push_back(*same);
  }
  return choice;
}

Json effective_config(const SweepSettings& settings) {
  Json config = fields_to_json(settings.config);
  config["terms"] = settings.terms;
  config["pointwise_terms"] = settings.pointwise_terms;
  config["batch"] = settings.batch;
  if (!settings.accuracy_input.empty()) {
    config["accuracy"] = {{"input", settings.accuracy_input}, {"images", settings.accuracy_images}};
  }
  return config;
}

NamedValues<double> values_before(const RunConfig& config) {
  const MachineConfig& machine = config.machine;
  NamedValues<double> values;
  values["area_mm2"] =
      accelerator_energy(machine, cost_model(config.energy)).area_mm2_by_group().sum();
  values["multipliers"] = double(machine.multipliers());
  values["adder_inputs"] = double(machine.adder_inputs());
  values["sram_bytes"] = double(sram_bytes(machine));
  return values;
}

}  // namespace escalate
