#include "report/ablation.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "common/error.h"
#include "common/math.h"

namespace escalate {
namespace {

int ceil_log2_of(std::int64_t value) {
  int bits = 0;
  while ((std::int64_t{1} << bits) < value) ++bits;
  return bits;
}

std::int64_t bytes_of(std::int64_t elements, int bits) { return map_bytes(elements * bits); }

LayerOrders orders_of(const IntegerNetwork& network, const IntegerNode& node,
                      const LayerResult& result, std::int64_t images,
                      const MachineConfig& machine) {
  const Shape& in = network.nodes[std::size_t(node.inputs.at(0))].out;
  const std::int64_t positions = std::int64_t{node.out.h} * node.out.w;
  const std::int64_t coefficients =
      std::int64_t(node.coefficients.size()) -
      std::count(node.coefficients.begin(), node.coefficients.end(), std::int8_t{0});
  LayerOrders orders;
  orders.name = node.name;
  orders.combined_bytes =
      bytes_of(result.counters.value_of("elements"), machine.intermediate_bits()) / images;
  orders.combined_input_bytes = result.counters.value_of("network_bytes") / images;
  // A product of 8 x 8 bits, and a sum of R x S of them.
  const int convolved_bits = 16 + ceil_log2_of(std::int64_t{node.window.r} * node.window.s);
  orders.convolved_bytes = bytes_of(std::int64_t{in.c} * node.terms * positions, convolved_bits);
  orders.convolved_read_bytes = bytes_of(coefficients * positions, convolved_bits);
  orders.convolved_input_bytes =
      static_cast<std::int64_t>(double(in.size()) * result.density.value_of("input")) +
      bytes_of(in.size(), 1);
  return orders;
}

}  // namespace

Ablation::Ablation(std::vector<AblationRun> runs, const IntegerNetwork& network,
                   const MachineConfig& machine)
    : runs_(std::move(runs)) {
  ensure(!runs_.empty(), "an ablation without a run");
  const Result& base = runs_.front().result;
  for (const AblationRun& run : runs_) {
    ensure(std::equal(base.layers.begin(), base.layers.end(), run.result.layers.begin(),
                      run.result.layers.end(),
                      [](const auto& a, const auto& b) { return a.name == b.name; }),
           "runs of an ablation have the same layers");
  }
  std::map<std::string, const LayerResult*> by_name;
  for (const LayerResult& layer : base.layers) by_name[layer.name] = &layer;
  for (const IntegerNode& node : network.nodes) {
    const auto found = by_name.find(node.name);
    const bool has_two_stages = node.op == IntegerOp::kConv &&
                                node.form == WeightForm::kDecomposed &&
                                node.window.r * node.window.s > 1;
    if (!has_two_stages || found == by_name.end()) continue;
    orders_.push_back(orders_of(network, node, *found->second, base.images, machine));
  }
  queued_bytes_ = bytes_of(
      std::int64_t{machine.blocks} * machine.slices * machine.rows * machine.ca.element_queue,
      machine.intermediate_bits());
}

Table Ablation::cycle_table() const {
  const Result& base = runs_.front().result;
  std::vector<Table::Column> columns = {{"layer"}, {"bound by"}, {"cycles", Align::kRight}};
  for (std::size_t i = 1; i < runs_.size(); ++i) columns.push_back({runs_[i].name, Align::kRight});
  Table table(columns);
  const auto add = [&](const std::string& name, const std::string& bound_by, std::int64_t cycles,
                       auto&& cycles_of) {
    std::vector<Table::Cell> row = {name, bound_by, format_count(cycles)};
    for (std::size_t i = 1; i < runs_.size(); ++i) {
      row.emplace_back(fmt::format("{:.2f}x", ratio(cycles_of(runs_[i].result), cycles)));
    }
    table.add_row(std::move(row));
  };
  for (std::size_t j = 0; j < base.layers.size(); ++j) {
    const LayerResult& layer = base.layers[j];
    add(layer.name, layer.bound_by, layer.cycles,
        [j](const Result& result) { return result.layers[j].cycles; });
  }
  table.add_rule();
  add("total", "", base.total.cycles, [](const Result& result) { return result.total.cycles; });
  return table;
}

Table Ablation::meaning_table() const {
  Table table({{"column"},
               {"what is different"},
               {"cycles", Align::kRight},
               {"energy", Align::kRight},
               {"area", Align::kRight}});
  const Result& base = runs_.front().result;
  const auto times = [](double value, double of_base) {
    return of_base > 0 ? fmt::format("{:.2f}x", value / of_base) : "";
  };
  for (std::size_t i = 1; i < runs_.size(); ++i) {
    const Result& result = runs_[i].result;
    table.add_row({runs_[i].name, runs_[i].meaning,
                   times(double(result.total.cycles), double(base.total.cycles)),
                   times(result.total.energy_pj, base.total.energy_pj),
                   times(result.area_mm2.sum(), base.area_mm2.sum())});
  }
  return table;
}

Table Ablation::order_table() const {
  Table table({{"layer"},
               {"combined", Align::kRight},
               {"its inputs", Align::kRight},
               {"convolved", Align::kRight},
               {"read of it", Align::kRight},
               {"inputs of that", Align::kRight}});
  LayerOrders sum{"total"};
  const auto bytes = [](std::int64_t count) { return format_si(double(count), "B"); };
  const auto add = [&](const LayerOrders& layer) {
    table.add_row({layer.name, bytes(layer.combined_bytes), bytes(layer.combined_input_bytes),
                   bytes(layer.convolved_bytes), bytes(layer.convolved_read_bytes),
                   bytes(layer.convolved_input_bytes)});
  };
  for (const LayerOrders& layer : orders_) {
    add(layer);
    sum.combined_bytes += layer.combined_bytes;
    sum.combined_input_bytes += layer.combined_input_bytes;
    sum.convolved_bytes += layer.convolved_bytes;
    sum.convolved_read_bytes += layer.convolved_read_bytes;
    sum.convolved_input_bytes += layer.convolved_input_bytes;
  }
  table.add_rule();
  add(sum);
  return table;
}

std::string Ablation::document() const {
  return cycle_table().markdown() + "\n" + meaning_table().markdown() + "\n" +
         order_table().markdown();
}

Json Ablation::to_json() const {
  const Result& base = runs_.front().result;
  Json json = {{"schema", kAblationSchema},    {"network", base.network},
               {"file", base.source.file},     {"network_sha256", base.source.network},
               {"images", base.images},        {"config", base.config},
               {"queued_bytes", queued_bytes_}};
  json["runs"] = Json::array();
  for (const AblationRun& run : runs_) {
    Json layers = Json::object();
    for (const LayerResult& layer : run.result.layers) layers[layer.name] = layer.cycles;
    json["runs"].push_back({{"name", run.name},
                            {"meaning", run.meaning},
                            {"cycles", run.result.total.cycles},
                            {"energy_pj", run.result.total.energy_pj},
                            {"area_mm2", run.result.area_mm2.sum()},
                            {"cycles_by_layer", layers}});
  }
  json["orders"] = Json::array();
  for (const LayerOrders& layer : orders_) {
    json["orders"].push_back({{"layer", layer.name},
                              {"combined_bytes", layer.combined_bytes},
                              {"combined_input_bytes", layer.combined_input_bytes},
                              {"convolved_bytes", layer.convolved_bytes},
                              {"convolved_read_bytes", layer.convolved_read_bytes},
                              {"convolved_input_bytes", layer.convolved_input_bytes}});
  }
  return json;
}

}  // namespace escalate
