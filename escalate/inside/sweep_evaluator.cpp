#include "escalate/inside/sweep_evaluator.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "common/atomic_file.h"
#include "common/error.h"
#include "common/math.h"
#include "common/sha256.h"
#include "compiler/network_digest.h"
#include "compress/evaluate.h"
#include "escalate/inside/loaded_network.h"
#include "escalate/inside/run.h"
#include "sweep/digest.h"
#include "workloads/inputs.h"
#include "workloads/onnx/head_images.h"

namespace escalate {

std::string_view build_identity();  // made by cmake/BuildIdentity.cmake

namespace {

// Digest of the labelled images that the point asks for, as its network reads them, with their
// labels.
std::string digest_of_images(const SweepPoint& point, const IntegerNetwork& network,
                             const HostPart& head) {
  const auto images =
      open_images(point.settings.accuracy_input, head, network.nodes.at(0).out, network.transform);
  Sha256 digest;
  for (std::int64_t i = 0; i < std::min(point.settings.accuracy_images, images->size()); ++i) {
    const InputImage image = images->image(i);
    const std::vector<float>& values = image.values.values;
    digest.add(values.data(), values.size() * sizeof(float));
    digest.add(fmt::format("{} {}\n", image.label.value_or(-1), image.is_int8_steps));
  }
  return digest.hex();
}

double top1_error(const SweepPoint& point) {
  const Graph graph = read_trained_network(point.workload.path, {});
  const auto images = open_images(point.settings.accuracy_input, graph, graph.transform);
  EvaluateOptions options;
  options.images = std::min(point.settings.accuracy_images, images->size());
  const Evaluation evaluation = evaluate(graph, *images, options);
  if (evaluation.labelled == 0) {
    throw UserError({"", 0, "accuracy.input"}, "expected images with labels, '" +
                                                   point.settings.accuracy_input + "' has none");
  }
  if (!evaluation.integer) {
    throw UserError({point.workload.path, 0, ""}, "expected a calibrated network");
  }
  return 1 - double(evaluation.integer->top1) / double(evaluation.labelled);
}

/// What keeps the machine busy, over all layers. A resource that is free has no utilization.
void add_balance(const Result& result, NamedValues<double>& values) {
  NamedValues<double> bound;
  NamedCounts counters;
  for (const LayerResult& layer : result.layers) {
    bound[layer.bound_by] += double(layer.cycles);
    counters.add(layer.counters);
  }
  const auto cycles = double(result.total.cycles);
  const auto add = [&](const char* quantity, const char* resource, const char* counter) {
    const double* peak = result.peak_per_cycle.find(resource);
    if (peak != nullptr) {
      values[quantity] = ratio(double(counters.value_of(counter)), cycles * *peak);
    }
  };
  add("ca_utilization", "ca", "ca_additions");
  add("mac_utilization", "mac", "macs");
  for (const char* resource : {"ca", "mac", "input", "weights", "merge", "dram", "post"}) {
    values[fmt::format("{}_bound", resource)] = ratio(bound.value_of(resource), cycles);
  }
}

}  // namespace

NetworkEvaluator::NetworkEvaluator(std::int64_t drop_pick, int share_megabytes)
    : drop_pick_(drop_pick) {
  if (drop_pick < 0 && share_megabytes > 0) {
    shared_ = std::make_unique<SharedTable>(share_megabytes);
  }
}

std::string NetworkEvaluator::version() const {
  return fmt::format("escalate {} build {}", ESCALATE_VERSION, build_identity());
}

std::string NetworkEvaluator::content(const SweepPoint& point) {
  Loaded& loaded = load(point);
  const bool has_images = !point.settings.accuracy_input.empty();
  if (has_images && loaded.images.empty())
    loaded.images = digest_of_images(point, loaded.network, loaded.head);
  return digest_of({loaded.digest, loaded.network.name, loaded.images,
                    effective_config(point.settings).dump(), std::to_string(drop_pick_)});
}

void NetworkEvaluator::prepare(const SweepPoint& point) {
  Loaded& loaded = load(point);
  const bool has_images = !point.settings.accuracy_input.empty();
  if (has_images && !loaded.top1_error) loaded.top1_error = top1_error(point);
}

SweepRecord NetworkEvaluator::evaluate(const SweepPoint& point) {
  prepare(point);
  const Loaded& loaded = load(point);
  const int batch = point.settings.batch;
  SimulationOptions options;
  options.verify = point.settings.verify;
  options.drop_pick = drop_pick_;
  options.shared = shared_.get();
  const EnergyTable* own = point.settings.energy_table.table.get();
  const Result result = run_network_on(loaded.network, drawn_input(loaded.network, batch).images,
                                       point.settings.config, batch, options, {},
                                       own ? std::optional(*own) : std::nullopt);
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

NetworkEvaluator::Loaded& NetworkEvaluator::load(const SweepPoint& point) {
  const SweepSettings& settings = point.settings;
  const std::string key =
      fmt::format("{} {} {} {} {}", settings.terms, settings.pointwise_terms,
                  settings.accuracy_images, settings.accuracy_input, point.workload.path);
  const auto known = loaded_.find(key);
  if (known != loaded_.end()) return known->second;
  NetworkReading reading;
  reading.draw.terms = settings.terms;
  reading.draw.pointwise_terms = settings.pointwise_terms;
  check_there(point.workload.path);
  if (!is_workload(point.workload.path) && is_program_file(point.workload.path)) {
    throw UserError({point.workload.path, 0, ""},
                    "expected a network: a program fixes its machine");
  }
  LoadedNetwork network = read_network(point.workload.path, reading);
  Loaded loaded{std::move(network.network), std::move(network.head), "", "", {}};
  loaded.digest = network_digest(loaded.network);
  return loaded_.emplace(key, std::move(loaded)).first->second;
}

}  // namespace escalate
