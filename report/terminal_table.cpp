#include "report/terminal_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <vector>

#include "report/layer_limits.h"
#include "report/work.h"

namespace escalate {
namespace {

constexpr std::size_t kMostGroups = 5;
/// The one group of components that is not on the chip.
constexpr std::string_view kOffChipGroup = "dram";

struct EnergyUnit {
  const char* name;
  double pj;
};

/// The largest unit in which the total is at least 10.
EnergyUnit unit_for(double total_pj) {
  constexpr std::array<EnergyUnit, 4> kUnits = {{{"mJ", 1e9}, {"uJ", 1e6}, {"nJ", 1e3}, {"pJ", 1}}};
  for (const EnergyUnit& unit : kUnits) {
    if (total_pj >= 10 * unit.pj) return unit;
  }
  return kUnits.back();
}

using Energies = NamedValues<double>;

/// Whether no group of `kept` takes as much of `energy_pj` as all others together.
bool is_other_largest(const Energies& energy_pj, const std::set<std::string>& kept) {
  double other = 0;
  double largest = 0;
  for (const auto& [group, pj] : energy_pj) {
    if (kept.count(group) > 0) {
      largest = std::max(largest, pj);
    } else {
      other += pj;
    }
  }
  return other > largest;
}

/// The groups that take most of all results' energy, in their order: kMostGroups of them, or as
/// many as it takes for one of them to be more than all others together, in each result.
std::vector<std::string> main_groups(const std::vector<const Result*>& results) {
  Energies sum;
  for (const Result* result : results) sum.add(result->total.energy_by_component_pj);
  std::vector<std::pair<double, std::string>> by_energy;
  for (const auto& [group, pj] : sum) by_energy.push_back({-pj, group});
  std::stable_sort(by_energy.begin(), by_energy.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::set<std::string> kept;
  for (const auto& [negative, group] : by_energy) {
    const bool is_enough = std::none_of(results.begin(), results.end(), [&](const Result* result) {
      return is_other_largest(result->total.energy_by_component_pj, kept);
    });
    if (kept.size() >= kMostGroups && is_enough) break;
    kept.insert(group);
  }
  std::vector<std::string> groups;
  for (const std::string& group : sum.names()) {
    if (kept.count(group) > 0) groups.push_back(group);
  }
  return groups;
}

/// What a narrow terminal leaves out first, and what next.
enum Rank { kKindRank = 1, kShareRank, kReasonRank, kResourceRank, kGroupRank };

Emphasis emphasis_of(const std::string& bound_by) {
  return bound_by == "ca" || bound_by == "mac" ? Emphasis::kGreen : Emphasis::kYellow;
}

std::string in_unit(double pj, const LayerColumns& columns) {
  return fmt::format("{:.2f}", pj / columns.unit_pj);
}

void add_energies(std::vector<Table::Cell>& row, const NamedValues<double>& energy_pj,
                  const LayerColumns& columns) {
  row.push_back(in_unit(energy_pj.sum(), columns));
  double shown = 0;
  for (const std::string& group : columns.energy_groups) {
    row.push_back(in_unit(energy_pj.value_of(group), columns));
    shown += energy_pj.value_of(group);
  }
  if (columns.has_other) row.push_back(in_unit(energy_pj.sum() - shown, columns));
}

double share(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

/// 12345678 as "12.3 M".
std::string scaled(double count) {
  std::string text = format_si(count, "");
  if (text.ends_with(' ')) text.pop_back();
  return text;
}

/// Whether layers of `result` count `name`.
bool has_counter(const Result& result, const char* name) {
  return std::any_of(result.layers.begin(), result.layers.end(),
                     [&](const LayerResult& layer) { return layer.counters.contains(name); });
}

double counted(const Result& result, const char* name) {
  double sum = 0;
  for (const LayerResult& layer : result.layers) sum += double(layer.counters.value_of(name));
  return sum;
}

/// What the machine could do of `resource` in the time of the run; 0 if that is not known.
double possible(const Result& result, const char* resource) {
  return result.peak_per_cycle.value_of(resource) * double(result.total.cycles);
}

/// Empty where no layer says what binds it.
std::string bound_line(const Result& result) {
  const std::string shares = bound_shares_text(result);
  return shares.empty() ? "" : "bound   by " + shares + "\n";
}

std::string work_line(const Result& result) {
  std::string text = fmt::format("work    {} dense MACs", scaled(double(result.total.macs_dense)));
  const auto add = [&](const char* counter, const char* resource, const char* name) {
    if (!has_counter(result, counter)) return;
    const double done = counted(result, counter);
    text += fmt::format(", {} {}", scaled(done), name);
    if (const double most = possible(result, resource); most > 0) {
      text += fmt::format(" ({} of the peak)", format_percent(done / most));
    }
  };
  add("macs", "mac", "MACs done");
  add("ca_additions", "ca", "CA additions");
  return text + "\n";
}

/// Empty where the host computes nothing.
std::string host_line(const Result& result) {
  const std::string text = host_text(result.source.host);
  return text.empty() ? "" : fmt::format("host    {}: not counted\n", text);
}

/// Empty where nothing is known of DRAM.
std::string dram_line(const Result& result) {
  if (!has_counter(result, "dram_read_bytes")) return "";
  const double read = counted(result, "dram_read_bytes");
  const double written = counted(result, "dram_written_bytes");
  std::string text =
      fmt::format("dram    {} read, {} written", format_si(read, "B"), format_si(written, "B"));
  const bool is_limited =
      std::any_of(result.layers.begin(), result.layers.end(),
                  [](const LayerResult& layer) { return layer.utilization.contains("dram"); });
  const double most = possible(result, "dram");
  if (is_limited && most > 0 && result.total.seconds > 0) {
    text += fmt::format(", {} of the peak {}", format_percent((read + written) / most),
                        format_si(most / result.total.seconds, "B/s"));
  }
  return text + "\n";
}

/// On-chip and off-chip energy, and the power of each; empty where nothing is spent in DRAM.
std::string chip_line(const Result& result) {
  const double* off_chip_pj = result.total.energy_by_component_pj.find(kOffChipGroup);
  if (off_chip_pj == nullptr) return "";
  const auto part = [&](double pj) {
    const double joules = pj * 1e-12;
    const double seconds = result.total.seconds;
    return fmt::format("{}, {}", format_si(joules, "J"),
                       format_si(seconds > 0 ? joules / seconds : 0, "W"));
  };
  return fmt::format("        on chip {}; DRAM {}\n", part(result.total.energy_pj - *off_chip_pj),
                     part(*off_chip_pj));
}

/// What the layers take that a comparison left out; empty if there are none.
std::string rest_line(const Result& result) {
  if (!result.rest) return "";
  const CommonRest& rest = *result.rest;
  return fmt::format(
      "rest    {} layers not of all accelerators, for all alike: {}, {}; with them {}, {}\n",
      rest.layers, format_si(rest.seconds, "s"), format_si(rest.energy_pj * 1e-12, "J"),
      format_si(result.total.seconds + rest.seconds, "s"),
      format_si((result.total.energy_pj + rest.energy_pj) * 1e-12, "J"));
}

/// "area    19.75 mm2, 1.26 MB of memory\n"
std::string area_line(const Result& result) {
  if (result.area_mm2.empty()) return "";
  std::string text = fmt::format("area    {:.2f} mm2", result.area_mm2.sum());
  if (!result.memory_bytes.empty()) {
    text += fmt::format(", {} of memory", format_si(result.memory_bytes.sum(), "B"));
  }
  return text + "\n";
}

std::string heading_line(const Result& result) {
  std::string text = fmt::format("{} on {}", network_title(result), result.accelerator);
  if (!result.view.empty()) text += fmt::format(", {} view", result.view);
  text += fmt::format(", {} image{}", result.images, result.images == 1 ? "" : "s");
  if (result.batch > 1) text += fmt::format(" in batches of {}", result.batch);
  if (result.layers_left_out > 0) {
    const auto shown = static_cast<std::int64_t>(result.layers.size());
    text += fmt::format(", {} of {} layers", shown, shown + result.layers_left_out);
  }
  return text + "\n";
}

}  // namespace

LayerColumns layer_columns(const std::vector<const Result*>& results) {
  LayerColumns columns;
  NamedValues<double> used;
  Energies energy_pj;
  double largest_pj = 0;
  for (const Result* result : results) {
    for (const LayerResult& layer : result->layers) {
      used.add(layer.utilization);
      columns.has_limits |= !layer.limits.empty();
    }
    energy_pj.add(result->total.energy_by_component_pj);
    largest_pj = std::max(largest_pj, result->total.energy_pj);
  }
  columns.resources = used.names();
  columns.energy_groups = main_groups(results);
  columns.has_other = energy_pj.size() > columns.energy_groups.size();
  const EnergyUnit unit = unit_for(largest_pj);
  columns.energy_unit = unit.name;
  columns.unit_pj = unit.pj;
  return columns;
}

Table layer_table(const Result& result) { return layer_table(result, layer_columns({&result})); }

Table layer_table(const Result& result, const LayerColumns& columns) {
  std::vector<Table::Column> headings = {{"layer"},
                                         {"kind", Align::kLeft, "", kKindRank},
                                         {"cycles", Align::kRight},
                                         {"share", Align::kRight, "", kShareRank},
                                         {"bound by"}};
  if (columns.has_limits) {
    headings.push_back({"because of", Align::kLeft, "", kReasonRank});
    headings.push_back({"limits", Align::kLeft, "cycles", kResourceRank});
  }
  for (const std::string& resource : columns.resources) {
    headings.push_back({resource, Align::kRight, "", kResourceRank});
  }
  headings.push_back({"energy", Align::kRight, columns.energy_unit});
  for (const std::string& group : columns.energy_groups) {
    headings.push_back({group, Align::kRight, "", kGroupRank});
  }
  if (columns.has_other) headings.push_back({"other", Align::kRight, "", kGroupRank});

  Table table(headings);
  for (const LayerResult& layer : result.layers) {
    std::vector<Table::Cell> row = {layer.name,
                                    layer.kind,
                                    format_count(layer.cycles),
                                    format_percent(share(layer.cycles, result.total.cycles)),
                                    {binding_text(layer), emphasis_of(layer.bound_by)}};
    if (columns.has_limits) {
      row.emplace_back(reason_of_bound(result, layer));
      row.emplace_back(limits_text(layer.limits));
    }
    for (const std::string& resource : columns.resources) {
      const double* utilization = layer.utilization.find(resource);
      row.push_back(utilization == nullptr ? "-" : format_percent(*utilization));
    }
    add_energies(row, layer.energy_pj, columns);
    table.add_row(std::move(row));
  }
  table.add_rule();
  std::vector<Table::Cell> row = {"total", "", format_count(result.total.cycles),
                                  format_percent(result.total.cycles > 0 ? 1 : 0), ""};
  if (columns.has_limits) {
    row.emplace_back("");
    row.emplace_back(limits_text(total_limits(result)));
  }
  row.resize(row.size() + columns.resources.size(), Table::Cell(""));
  add_energies(row, result.total.energy_by_component_pj, columns);
  for (Table::Cell& cell : row) cell.emphasis = Emphasis::kBold;
  table.add_row(std::move(row));
  return table;
}

std::string summary_text(const Result& result) {
  const TotalResult& total = result.total;
  std::string text = heading_line(result);
  text += fmt::format("time    {} cycles, {}", format_count(total.cycles),
                      format_si(total.seconds, "s"));
  // Parts of a network take no images.
  if (total.seconds > 0 && result.layers_left_out == 0) {
    text += fmt::format(", {} images/s",
                        format_rate(static_cast<double>(result.images) / total.seconds));
  }
  text += "\n" + bound_line(result) + work_line(result) + host_line(result) + dram_line(result);
  const double joules = total.energy_pj * 1e-12;
  text += fmt::format("energy  {}, {}, EDP {}", format_si(joules, "J"),
                      format_si(result.power_w(), "W"), format_si(joules * total.seconds, "J s"));
  if (result.images > 1) {
    text +=
        fmt::format(", {} an image", format_si(joules / static_cast<double>(result.images), "J"));
  }
  text += "\n" + chip_line(result);
  text += rest_line(result) + area_line(result);
  if (result.top1) text += fmt::format("top-1   {}\n", format_percent(*result.top1));
  const VerificationResult& verification = result.verification;
  text +=
      verification.checked_outputs == 0
          ? fmt::format("values  {}\n", result.values_left_out
                                            ? "not verified, nor computed where nobody reads them"
                                            : "not verified")
          : fmt::format("values  {} outputs verified, {} differ\n",
                        format_count(verification.checked_outputs),
                        format_count(verification.mismatches));
  return text;
}

std::string memory_text(const Result& result) {
  constexpr std::size_t kWidth = 100;
  std::vector<std::pair<double, std::string>> by_size;
  for (const auto& [name, bytes] : result.memory_bytes) by_size.emplace_back(-bytes, name);
  std::stable_sort(by_size.begin(), by_size.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string text;
  std::string line = "memory  ";
  for (std::size_t i = 0; i < by_size.size(); ++i) {
    std::string part = by_size[i].second + " " + format_si(-by_size[i].first, "B");
    if (i + 1 < by_size.size()) part += ", ";
    if (line.size() + part.size() > kWidth) {
      text += line.substr(0, line.size() - 1) + "\n";  // without the blank behind the comma
      line = "        ";
    }
    line += part;
  }
  return by_size.empty() ? "" : text + line + "\n";
}

std::string terminal_text(const Result& result, Screen screen) {
  return layer_table(result).text(screen) + "\n" + summary_text(result) + memory_text(result);
}

}  // namespace escalate
