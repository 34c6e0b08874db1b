#include "report/work.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "common/table.h"

namespace escalate {
namespace {

std::string count_text(std::int64_t count, const char* what) {
  return fmt::format("{} {}{}", format_count(count), what, count == 1 ? "" : "s");
}

const LayerResult* find_layer(const Result& result, const std::string& name) {
  const auto found = std::find_if(result.layers.begin(), result.layers.end(),
                                  [&](const LayerResult& layer) { return layer.name == name; });
  return found == result.layers.end() ? nullptr : &*found;
}

std::optional<std::string> unequal_layers(const LayerResult& a, const LayerResult& b) {
  if (!a.shape.empty() && !b.shape.empty()) {
    if (a.shape == b.shape) return std::nullopt;
    return fmt::format("layer '{}' is {} in one and {} in the other", a.name, a.shape, b.shape);
  }
  if (a.macs_dense == b.macs_dense) return std::nullopt;
  return fmt::format("layer '{}' has {} dense MACs in one and {} in the other", a.name,
                     format_count(a.macs_dense), format_count(b.macs_dense));
}

/// The first layer of `a` that `b` lacks.
std::optional<std::string> missing_layer(const Result& a, const Result& b) {
  for (const LayerResult& layer : a.layers) {
    if (find_layer(b, layer.name) == nullptr) {
      return fmt::format("layer '{}' is in one only", layer.name);
    }
  }
  return std::nullopt;
}

/// Whether both ran the same values as far as their machines could: those of one network, or drawn
/// for each machine in its own form from the same densities and seed. True if not known.
bool same_values(const Result& a, const Result& b) {
  const RunSource &one = a.source, &other = b.source;
  if (one.network.empty() || other.network.empty() || one.network == other.network) return true;
  return a.accelerator != b.accelerator && !one.drawn_from.empty() &&
         one.drawn_from == other.drawn_from;
}

std::string value_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// Adds "KEY A and B" for each parameter that both have and that differs.
void add_differences(const Json& a, const Json& b, const std::string& prefix,
                     std::vector<std::string>& differences) {
  if (!a.is_object() || !b.is_object()) return;
  for (const auto& [key, value] : a.items()) {
    if (!b.contains(key) || b.at(key) == value) continue;
    if (value.is_object()) {
      add_differences(value, b.at(key), prefix + key + ".", differences);
    } else {
      differences.push_back(
          fmt::format("{}{} {} and {}", prefix, key, value_text(value), value_text(b.at(key))));
    }
  }
}

enum class Part { kEnergy, kMachine };

/// Parameters of that part of the configuration that differ: "KEY A and B", or nothing.
std::string other_parameters(const Result& a, const Result& b, Part part) {
  constexpr std::size_t kMost = 8;
  std::vector<std::string> found;
  add_differences(a.config, b.config, "", found);
  std::erase_if(found, [&](const auto& one) {
    return one.starts_with("energy.") != (part == Part::kEnergy);
  });
  if (found.size() <= kMost) return fmt::format("{}", fmt::join(found, ", "));
  return fmt::format("{} and {} more", fmt::join(found.begin(), found.begin() + kMost, ", "),
                     found.size() - kMost);
}

/// The first action that costs other energy on the same machine with the same parameters:
/// "COMPONENT ACTION A and B pJ", or nothing.
std::string other_table(const Result& a, const Result& b) {
  if (a.accelerator != b.accelerator || a.config != b.config) return "";
  const std::size_t lines = std::min(a.energy_table.size(), b.energy_table.size());
  for (std::size_t i = 0; i < lines; ++i) {
    const EnergyLine &one = a.energy_table[i], &other = b.energy_table[i];
    if (one.pj_each == other.pj_each) continue;
    return fmt::format("{} {} {:.4g} and {:.4g} pJ", one.component, one.action, one.pj_each,
                       other.pj_each);
  }
  return "";
}

bool has_user_table(const Result& result) {
  return std::any_of(result.energy_sources.begin(), result.energy_sources.end(),
                     [](const NumberSource& source) { return source.kind == NumberKind::kUser; });
}

std::string quoted(const std::string& text) { return "'" + text + "'"; }

}  // namespace

std::optional<std::string> unequal_work(const Result& a, const Result& b) {
  if (a.images != b.images) {
    return fmt::format("one ran {} and the other {}", count_text(a.images, "image"),
                       format_count(b.images));
  }
  for (const LayerResult& layer : a.layers) {
    const LayerResult* other = find_layer(b, layer.name);
    if (other == nullptr) continue;
    if (auto difference = unequal_layers(layer, *other)) return difference;
  }
  if (auto missing = missing_layer(a, b)) return missing;
  if (auto missing = missing_layer(b, a)) return missing;
  if (a.layers.size() != b.layers.size()) return "layers of one name are several in one of them";
  return std::nullopt;
}

std::vector<std::string> other_terms(const Result& a, const Result& b) {
  std::vector<std::string> terms;
  if (!same_values(a, b)) {
    terms.push_back(fmt::format("they ran networks of other values ({} and {})",
                                quoted(a.source.file), quoted(b.source.file)));
  } else if (!a.source.images.empty() && !b.source.images.empty() &&
             a.source.images != b.source.images) {
    terms.emplace_back("they ran other images");
  }
  const std::string energy = other_parameters(a, b, Part::kEnergy);
  if (!energy.empty()) terms.push_back("energies are of " + energy);
  if (const std::string table = other_table(a, b); !table.empty()) {
    terms.push_back("energies are from other tables: " + table);
  }
  if (has_user_table(a) != has_user_table(b)) {
    terms.emplace_back("energies of one are from a table of the user's");
  }
  return terms;
}

std::string other_machine(const Result& a, const Result& b) {
  return a.accelerator == b.accelerator ? other_parameters(a, b, Part::kMachine) : "";
}

std::string network_title(const Result& result) {
  const std::string& file = result.source.file;
  const bool is_named_so =
      file.empty() || std::filesystem::path(file).stem().string() == result.network;
  return is_named_so ? result.network : result.network + " (" + file + ")";
}

std::vector<Work> works_of(const std::vector<const Result*>& results,
                           const std::vector<std::string>& files) {
  std::vector<Work> works;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto same = std::find_if(works.begin(), works.end(), [&](const Work& work) {
      return !unequal_work(*results[work.results.front()], *results[i]);
    });
    if (same == works.end()) {
      const std::string network = network_title(*results[i]);
      works.push_back({network, network, {i}});
    } else {
      same->results.push_back(i);
    }
  }
  // Exporters give all networks one name: their files tell them apart.
  std::map<std::string, int> times;
  for (const Work& work : works) ++times[work.title];
  std::map<std::string, int> used;
  for (Work& work : works) {
    if (times.at(work.title) > 1) work.title += " [" + files[work.results.front()] + "]";
    // One file of a comparison has several.
    if (const int before = used[work.title]++; before > 0) {
      work.title += fmt::format(" ({})", before + 1);
    }
  }
  return works;
}

}  // namespace escalate
