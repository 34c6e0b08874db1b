#include "report/result.h"

#include <fmt/format.h>

#include <limits>
#include <numeric>
#include <utility>

#include "report/object_reader.h"

namespace escalate {
namespace {

// In place of all outputs that nobody reads.
constexpr char kNoValues[] = "none beyond zeros";

template <class T>
Json named_to_json(const NamedValues<T>& values) {
  Json json = Json::object();
  for (const auto& [name, value] : values) json[name] = value;
  return json;
}

Json layer_to_json(const LayerResult& layer) {
  Json json = {{"name", layer.name}, {"kind", layer.kind}};
  if (!layer.shape.empty()) json["shape"] = layer.shape;
  json.update({{"cycles", layer.cycles},
               {"bound_by", layer.bound_by},
               {"limits", named_to_json(layer.limits)},
               {"macs_dense", layer.macs_dense},
               {"counters", named_to_json(layer.counters)},
               {"row_states", named_to_json(layer.row_states)},
               {"dram", named_to_json(layer.dram)},
               {"energy_pj", named_to_json(layer.energy_pj)},
               {"utilization", named_to_json(layer.utilization)},
               {"density", named_to_json(layer.density)}});
  return json;
}

LayerResult layer_from_json(const ObjectReader& reader) {
  LayerResult layer;
  reader.read("name", layer.name);
  reader.read("kind", layer.kind);
  reader.read_if_there("shape", layer.shape);
  reader.read("cycles", layer.cycles);
  reader.read("bound_by", layer.bound_by);
  reader.read_if_there("limits", layer.limits);
  reader.read("counters", layer.counters);
  reader.read("energy_pj", layer.energy_pj);
  reader.read("utilization", layer.utilization);
  reader.read_if_there("macs_dense", layer.macs_dense);
  reader.read_if_there("row_states", layer.row_states);
  reader.read_if_there("dram", layer.dram);
  reader.read_if_there("density", layer.density);
  return layer;
}

Json line_to_json(const EnergyLine& line) {
  return {{"group", line.group},     {"component", line.component}, {"action", line.action},
          {"counter", line.counter}, {"pj_each", line.pj_each},     {"basis", line.basis}};
}

EnergyLine line_from_json(const ObjectReader& reader) {
  EnergyLine line;
  reader.read("group", line.group);
  reader.read("component", line.component);
  reader.read("action", line.action);
  reader.read("counter", line.counter);
  reader.read("pj_each", line.pj_each);
  reader.read("basis", line.basis);
  return line;
}

NumberSource source_from_json(const ObjectReader& reader) {
  NumberSource source;
  std::string kind;
  reader.read("id", source.id);
  reader.read("kind", kind);
  reader.read("text", source.text);
  source.kind = reader.named<NumberKind>("kind", kind);
  return source;
}

/// Leaves out what is not known; empty if nothing is.
Json source_to_json(const RunSource& source) {
  Json json = Json::object();
  RunSource::members(source, [&](const char* key, const std::string& value) {
    if (!value.empty()) json[key] = value;
  });
  if (!source.arguments.empty()) json["arguments"] = source.arguments;
  return json;
}

RunSource run_source_from_json(const ObjectReader& reader) {
  RunSource source;
  RunSource::members(
      source, [&](const char* key, std::string& value) { reader.read_if_there(key, value); });
  if (!reader.has("arguments")) return source;
  reader.each("arguments", [&](const Json& word, const std::string& place) {
    source.arguments.push_back(reader.text(word, place));
  });
  return source;
}

Json host_to_json(const HostWork& host) {
  return {{"head", named_to_json(host.head)},
          {"tail", named_to_json(host.tail)},
          {"cycles", 0},
          {"energy_pj", 0}};
}

HostWork host_from_json(const ObjectReader& reader) {
  HostWork host;
  reader.read_if_there("head", host.head);
  reader.read_if_there("tail", host.tail);
  return host;
}

std::string counts_text(const NamedCounts& counts) {
  std::vector<std::string> words;
  for (const auto& [op, count] : counts) {
    words.push_back(count == 1 ? op : fmt::format("{} {}", count, op));
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

Json total_to_json(const Result& result) {
  const TotalResult& total = result.total;
  return {{"cycles", total.cycles},
          {"cycles_by_image", total.cycles_by_image},
          {"seconds", total.seconds},
          {"energy_pj", total.energy_pj},
          {"energy_by_component_pj", named_to_json(total.energy_by_component_pj)},
          {"power_w", result.power_w()},
          {"area_mm2", result.area_mm2.sum()},
          {"macs_dense", total.macs_dense}};
}

TotalResult total_from_json(const ObjectReader& reader) {
  TotalResult total;
  reader.read("cycles", total.cycles);
  reader.each("cycles_by_image", [&](const Json& json, const std::string& key) {
    total.cycles_by_image.push_back(reader.whole(json, key));
  });
  reader.read("seconds", total.seconds);
  reader.read("energy_pj", total.energy_pj);
  reader.read_if_there("energy_by_component_pj", total.energy_by_component_pj);
  reader.read("macs_dense", total.macs_dense);
  return total;
}

/// UserError where counts are so large that sums of them might not fit into 64 bits.
void check_counts(const Result& result, const ObjectReader& reader, const std::string& file) {
  constexpr double kMost = double(std::int64_t{1} << 62);
  double sum = 0;
  for (const LayerResult& layer : result.layers) {
    sum += double(layer.cycles) + double(layer.macs_dense);
    for (const NamedCounts* counts : {&layer.counters, &layer.row_states, &layer.dram}) {
      for (const auto& [name, count] : *counts) sum += double(count);
    }
  }
  if (sum > kMost) {
    throw UserError({file, 0, reader.path("layers")}, "its counts sum to more than 2^62");
  }
  sum = 0;
  for (const std::int64_t cycles : result.total.cycles_by_image) sum += double(cycles);
  if (sum > kMost) {
    throw UserError({file, 0, reader.path("total.cycles_by_image")}, "sum to more than 2^62");
  }
}

/// UserError where what the whole run says is not the sum of its layers, as in a damaged file.
void check_totals(const Result& result, const ObjectReader& reader, const std::string& file) {
  std::int64_t cycles = 0, macs = 0;
  for (const LayerResult& layer : result.layers) {
    cycles += layer.cycles;
    macs += layer.macs_dense;
  }
  const TotalResult& total = result.total;
  const auto expect = [&](const char* key, std::int64_t value, std::int64_t sum) {
    if (value == sum) return;
    throw UserError({file, 0, reader.path(key)},
                    fmt::format("is {}, but its parts sum to {}", value, sum));
  };
  expect("total.cycles", total.cycles, cycles);
  expect("total.macs_dense", total.macs_dense, macs);
  if (!total.cycles_by_image.empty()) {
    expect("total.cycles_by_image",
           std::accumulate(total.cycles_by_image.begin(), total.cycles_by_image.end(),
                           std::int64_t{0}),
           total.cycles);
  }
  if ((total.seconds > 0) != (total.cycles > 0)) {
    throw UserError({file, 0, reader.path("total.seconds")},
                    "does not go with the number of cycles");
  }
  if (result.images < 1) throw UserError({file, 0, reader.path("images")}, "expected at least 1");
}

}  // namespace

std::string host_text(const HostWork& host) {
  std::string text;
  if (!host.head.empty()) text = counts_text(host.head) + " in front of the network";
  if (!host.tail.empty()) {
    text += fmt::format("{}{} behind {}", text.empty() ? "" : "; ", counts_text(host.tail),
                        text.empty() ? "the network" : "it");
  }
  return text;
}

double Result::power_w() const {
  return total.seconds > 0 ? total.energy_pj * 1e-12 / total.seconds : 0;
}

void sum_up(Result& result, double clock_hz) {
  TotalResult& total = result.total;
  total.cycles = 0;
  total.macs_dense = 0;
  total.energy_by_component_pj = {};
  for (const LayerResult& layer : result.layers) {
    total.cycles += layer.cycles;
    total.macs_dense += layer.macs_dense;
    total.energy_by_component_pj.add(layer.energy_pj);
  }
  total.energy_pj = total.energy_by_component_pj.sum();
  total.seconds = static_cast<double>(total.cycles) / clock_hz;
  const std::int64_t by_image =
      std::accumulate(total.cycles_by_image.begin(), total.cycles_by_image.end(), std::int64_t{0});
  ensure(total.cycles_by_image.empty() || by_image == total.cycles,
         "the cycles of the images do not sum to those of the layers");
}

Json result_to_json(const Result& result) {
  Json json = {{"schema", kResultSchema},
               {"accelerator", result.accelerator},
               {"view", result.view},
               {"network", result.network},
               {"source", source_to_json(result.source)},
               {"config", result.config},
               {"images", result.images},
               {"layers", Json::array()},
               {"total", total_to_json(result)},
               {"energy_table", Json::array()},
               {"energy_sources", Json::array()},
               {"area_mm2", named_to_json(result.area_mm2)},
               {"memory_bytes", named_to_json(result.memory_bytes)},
               {"peak_per_cycle", named_to_json(result.peak_per_cycle)},
               {"verification",
                {{"checked_outputs", result.verification.checked_outputs},
                 {"mismatches", result.verification.mismatches}}}};
  for (const LayerResult& layer : result.layers) json["layers"].push_back(layer_to_json(layer));
  for (const EnergyLine& line : result.energy_table) {
    json["energy_table"].push_back(line_to_json(line));
  }
  for (const NumberSource& source : result.energy_sources) {
    json["energy_sources"].push_back(
        {{"id", source.id}, {"kind", enum_name(source.kind)}, {"text", source.text}});
  }
  if (json["source"].empty()) json.erase("source");
  if (!result.source.host.empty()) json["host"] = host_to_json(result.source.host);
  if (result.memory_bytes.empty()) json.erase("memory_bytes");
  if (!result.arrangement.empty()) json["arrangement"] = result.arrangement;
  if (result.batch > 0) json["batch"] = result.batch;
  if (result.values_left_out) json["values"] = kNoValues;
  if (result.layers_left_out > 0) json["layers_left_out"] = result.layers_left_out;
  if (result.rest) {
    json["rest"] = {{"layers", result.rest->layers},
                    {"seconds", result.rest->seconds},
                    {"energy_pj", result.rest->energy_pj}};
  }
  if (!result.classes.empty()) json["classes"] = result.classes;
  if (result.top1) json["top1"] = *result.top1;
  if (result.explanation) json["explanation"] = explanation_to_json(*result.explanation);
  return json;
}

Result result_from_json(const Json& json, const std::string& file, const std::string& key) {
  const ObjectReader reader(json, file, key);
  std::string schema;
  reader.read("schema", schema);
  if (schema != kResultSchema) {
    throw UserError({file, 0, reader.path("schema")},
                    "expected '" + std::string(kResultSchema) + "', got '" + schema + "'");
  }
  Result result;
  reader.read("accelerator", result.accelerator);
  reader.read("view", result.view);
  reader.read("network", result.network);
  reader.read_if_there("arrangement", result.arrangement);
  result.config = reader.member("config");
  reader.read("images", result.images);
  if (reader.has("source")) result.source = run_source_from_json(reader.object("source"));
  if (reader.has("host")) result.source.host = host_from_json(reader.object("host"));
  reader.read_if_there("batch", result.batch);
  reader.each("layers", [&](const Json& layer, const std::string& place) {
    result.layers.push_back(layer_from_json(ObjectReader(layer, file, place)));
  });
  if (reader.has("layers_left_out")) reader.read("layers_left_out", result.layers_left_out);
  result.total = total_from_json(reader.object("total"));
  if (reader.has("rest")) {
    const ObjectReader rest = reader.object("rest");
    result.rest.emplace();
    rest.read("layers", result.rest->layers);
    rest.read("seconds", result.rest->seconds);
    rest.read("energy_pj", result.rest->energy_pj);
  }
  if (reader.has("energy_table")) {
    reader.each("energy_table", [&](const Json& line, const std::string& place) {
      result.energy_table.push_back(line_from_json(ObjectReader(line, file, place)));
    });
  }
  if (reader.has("energy_sources")) {
    reader.each("energy_sources", [&](const Json& source, const std::string& place) {
      result.energy_sources.push_back(source_from_json(ObjectReader(source, file, place)));
    });
  }
  reader.read_if_there("area_mm2", result.area_mm2);
  reader.read_if_there("memory_bytes", result.memory_bytes);
  reader.read_if_there("peak_per_cycle", result.peak_per_cycle);
  const ObjectReader verification = reader.object("verification");
  verification.read("checked_outputs", result.verification.checked_outputs);
  verification.read("mismatches", result.verification.mismatches);
  if (reader.has("values")) {
    std::string values;
    reader.read("values", values);
    if (values != kNoValues) {
      throw UserError({file, 0, reader.path("values")},
                      fmt::format("expected '{}', got '{}'", kNoValues, values));
    }
    result.values_left_out = true;
  }
  if (reader.has("classes")) {
    reader.each("classes", [&](const Json& element, const std::string& place) {
      const std::int64_t number = reader.whole(element, place);
      if (number > std::numeric_limits<int>::max()) {
        throw UserError({file, 0, place}, "expected the number of a class");
      }
      result.classes.push_back(int(number));
    });
  }
  if (reader.has("top1")) reader.read("top1", result.top1.emplace());
  if (reader.has("explanation")) {
    result.explanation = explanation_from_json(reader.object("explanation"));
  }
  check_counts(result, reader, file);
  check_totals(result, reader, file);
  return result;
}

void write_result(const std::string& path, const Result& result) {
  write_json(path, result_to_json(result));
}

Result read_result(const std::string& path) { return result_from_json(read_json(path), path); }

}  // namespace escalate
