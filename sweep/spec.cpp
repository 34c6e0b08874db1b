#include "sweep/spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <sstream>

#include "common/atomic_file.h"
#include "common/config.h"
#include "common/distinct_names.h"
#include "common/error.h"
#include "common/json.h"
#include "common/sha256.h"
#include "common/suggestions.h"
#include "common/visible_text.h"
#include "common/yaml_document.h"
#include "energy/node_table.h"
#include "workloads/zoo.h"

namespace escalate {
namespace {

const std::vector<std::string> kKeys = {"name",        "workloads",  "base",      "axes",
                                        "constraints", "objectives", "strategy",  "points",
                                        "seed",        "timeout_s",  "memory_mb", "population",
                                        "generations", "accuracy",   "verify",    "energy_table"};
const std::vector<std::string> kNetworkKeys = {"terms", "pointwise_terms", "batch"};

bool is_network_key(const std::string& key) {
  return std::find(kNetworkKeys.begin(), kNetworkKeys.end(), key) != kNetworkKeys.end();
}

void check_network_value(const std::string& key, const std::string& value) {
  detail::parse_as<int>({key, "", "", "", 1, 1e6}, value);
}

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

  struct Entry {
    std::string key;
    YAML::Node key_node, value;
  };
  // Entries of a mapping, in order.
  std::vector<Entry> entries(const YAML::Node& map, const std::string& prefix) const {
    std::vector<Entry> all;
    std::set<std::string> seen;
    for (const auto& entry : map) {
      const std::string key = yaml_key(entry.first, path_);
      if (!seen.insert(key).second) fail(entry.first, prefix + key, "is given twice");
      all.push_back({key, entry.first, entry.second});
    }
    return all;
  }

  std::string path_;
};

// What {range: [from, to, step]} and {log2: [from, to]} stand for.
std::vector<std::string> generated_values(const std::string& how,
                                          const std::vector<double>& numbers) {
  const auto check = [](double values) {
    if (values <= kMostAxisValues) return;
    throw UserError(fmt::format("{:.7g} values are more than {:.0f}", values, kMostAxisValues));
  };
  constexpr double kRounding = 1e-9;  // for steps that are no sums of powers of two
  std::vector<std::string> values;
  if (how == "range" && numbers.size() == 3 && numbers[2] > 0) {
    const double steps = (numbers[1] - numbers[0]) / numbers[2] + kRounding;
    check(steps + 1);
    for (int i = 0; i <= steps; ++i) {
      values.push_back(fmt::format("{:.12g}", numbers[0] + i * numbers[2]));
    }
  } else if (how == "log2" && numbers.size() == 2 && numbers[0] > 0) {
    for (int i = 0; std::isfinite(std::ldexp(numbers[0], i)); ++i) {
      if (std::ldexp(numbers[0], i) > numbers[1] + numbers[1] * kRounding) break;
      values.push_back(fmt::format("{:.12g}", std::ldexp(numbers[0], i)));
    }
  } else {
    throw UserError("expected {range: [from, to, step]} or {log2: [from, to]}");
  }
  return values;
}

class SpecReader : SpecFile {
 public:
  SpecReader(const std::string& path, const std::string& file_text)
      : SpecFile(path), root_(yaml_document(file_text, path)) {
    spec_.text = file_text;
    if (!is_utf8(path)) throw UserError({path, 0, ""}, "expected a name in UTF-8");
    if (!is_utf8(file_text)) throw UserError({path, 0, ""}, "expected text in UTF-8");
    if (!root_.IsMap()) throw UserError({path, 1, ""}, "expected a mapping");
  }

  SweepSpec read() {
    return read([this](const YAML::Node& node, const std::string& written) {
      const std::filesystem::path path = written;
      const auto resolved =
          path.is_absolute() ? path : std::filesystem::path(path_).parent_path() / path;
      std::error_code ignored;
      if (!std::filesystem::exists(resolved, ignored) && is_zoo_name(written)) return written;
      if (!std::filesystem::exists(resolved, ignored) ||
          std::filesystem::is_directory(resolved, ignored)) {
        fail(node, "workloads", "there is no file '" + resolved.string() + "'");
      }
      return resolved.lexically_normal().string();
    });
  }

  /// Reads the specification for workloads with these paths, or for those written if there are
  /// none.
  SweepSpec read(const std::vector<std::string>& paths) {
    std::size_t next = 0;
    SweepSpec spec = read([&](const YAML::Node& node, const std::string& written) {
      if (paths.empty()) return written;
      if (next == paths.size()) fail(node, "workloads", "has no path here");
      return paths[next++];
    });
    if (next != paths.size()) fail(root_["workloads"], "workloads", "are fewer than their paths");
    return spec;
  }

 private:
  using Resolve = std::function<std::string(const YAML::Node&, const std::string& written)>;

  SweepSpec read(const Resolve& resolve) {
    for (const Entry& entry : entries(root_, "")) check_known(entry.key_node, kKeys);
    spec_.name =
        root_["name"] ? text(root_["name"], "name") : std::filesystem::path(path_).stem().string();
    if (spec_.name.empty()) fail(root_["name"], "name", "expected a name");
    read_workloads(resolve);
    read_energy_table();
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
    if (root_["verify"]) {
      spec_.verify = at(root_["verify"], "verify",
                        [](const std::string& name) { return enum_from_name<Verify>(name); });
    }
    constexpr double kMostOfALimit = 1e9;
    spec_.points = integer("points", spec_.points, 1, kMostSweepPoints);
    spec_.population = int(integer("population", spec_.population, 8, kMostPopulation));
    spec_.generations = int(integer("generations", spec_.generations, 1, kMostSweepPoints));
    spec_.seed = std::uint64_t(integer("seed", 1, 0, 1e12));
    spec_.timeout_s = int(integer("timeout_s", spec_.timeout_s, 1, kMostOfALimit));
    spec_.memory_mb = int(integer("memory_mb", spec_.memory_mb, 64, kMostOfALimit));
    check_size();
    return std::move(spec_);
  }

  void check_known(const YAML::Node& key, const std::vector<std::string>& known) const {
    const std::string name = yaml_key(key, path_);
    if (std::find(known.begin(), known.end(), name) != known.end()) return;
    fail(key, name, "unknown key" + did_you_mean(name, known));
  }

  std::int64_t integer(const std::string& key, std::int64_t otherwise, double least,
                       double most) const {
    if (!root_[key]) return otherwise;
    return at(root_[key], key, [&](const std::string& value) {
      return detail::parse_as<std::int64_t>({key, "", "", "", least, most}, value);
    });
  }

  std::vector<YAML::Node> sequence(const std::string& key) const {
    std::vector<YAML::Node> nodes;
    if (!root_[key]) return nodes;
    if (!root_[key].IsSequence()) fail(root_[key], key, "expected a list");
    for (const auto& node : root_[key]) nodes.push_back(node);
    return nodes;
  }

  void read_workloads(const Resolve& resolve) {
    std::vector<std::string> written;
    std::set<std::string> seen;
    for (const auto& node : sequence("workloads")) {
      written.push_back(text(node, "workloads"));
      const std::string path = resolve(node, written.back());
      if (!is_utf8(path)) fail(node, "workloads", "expected a name in UTF-8");
      if (!seen.insert(path).second) fail(node, "workloads", "'" + path + "' is given twice");
      spec_.workloads.push_back({"", path});
    }
    if (written.empty()) throw UserError({path_, 1, "workloads"}, "expected a list of files");
    const auto names = distinct_names(written);
    for (std::size_t i = 0; i < names.size(); ++i) spec_.workloads[i].name = names[i];
  }

  void read_energy_table() {
    const YAML::Node node = root_["energy_table"];
    if (!node) return;
    const std::string table = text(node, "energy_table");
    auto read = std::make_shared<EnergyTable>(EnergyTable::parse(table, "energy_table"));
    if (!is_node_table(*read)) {
      fail(node, "energy_table",
           "expected a table of classes, as escalate energy --classes writes it: machines differ");
    }
    check_node_table(*read);
    spec_.energy_table = {std::move(read), sha256_hex(table)};
  }

  void read_base() {
    if (!root_["base"]) return;
    if (!root_["base"].IsMap()) fail(root_["base"], "base", "expected a mapping");
    for (const Entry& entry : entries(root_["base"], "base.")) {
      const std::string key = "base." + entry.key;
      const std::string value = text(entry.value, key);
      try_values(entry.value, key, {entry.key, {value}});
      spec_.base.push_back(entry.key + "=" + value);
    }
  }

  void read_axes() {
    if (!root_["axes"]) return;
    if (!root_["axes"].IsMap()) fail(root_["axes"], "axes", "expected a mapping");
    for (const Entry& entry : entries(root_["axes"], "axes.")) {
      SweepAxis axis{entry.key, {}};
      const std::string key = "axes." + axis.key;
      if (entry.value.IsSequence()) {
        for (const auto& value : entry.value) axis.values.push_back(text(value, key));
      } else if (entry.value.IsMap() && entry.value.size() == 1) {
        axis.values = generated(entry.value, key);
      } else {
        fail(entry.value, key, "expected a list, {range: [from, to, step]} or {log2: [from, to]}");
      }
      if (axis.values.empty()) fail(entry.value, key, "expected at least one value");
      std::set<std::string> seen;
      for (const std::string& value : axis.values) {
        if (!seen.insert(value).second) fail(entry.value, key, "'" + value + "' is given twice");
      }
      try_values(entry.value, key, axis);
      spec_.axes.push_back(std::move(axis));
    }
  }

  std::vector<std::string> generated(const YAML::Node& node, const std::string& key) const {
    const std::string how = yaml_key(node.begin()->first, path_);
    const YAML::Node list = node.begin()->second;
    std::vector<double> numbers;
    if (!list.IsSequence()) fail(node, key, "expected a list of numbers");
    for (const auto& item : list) {
      numbers.push_back(at(item, key, [&](const std::string& value) {
        return detail::parse_as<double>({key, "", ""}, value);
      }));
    }
    try {
      return generated_values(how, numbers);
    } catch (const UserError& error) {
      fail(node, key, error.message());
    }
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
      const NamedValues<double> known =
          values_before(settings_of(spec_, {}).config, spec_.energy_table);
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
    for (const Entry& entry : entries(node, "accuracy.")) {
      check_known(entry.key_node, {"input", "images"});
    }
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

  // Each alone on a machine of default values.
  void try_values(const YAML::Node& node, const std::string& key, const SweepAxis& axis) const {
    RunConfig config;
    ConfigView view(config);
    for (const std::string& value : axis.values) {
      try {
        if (is_network_key(axis.key)) {
          check_network_value(axis.key, value);
        } else {
          view.set(axis.key + "=" + value);
        }
      } catch (const UserError& error) {
        fail(node, key, error.message());
      }
    }
  }

  // Checks before any of them is made.
  void check_number_of_points() const {
    double all = 1;
    double one_at_a_time = 1;
    for (const SweepAxis& axis : spec_.axes) {
      all *= double(axis.values.size());
      one_at_a_time += double(axis.values.size()) - 1;
    }
    const char* key = "axes";
    if (spec_.strategy == SweepStrategy::kOneAtATime) all = one_at_a_time;
    if (spec_.strategy == SweepStrategy::kRandom ||
        spec_.strategy == SweepStrategy::kLatinHypercube) {
      key = "points";
      all = std::min(all, double(spec_.points));
    }
    if (spec_.strategy == SweepStrategy::kNsga2) {
      key = "generations";
      all = double(spec_.population) * spec_.generations;
    }
    all *= double(spec_.workloads.size());
    if (all <= kMostSweepPoints) return;
    throw UserError({path_, root_[key] ? root_[key].Mark().line + 1 : 1, key},
                    fmt::format("{:.7g} points are more than {:.0f}", all, kMostSweepPoints));
  }

  void check_size() const {
    const bool is_drawn = spec_.strategy == SweepStrategy::kRandom ||
                          spec_.strategy == SweepStrategy::kLatinHypercube;
    const std::string strategy(enum_name(spec_.strategy));
    if (is_drawn && !root_["points"]) {
      throw UserError({path_, 1, "points"}, "expected how many points to draw");
    }
    if (!is_drawn && root_["points"]) {
      fail(root_["points"], "points", "'" + strategy + "' does not draw a number of points");
    }
    check_search(strategy);
    check_number_of_points();
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

// The base is not checked: axes may make possible what it alone is not.
SweepSettings base_settings(const SweepSpec& spec) {
  SweepSettings settings;
  settings.accuracy_input = spec.accuracy_input;
  settings.accuracy_images = spec.accuracy_images;
  settings.verify = spec.verify;
  settings.energy_table = spec.energy_table;
  for (const std::string& setting : spec.base) {
    const auto equals = setting.find('=');
    apply(settings, setting.substr(0, equals), setting.substr(equals + 1));
  }
  return settings;
}

/// The specification with the table of --energy as one more key at its end. Lines of the table are
/// indented, so that they are one text whatever they hold.
std::string with_table(const std::string& text, const std::string& table) {
  std::string all = text + (text.ends_with('\n') ? "" : "\n") + "energy_table: |2\n";
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) all += "  " + line + "\n";
  return all;
}

}  // namespace

std::string SweepConstraint::text() const {
  return fmt::format("{} {} {:.12g}", quantity, at_most ? "<=" : ">=", bound);
}

SweepSpec read_sweep_spec(const std::string& path, const std::string& energy_table) {
  const std::string text = read_text_file(path);
  SweepSpec spec = SpecReader(path, text).read();
  if (energy_table.empty()) return spec;
  if (spec.energy_table.table) {
    throw UserError({"", 0, "--energy"}, path + " has a table of its own under energy_table");
  }
  try {
    return SpecReader(path, with_table(text, read_text_file(energy_table))).read();
  } catch (const UserError& error) {
    if (error.place().key == "energy_table") {
      throw UserError({energy_table, 0, ""}, error.message());
    }
    throw UserError({"", 0, "--energy"},
                    fmt::format("{} does not go into {}: {}", energy_table, path, error.message()));
  }
}

SweepSpec stored_sweep_spec(const std::string& path, const std::string& text,
                            const std::vector<std::string>& workload_paths) {
  return SpecReader(path, text).read(workload_paths);
}

const SweepWorkload* SweepSpec::find_workload(const std::string& workload) const {
  const auto found =
      std::find_if(workloads.begin(), workloads.end(),
                   [&](const SweepWorkload& known) { return known.name == workload; });
  return found == workloads.end() ? nullptr : &*found;
}

void check_choice(const SweepSpec& spec, const SweepChoice& choice) {
  if (choice.size() != spec.axes.size()) {
    throw UserError(fmt::format("expected {} values, one of each axis, found {}", spec.axes.size(),
                                choice.size()));
  }
  for (std::size_t i = 0; i < choice.size(); ++i) {
    const auto& values = spec.axes[i].values;
    if (std::find(values.begin(), values.end(), choice[i]) != values.end()) continue;
    throw UserError(fmt::format("axis {} has no value '{}'", spec.axes[i].key, choice[i]));
  }
}

std::vector<std::vector<std::string>> competing_workloads(const SweepSpec& spec) {
  std::vector<std::vector<std::string>> groups;
  if (std::count(spec.objectives.begin(), spec.objectives.end(), kTop1Error) > 0) {
    groups.emplace_back();
    for (const SweepWorkload& workload : spec.workloads) groups[0].push_back(workload.name);
    return groups;
  }
  for (const SweepWorkload& workload : spec.workloads) groups.push_back({workload.name});
  return groups;
}

SweepSettings settings_of(const SweepSpec& spec, const SweepChoice& choice) {
  ensure(choice.empty() || choice.size() == spec.axes.size(), "a choice has a value of each axis");
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
  config["verify"] = value_to_json(settings.verify);
  if (!settings.accuracy_input.empty()) {
    config["accuracy"] = {{"input", settings.accuracy_input}, {"images", settings.accuracy_images}};
  }
  if (settings.energy_table.table) config["energy_table"] = settings.energy_table.digest;
  return config;
}

}  // namespace escalate
