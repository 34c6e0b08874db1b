#include "apps/sweep_evaluator.h"

#include <fmt/format.h>

#include <algorithm>

#include "apps/network_source.h"
#include "common/atomic_file.h"
#include "common/error.h"
#include "common/random.h"
#include "compiler/compile.h"
#include "compress/evaluate.h"
#include "model/simulation.h"
#include "report/result_energy.h"
#include "report/simulation_result.h"
#include "workloads/draw.h"
#include "workloads/inputs.h"

namespace escalate {
namespace {

std::string_view bytes_of(const std::vector<std::int8_t>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size()};
}

// Of everything in a network that cycles and energy depend on.
std::uint64_t fingerprint(const IntegerNetwork& network) {
  std::uint64_t hash = 0;
  for (const IntegerNode& node : network.nodes) {
    hash = seed_for(hash, node.name);
    hash = seed_for(hash, bytes_of(node.coefficients));
    hash = seed_for(hash, bytes_of(node.basis));
    hash = seed_for(hash, bytes_of(node.weights));
    if (node.substitute) hash = seed_for(hash, bytes_of(node.substitute->values));
    std::string numbers = fmt::format("{} {} {} {} {} {}", int(node.op), node.out.c, node.out.h,
                                      node.out.w, node.groups, node.terms);
    for (const std::int32_t bias : node.bias) numbers += fmt::format(" {}", bias);
    for (const FixedPoint& factor : node.requant) {
      numbers += fmt::format(" {} {}", factor.multiplier, factor.shift);
    }
    hash = seed_for(hash, numbers);
  }
  return hash;
}

double top1_error(const SweepPoint& point) {
  const Graph graph = read_trained_network(point.workload);
  const auto images =
      open_input(point.settings.accuracy_input, graph.nodes.at(0).out, graph.transform);
  EvaluateOptions options;
  options.images = std::min(point.settings.accuracy_images, images->size());
  const Evaluation evaluation = evaluate(graph, *images, options);
  if (evaluation.labelled == 0) {
    throw UserError({"", 0, "accuracy.input"}, "expected images with labels, '" +
                                                   point.settings.accuracy_input + "' has none");
  }
  if (!evaluation.integer) {
    throw UserError({point.workload, 0, ""}, "expected a calibrated network");
  }
  return 1 - double(evaluation.integer->top1) / double(evaluation.labelled);
}

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

/// What keeps the machine busy, over all layers.
void add_balance(const Result& result, NamedValues<double>& values) {
  NamedValues<double> bound;
  NamedCounts counters;
  for (const LayerResult& layer : result.layers) {
    bound[layer.bound_by] += double(layer.cycles);
    counters.add(layer.counters);
  }
  const auto cycles = double(result.total.cycles);
  values["ca_utilization"] = ratio(double(counters.value_of("ca_additions")),
                                   cycles * result.peak_per_cycle.value_of("ca"));
  values["mac_utilization"] =
      ratio(double(counters.value_of("macs")), cycles * result.peak_per_cycle.value_of("mac"));
  for (const char* resource : {"ca", "mac", "dram"}) {
    values[fmt::format("{}_bound", resource)] = ratio(bound.value_of(resource), cycles);
  }
}

}  // namespace

std::string NetworkEvaluator::version() const {
  static const std::string kVersion = fmt::format("escalate {} build {:08x}", ESCALATE_VERSION,
                                                  seed_for(0, read_file("/proc/self/exe")) >> 32);
  return kVersion;
}

std::string NetworkEvaluator::content(const SweepPoint& point) {
  const Loaded& loaded = load(point);
  std::string content =
      fmt::format("{:016x}\nbatch {}\n{}", loaded.fingerprint, point.settings.batch,
                  fields_to_json(point.settings.config).dump());
  if (loaded.top1_error) content += fmt::format("\n{} {}", kTop1Error, *loaded.top1_error);
  return content;
}

void NetworkEvaluator::prepare(const SweepPoint& point) { load(point); }

SweepRecord NetworkEvaluator::evaluate(const SweepPoint& point) {
  const Loaded& loaded = load(point);
  const int batch = point.settings.batch;
  const RunConfig& config = point.settings.config;
  const Program program = compile(loaded.network, config.machine, batch);
  std::vector<Activations> images;
  for (int i = 0; i < batch; ++i) images.push_back(synthetic_input(loaded.network, i));
  SimulationOptions options;
  options.verify = Verify::kNone;
  Result result = simulation_result(program, simulate(program, images, options), batch);
  charge_energy(result, config.machine, config.energy);
  SweepRecord record;
  record.values["cycles"] = double(result.total.cycles) / batch;
  record.values["seconds"] = result.total.seconds / batch;
  record.values["energy_pj"] = result.total.energy_pj / batch;
  record.values["edp_js"] = result.total.energy_pj * 1e-12 / batch * result.total.seconds / batch;
  record.values["power_w"] = result.power_w();
  record.values["area_delay_mm2s"] = result.area_mm2.sum() * result.total.seconds / batch;
  if (loaded.top1_error) record.values[kTop1Error] = *loaded.top1_error;
  add_balance(result, record.values);
  record.result = result_to_json(result);
  return record;
}

const NetworkEvaluator::Loaded& NetworkEvaluator::load(const SweepPoint& point) {
  const std::string key =
      fmt::format("{} {} {}", point.workload, point.settings.terms, point.settings.pointwise_terms);
  const auto known = loaded_.find(key);
  if (known != loaded_.end()) return known->second;
  NetworkOptions options;
  options.terms = point.settings.terms;
  options.pointwise_terms = point.settings.pointwise_terms;
  CommonOptions common;
  common.quiet = true;
  LoadedNetwork network = load_network(point.workload, common, options);
  if (network.program) {
    throw UserError({point.workload, 0, ""}, "expected a network: a program fixes its machine");
  }
  Loaded loaded{std::move(network.network), 0, {}};
  loaded.fingerprint = fingerprint(loaded.network);
  if (!point.settings.accuracy_input.empty()) loaded.top1_error = top1_error(point);
  return loaded_.emplace(key, std::move(loaded)).first->second;
}

}  // namespace escalate
