#include "apps/sweep_command.h"

#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <memory>

#include "apps/network_source.h"
#include "common/atomic_file.h"
#include "common/error.h"
#include "common/random.h"
#include "compiler/compile.h"
#include "energy/accelerator_energy.h"
#include "model/simulation.h"
#include "report/result_energy.h"
#include "report/simulation_result.h"
#include "sweep/runner.h"
#include "sweep/summary.h"
#include "workloads/draw.h"

namespace escalate {
namespace {

constexpr int kBestPoints = 3;

volatile std::sig_atomic_t interrupted = 0;

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

std::int64_t sram_bytes(const MachineConfig& machine) {
  const auto with_maps = [](std::int64_t bytes) { return bytes * 9 / 8; };
  const std::int64_t row = 4 * std::int64_t{machine.mac.line_buffer_words};
  const std::int64_t block = 2 * std::int64_t{machine.coefficient_bank_bytes} +
                             with_maps(std::int64_t{machine.ring.chunks} * machine.ca.chunk) +
                             2 * 4 * std::int64_t{machine.output_bank_words} +
                             row * machine.slices * machine.rows;
  return with_maps(machine.global_buffer_bytes) + block * machine.blocks;
}

class Evaluator : public SweepEvaluator {
 public:
  std::string content(const SweepPoint& point) override {
    const Loaded& loaded = load(point);
    return fmt::format("escalate {}\n{:016x}\nbatch {}\n{}", ESCALATE_VERSION, loaded.fingerprint,
                       point.settings.batch, fields_to_json(point.settings.config).dump());
  }

  NamedValues<double> before(const SweepPoint& point) override {
    const RunConfig& config = point.settings.config;
    NamedValues<double> values;
    values["area_mm2"] =
        accelerator_energy(config.machine, CostModel(config.energy)).area_mm2_by_group().sum();
    values["multipliers"] = double(config.machine.multipliers());
    values["adder_inputs"] = double(config.machine.adder_inputs());
    values["sram_bytes"] = double(sram_bytes(config.machine));
    return values;
  }

  void prepare(const SweepPoint& point) override { load(point); }

  SweepRecord evaluate(const SweepPoint& point) override {
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
    record.result = result_to_json(result);
    return record;
  }

 private:
  struct Loaded {
    IntegerNetwork network;
    std::uint64_t fingerprint;
  };

  const Loaded& load(const SweepPoint& point) {
    const std::string key = fmt::format("{} {} {}", point.workload, point.settings.terms,
                                        point.settings.pointwise_terms);
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
    Loaded loaded{std::move(network.network), 0};
    loaded.fingerprint = fingerprint(loaded.network);
    return loaded_.emplace(key, std::move(loaded)).first->second;
  }

  std::map<std::string, Loaded> loaded_;
};

struct Options {
  CommonOptions common;
  std::string store;
  bool show = false;
  bool retry = false;
};

void print_summary(const SweepSpec& spec, const std::vector<SweepMember>& members) {
  const bool colour = wants_colour(stdout);
  fmt::print("best points\n{}", best_points(spec, members, kBestPoints).text(colour));
  fmt::print("\nPareto front\n{}", front_table(spec, members).text(colour));
  fmt::print("\nsensitivity: geometric means by value of an axis, relative to its best one\n{}",
             sensitivity(spec, members).text(colour));
}

}  // namespace

int run_sweep_command(const std::vector<std::string>& args) {
  Options options;
  CommandLine line("sweep", "SPEC.yaml",
                   "Runs a network on many machines. What is finished is kept in a store: a sweep "
                   "that was stopped goes on\nwhere it was.");
  line.common(options.common, {CommonOption::kJobs, CommonOption::kOutput, CommonOption::kQuiet})
      .option({"store", "FILE", "SQLite file (default: beside SPEC, ending in .sqlite)"},
              options.store)
      .flag({"show", "", "run nothing, show what the store has"}, options.show)
      .flag({"retry-failed", "", "run points again that failed"}, options.retry);
  if (!line.parse(args, 1, 1)) return static_cast<int>(ExitStatus::kDone);
  const std::string& path = line.operands()[0];
  const SweepSpec spec = read_sweep_spec(path);
  if (!options.common.output.empty()) check_writable(options.common.output);
  if (options.store.empty()) {
    options.store = std::filesystem::path(path).replace_extension(".sqlite").string();
  }
  if (options.show && !std::filesystem::exists(options.store)) {
    throw UserError({options.store, 0, ""}, "there is no such store");
  }
  SweepStore store(options.store);
  if (options.retry) store.forget_failed();

  SweepOptions sweep;
  sweep.jobs = options.common.jobs;
  sweep.quiet = options.common.quiet;
  sweep.stop = [] { return interrupted != 0; };
  if (options.show) sweep.stop = [] { return true; };
  struct sigaction action = {};
  action.sa_handler = [](int) { interrupted = 1; };
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  Evaluator evaluator;
  const SweepCounts counts = run_sweep(spec, store, evaluator, sweep);

  const auto members = store.members(counts.sweep);
  if (!options.common.output.empty()) {
    write_file(options.common.output, all_points(spec, members).csv());
  }
  if (!options.common.quiet) {
    print_summary(spec, members);
    fmt::print("\n{}: {} points, {} done, {} failed, {} excluded; {} ran now\n", options.store,
               counts.points, counts.done, counts.failed, counts.excluded, counts.ran);
  }
  if (counts.stopped && !options.show) {
    fmt::print(stderr, "escalate: stopped; the same command goes on where it was\n");
    return static_cast<int>(ExitStatus::kCheckFailed);
  }
  return static_cast<int>(ExitStatus::kDone);
}

}  // namespace escalate
