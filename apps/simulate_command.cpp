#include "apps/simulate_command.h"

#include <fmt/format.h>

#include <future>

#include "apps/energy_option.h"
#include "apps/network_source.h"
#include "apps/output.h"
#include "apps/result_output.h"
#include "common/console.h"
#include "common/progress.h"
#include "compiler/compile.h"
#include "energy/accelerator_energy.h"
#include "energy/memory_sizes.h"
#include "escalate/inside/run.h"
#include "escalate/inside/run_source.h"
#include "report/result_energy.h"
#include "report/terminal_table.h"
#include "report/timeline.h"
#include "workloads/shuffle.h"

namespace escalate {
namespace {

enum class Explained { kNothing, kEnergy };
enum class Values { kNeeded, kAll };

}  // namespace

template <>
struct EnumNames<Explained> {
  static constexpr auto kNames =
      std::to_array<std::pair<Explained, std::string_view>>({{Explained::kEnergy, "energy"}});
};

template <>
struct EnumNames<Values> {
  static constexpr auto kNames = std::to_array<std::pair<Values, std::string_view>>(
      {{Values::kNeeded, "needed"}, {Values::kAll, "all"}});
};

namespace {

struct SimulateArguments {
  CommonOptions common;
  NetworkOptions network;
  Verify verify = Verify::kSample;
  Values values = Values::kNeeded;
  std::string energy_table;
  Explained explain = Explained::kNothing;
  std::int64_t drop_pick = -1;
  bool shuffle = false;
  std::string trace;
  std::vector<std::string> trace_units;
  std::string trace_window;
  std::string timeline;
};

CommandLine command_line(SimulateArguments& options) {
  CommandLine line("simulate", "NETWORK",
                   "Runs a network (ONNX, YAML workload or compiled program) on the machine: "
                   "cycles, energy, and outputs\nchecked against a dense integer convolution.\n\n"
                   "The table by layer: bound by, the resource that alone would need most of the "
                   "cycles, and those near it;\nbecause of, which of its rates; limits, the cycles "
                   "that each alone would need; rows, ca, mac, dram, work done\nover work possible "
                   "(of PE rows, adders, multipliers, DRAM); then energies by group "
                   "(docs/glossary.md).");
  line.common(options.common, {CommonOption::kArch, CommonOption::kView, CommonOption::kInput,
                               CommonOption::kImages, CommonOption::kBatch, CommonOption::kLayers,
                               CommonOption::kSeed, CommonOption::kJobs, CommonOption::kOutput,
                               CommonOption::kJson, CommonOption::kQuiet});
  options.network.add_network_to(line);
  options.network.images.add_to(line);
  line.option({"verify", "HOW",
               "which outputs are accumulated from the concentrator's picks and compared: all, "
               "sample (default: 1%) or none"},
              options.verify)
      .option({"values", "WHICH",
               "which outputs are computed: needed (default: those that are read or verified; of "
               "others, which elements are zero) or all"},
              options.values)
      .option({"energy", "FILE", "table of energies in place of the built-in one (Accelergy YAML)"},
              options.energy_table)
      .option({"explain", "WHAT", "energy: counter x table for each component"}, options.explain)
      .option({"drop-pick", "N",
               "loses the N-th checked addition of the run, to see the check fail", "", 0},
              options.drop_pick)
      .flag({"shuffle", "",
             "the values of each layer's coefficients and input in random places: what a network "
             "drawn at the same densities would say"},
            options.shuffle)
      .option({"trace", "FILE", "value change dump of all units (cycle view): a VCD file"},
              options.trace)
      .option({"trace-units", "PATTERN", "units to trace, as in pe_block_0.slice_0.row_1"},
              options.trace_units)
      .option({"trace-window", "BEGIN:END", "cycles of the run to trace (default: all)"},
              options.trace_window)
      .option({"timeline", "FILE",
               "what each stream executed when, as trace events for Perfetto or chrome://tracing"},
              options.timeline);
  return line;
}

/// Those that say network, images and energies, for `explain` to run them again.
const std::vector<std::string>& source_options() {
  static const std::vector<std::string> kOptions = {"layer",
                                                    "terms",
                                                    "pointwise-terms",
                                                    "coefficient-density",
                                                    "weight-density",
                                                    "activation-density",
                                                    "input-shape",
                                                    "outputs",
                                                    "input",
                                                    "mean",
                                                    "std",
                                                    "channels",
                                                    "seed",
                                                    "energy"};
  return kOptions;
}

/// What is said of the command line before any file is read.
void check_options(const SimulateArguments& options, const CommandLine& line) {
  const CommonOptions& common = options.common;
  if (common.images % common.batch != 0) {
    throw UserError({"", 0, "--batch"}, fmt::format("{} images are not whole batches of {}",
                                                    common.images, common.batch));
  }
  const bool is_traced = !options.trace.empty();
  if (is_traced && (common.view != View::kCycle || common.jobs > 1)) {
    throw UserError({"", 0, "--trace"}, "expected --view cycle and one job");
  }
  if (!options.timeline.empty() && common.jobs > 1) {
    throw UserError({"", 0, "--timeline"}, "expected one job");
  }
  if (!is_traced) line.refuse({"trace-units", "trace-window"}, "it is a part of --trace");
  if (options.explain != Explained::kNothing && (common.json || common.quiet)) {
    line.refuse({"explain"}, common.json
                                 ? "--json prints the energies of all layers, and the table "
                                   "they are sums of"
                                 : "--quiet prints nothing");
  }
  if (options.verify == Verify::kNone) {
    line.refuse({"drop-pick"}, "--verify none checks no additions");
  }
  if (options.drop_pick >= 0 && common.view != View::kTransaction) {
    throw UserError({"", 0, "--drop-pick"},
                    "expected the transaction view: the other has no second count of its picks");
  }
  if (options.drop_pick >= 0 && common.jobs > 1) {
    throw UserError({"", 0, "--drop-pick"},
                    "expected one job: additions are counted in one process");
  }
}

/// `changed` are memories of other sizes than the default machine's.
void show(const Result& result, const std::vector<ChangedMemory>& changed,
          const SimulateArguments& options) {
  if (options.common.json) {
    put_text(json_document(result_to_json(result)));
    return;
  }
  if (options.common.quiet) return;
  const Screen screen = screen_of(stdout);
  put_text(terminal_text(result, screen) + changed_memories_text(changed));
  if (options.explain == Explained::kEnergy) {
    put("\n{}\n{}", explain_energy(result).text(screen),
        sources_table(result.energy_sources).text(screen));
  }
}

/// What is said of the network, once it is known.
void check_effects(const LoadedNetwork& loaded, const SimulateArguments& options,
                   const CommandLine& line) {
  const bool is_drawn_here = loaded.is_drawn && !loaded.program;
  if (!draws_images(loaded, options.common) && !is_drawn_here && !options.shuffle &&
      options.verify != Verify::kSample) {
    line.refuse({"seed"}, "nothing is drawn");
  }
}

// "BEGIN:END" in cycles of the run, either of which may be missing.
cycle::TraceOptions trace_options(const MachineConfig& machine, const SimulateArguments& options) {
  cycle::TraceOptions trace;
  trace.units = options.trace_units;
  const std::string& window = options.trace_window;
  if (window.empty()) return trace;
  const std::size_t colon = window.find(':');
  const Clock clock(machine);
  const auto wrong = [&](const std::string& why) {
    return UserError({"", 0, "--trace-window"}, fmt::format("{}, got '{}'", why, window));
  };
  const auto edge = [&](const std::string& text, Picoseconds missing) {
    if (text.empty()) return missing;
    constexpr std::size_t kMostDigits = 12;
    const bool is_number = text.size() <= kMostDigits && colon != window.npos &&
                           text.find_first_not_of("0123456789") == text.npos;
    if (!is_number) throw wrong("expected BEGIN:END in cycles");
    return clock.edge(std::stoll(text));
  };
  trace.begin = edge(window.substr(0, colon), trace.begin);
  trace.end = edge(window.substr(colon + 1), trace.end);
  if (trace.begin >= trace.end) throw wrong("expected a BEGIN before END");
  return trace;
}

// A window behind the end of the run leaves a trace of nothing.
void warn_of_empty_trace(const MachineConfig& machine, const SimulateArguments& options,
                         std::int64_t cycles) {
  if (options.common.quiet || options.trace.empty()) return;
  if (trace_options(machine, options).begin < Clock(machine).edge(cycles)) return;
  warn(fmt::format("--trace-window {}: the run ended before, after {} cycles", options.trace_window,
                   cycles),
       options.common.quiet);
}

// `file`: where the program was read from; empty: it was compiled here.
ProgramRun run(const Program& program, const std::string& file, const InputBatch& input,
               const RunConfig& config, const std::optional<EnergyTable>& table,
               const SimulateArguments& options, Outputs& outputs) {
  SimulationOptions simulation;
  simulation.program_file = file;
  simulation.view = options.common.view;
  if (outputs.has("trace")) {
    simulation.trace = trace_options(program.machine, options);
    simulation.trace->file = &outputs.file("trace");
  }
  simulation.verify = options.verify;
  simulation.all_values = options.values == Values::kAll;
  simulation.seed = options.common.seed;
  simulation.drop_pick = options.drop_pick;
  simulation.layers = selected_layers(program, options.common.layers, "--layers");
  simulation.jobs = options.common.jobs;
  const auto batches = std::int64_t(input.images.size()) / program.batch;
  Progress progress("layers", batches * std::int64_t(simulation.layers.size()),
                    options.common.quiet);
  simulation.on_layer = [&](std::int64_t done) { progress.update(done); };
  const auto go = [&] {
    return run_program(program, input.images, simulation, config.energy, table);
  };
  if (!outputs.has("timeline")) return go();
  Timeline timeline(program);
  simulation.on_run = [&](const LayerRun& layer) { timeline.add(layer); };
  ProgramRun done = go();
  outputs.write("timeline", [&] { return timeline.to_json().dump() + "\n"; });
  return done;
}

void shuffle_values(LoadedNetwork& loaded, InputBatch& input, const CommonOptions& options) {
  if (loaded.program || options.images != 1) {
    throw UserError({"", 0, "--shuffle"}, "expected a network, not a program, and one image");
  }
  loaded.network =
      shuffled_network(loaded.network, run_network(loaded.network, input.images[0]), options.seed);
  loaded.drawn_from.clear();
  if (loaded.network.nodes[0].substitute) input.images[0] = *loaded.network.nodes[0].substitute;
  input.labels[0].reset();
}

}  // namespace

int run_simulate(const std::vector<std::string>& args) {
  SimulateArguments options;
  CommandLine line = command_line(options);
  if (!line.parse(args, 0, 1)) return static_cast<int>(ExitStatus::kDone);
  check_options(options, line);
  Outputs outputs(line);
  outputs.add("output", options.common.output, result_forms());
  outputs.add("trace", options.trace, {FileForm::kTrace});
  outputs.add("timeline", options.timeline, {FileForm::kJson});
  LoadedNetwork loaded = load_network(line, options.common, options.network);
  const RunConfig config = load_run_config(options.common, loaded.program);
  const std::optional<EnergyTable> table = read_energy_option(options.energy_table);
  if (loaded.program && line.given("batch") && loaded.program->batch != options.common.batch) {
    throw UserError({"", 0, "--batch"}, fmt::format("the program was compiled for a batch of {}",
                                                    loaded.program->batch));
  }
  InputBatch input = load_images(loaded, options.common, options.network);
  check_effects(loaded, options, line);
  if (options.shuffle) shuffle_values(loaded, input, options.common);
  const std::string program_file = loaded.program ? line.operands()[0] : "";
  // Reading the energy tables takes a while, which another core may have.
  std::future<void> tables;
  if (options.common.jobs > 1) {
    tables = std::async(std::launch::async, [&] { CostModel(config.energy, table); });
  }
  RunSource source = run_source(loaded, input.images);
  if (!options.shuffle) source.arguments = line.words(source_options());
  const Program program =
      loaded.program ? std::move(*loaded.program)
                     : compile(std::move(loaded.network), config.machine, options.common.batch);
  if (options.common.images % program.batch != 0) {
    throw UserError({"", 0, "--images"},
                    fmt::format("expected whole batches of {}", program.batch));
  }

  if (tables.valid()) tables.get();
  // A machine that the tables have no energy for is refused before the run, not after it.
  const EnergyModel energy = accelerator_energy(config.machine, CostModel(config.energy, table));
  if (!options.common.quiet) tell_table_use(energy, table, config.energy);
  ProgramRun done = run(program, program_file, input, config, table, options, outputs);
  Result& result = done.result;
  result.source = std::move(source);
  tell_classes(result, done.outcome, input);
  warn_of_empty_trace(program.machine, options, result.total.cycles);
  outputs.write("output", result_documents(result, options.common.output));
  outputs.commit();
  const bool is_shown = !options.common.quiet && !options.common.json;
  const auto changed = is_shown ? changed_memories(program.machine, CostModel(config.energy, table))
                                : std::vector<ChangedMemory>{};
  show(result, changed, options);
  if (const std::string wrong = wrong_values(done.outcome); !wrong.empty()) {
    tell("escalate: {}\n", wrong);
    return static_cast<int>(ExitStatus::kCheckFailed);
  }
  return static_cast<int>(ExitStatus::kDone);
}

}  // namespace escalate
