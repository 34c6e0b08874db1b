#include "report/layer_limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "common/table.h"

namespace escalate {
namespace {

using Entry = std::pair<double, std::string>;

/// By value, largest first; of equal ones in the order of `values`.
std::vector<Entry> largest_first(const NamedValues<double>& values) {
  std::vector<Entry> entries;
  for (const auto& [name, value] : values) entries.emplace_back(value, name);
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.first > b.first; });
  return entries;
}

std::string name_of_largest(const NamedValues<double>& values) {
  const std::vector<Entry> entries = largest_first(values);
  return entries.empty() || entries.front().first <= 0 ? "" : entries.front().second;
}

/// A part that is taken for the whole is at least this share of it.
constexpr double kMainShare = 0.8;

/// 182345.6 as "182k", 593.2 as "593".
std::string short_count(double count) {
  if (count < 999.5) return fmt::format("{:.0f}", count);
  std::string text = format_si(count, "");
  std::erase(text, ' ');
  return text;
}

double count_of(const LayerResult& layer, const char* counter) {
  return double(layer.counters.value_of(counter));
}

/// An entry takes a cycle, however wide the network is; more bytes than fit take more.
std::string reason_of_input(const LayerResult& layer, double busy) {
  if (layer.counters.find("entries_sent") == nullptr) return "";
  return count_of(layer, "entries_sent") >= kMainShare * busy ? "entries a cycle" : "bytes a cycle";
}

std::string reason_of_ca(const LayerResult& layer) {
  if (count_of(layer, "concentrator_steps") == 0) return "taking cycles";
  return name_of_largest({{"elements", count_of(layer, "elements")},
                          {"ring chunks", count_of(layer, "ring_chunks_read")},
                          {"concentrator steps", count_of(layer, "concentrator_steps")}});
}

/// Multipliers that are used in part are lost to the rounding of an element to whole cycles.
/// Waiting for weights is part of the same limit.
std::string reason_of_mac(const Result& result, const LayerResult& layer) {
  const double busy = count_of(layer, "mac_busy_cycles");
  if (busy == 0 || !result.config.is_object() || !result.config.contains("mac")) return "";
  const Json& mac = result.config.at("mac");
  if (!mac.is_object() || !mac.contains("multipliers")) return "";
  if (!mac.at("multipliers").is_number_integer()) return "";
  const double possible = busy * double(mac.at("multipliers").get<std::int64_t>());
  const std::string reason =
      count_of(layer, "macs") >= kMainShare * possible ? "multipliers" : "whole cycles";
  const double waited = double(layer.row_states.value_of("wait_weights"));
  return waited > (1 - kMainShare) * (busy + waited) ? reason + ", weight port" : reason;
}

/// What DRAM needs beyond the time of its bursts is waiting that no work hides.
std::string reason_of_dram(const Result& result, const LayerResult& layer, double cycles) {
  const double peak = result.peak_per_cycle.value_of("dram");
  if (layer.counters.find("dram_read_bytes") == nullptr || peak <= 0) return "";
  const double read = count_of(layer, "dram_read_bytes");
  const double written = count_of(layer, "dram_written_bytes");
  if ((read + written) / peak < kMainShare * cycles) return "latency";
  return read >= written ? "reads" : "writes";
}

std::string reason_of_post(const LayerResult& layer, double cycles) {
  if (layer.counters.find("post_busy_cycles") == nullptr) return "";
  if (count_of(layer, "post_busy_cycles") < kMainShare * cycles) return "waiting for drains";
  return name_of_largest({{"outputs", count_of(layer, "outputs_requantized")},
                          {"additions", count_of(layer, "residual_additions")},
                          {"products", count_of(layer, "products_requantized")},
                          {"pool operands", count_of(layer, "pool_operands")}});
}

}  // namespace

std::vector<std::string> binding_resources(const LayerResult& layer) {
  std::vector<std::string> names = {layer.bound_by};
  const double* largest = layer.limits.find(layer.bound_by);
  if (largest == nullptr || *largest <= 0) return names;
  for (const auto& [cycles, name] : largest_first(layer.limits)) {
    if (name != layer.bound_by && cycles >= kNearTieRatio * *largest) names.push_back(name);
  }
  return names;
}

std::string binding_text(const LayerResult& layer) {
  return fmt::format("{}", fmt::join(binding_resources(layer), ", "));
}

std::string limits_text(const NamedValues<double>& limits) {
  std::vector<std::string> texts;
  for (const auto& [cycles, name] : largest_first(limits)) {
    if (cycles >= 0.5) texts.push_back(name + " " + short_count(cycles));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string reason_of_limit(const Result& result, const LayerResult& layer,
                            const std::string& resource) {
  const double* cycles = layer.limits.find(resource);
  if (cycles == nullptr || *cycles <= 0) return "";
  if (resource == "input") return reason_of_input(layer, *cycles);
  if (resource == "ca") return reason_of_ca(layer);
  if (resource == "mac") return reason_of_mac(result, layer);
  if (resource == "weights") return "bytes of the weight port";
  if (resource == "merge") {
    return name_of_largest({{"lines", double(layer.row_states.value_of("wait_merge"))},
                            {"queue full", double(layer.row_states.value_of("queue_full"))}});
  }
  if (resource == "dram") return reason_of_dram(result, layer, *cycles);
  if (resource == "post") return reason_of_post(layer, *cycles);
  return "";
}

std::string reason_of_bound(const Result& result, const LayerResult& layer) {
  return reason_of_limit(result, layer, layer.bound_by);
}

NamedValues<double> total_limits(const Result& result) {
  NamedValues<double> total;
  for (const LayerResult& layer : result.layers) total.add(layer.limits);
  return total;
}

std::string bound_shares_text(const Result& result) {
  NamedValues<double> cycles;
  std::map<std::string, NamedValues<double>> by_reason;
  for (const LayerResult& layer : result.layers) {
    if (layer.bound_by.empty()) continue;
    cycles[layer.bound_by] += double(layer.cycles);
    by_reason[layer.bound_by][reason_of_bound(result, layer)] += double(layer.cycles);
  }
  std::vector<std::string> texts;
  for (const auto& [bound, name] : largest_first(cycles)) {
    if (bound <= 0) continue;
    const std::string reason = name_of_largest(by_reason[name]);
    texts.push_back(fmt::format("{} {}{}", name,
                                format_percent(bound / double(result.total.cycles)),
                                reason.empty() ? "" : " (" + reason + ")"));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

}  // namespace escalate
