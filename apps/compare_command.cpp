#include "apps/compare_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "apps/compare_config.h"
#include "apps/compared_networks.h"
#include "apps/energy_option.h"
#include "apps/machine_run.h"
#include "apps/network_source.h"
#include "apps/output.h"
#include "apps/result_output.h"
#include "apps/same_layers.h"
#include "baselines/baselines_config.h"
#include "baselines/iso.h"
#include "common/console.h"
#include "common/distinct_names.h"
#include "common/enum_names.h"
#include "common/error.h"
#include "common/progress.h"
#include "escalate/inside/contest.h"
#include "escalate/inside/plugin.h"
#include "escalate/inside/run_source.h"
#include "report/comparison.h"
#include "report/documents.h"
#include "report/html_page.h"

namespace escalate {
namespace {

constexpr const char* kEscalate = "escalate";

struct CompareArguments {
  CommonOptions common;
  NetworkOptions network;
  std::string against;  ///< empty: those compared by default, and plug-ins
  std::string reference = kEscalate;
  ComparedNetworkOptions networks;
  Iso iso = Iso::kNone;
  std::vector<std::string> accelerator_files;
  std::vector<std::string> plugins;
  std::string results;
  std::vector<std::string> energy;
  std::int64_t drop_pick = -1;
};

/// "eyeriss, dcnn (or dense), dcnn-opt, ..."
std::string all_names(const BaselineRegistry& registry) {
  std::vector<std::string> names;
  for (const Baseline& machine : registry.machines()) {
    for (const Baseline::Variant& variant : machine.variants) {
      const bool has_other = variant.name == machine.name && !machine.also_called.empty();
      names.push_back(variant.name + (has_other ? " (or " + machine.also_called + ")" : ""));
    }
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

CommandLine command_line(CompareArguments& options) {
  const BaselineRegistry known = builtin_baselines();
  CommandLine line(
      "compare", "NETWORK...",
      "Runs networks (YAML workloads or calibrated ONNX files) on the machine and on "
      "models of others with\nabout as many multipliers (1,024), the same clock, word width and "
      "DRAM bandwidth, and prints speed-ups and energy efficiency\nby layer, by network "
      "and as geometric means.");
  line.common(options.common, {CommonOption::kArch, CommonOption::kInput, CommonOption::kImages,
                               CommonOption::kBatch, CommonOption::kLayers, CommonOption::kSeed,
                               CommonOption::kJobs, CommonOption::kOutput, CommonOption::kJson,
                               CommonOption::kQuiet});
  options.network.images.add_to(line);
  options.network.add_drawing_to(line);
  line.option({"against", "NAME,...",
               fmt::format("{} (default {}, and all of --plugin)", all_names(known),
                           fmt::join(known.default_names(), ","))},
              options.against)
      .option({"accelerators", "NAME,...", "another name of --against"}, options.against)
      .option({"reference", "NAME", "what the others are compared with (default escalate)"},
              options.reference)
      .option({"iso", "WHAT",
               "what the others are made equal in: mac (multipliers), area or sram (memory of all "
               "kinds); default none: 1024 multipliers"},
              options.iso)
      .option({"accelerator-config", "NAME=FILE",
               fmt::format("parameters of {}, in place of those that they get here: YAML such as "
                           "configs/scnn.yaml (as published); may be repeated",
                           one_of(known.machine_names()))},
              options.accelerator_files)
      .option(
          {"plugin", "FILE",
           "a shared object with an accelerator of your own (docs/library.md); may be repeated"},
          options.plugins)
      .option({"results", "FOLDER", "write every accelerator's result there, for escalate report"},
              options.results);
  options.networks.add_to(line);
  line.option({"energy", "[NAME=]FILE",
               "table of energies and areas in place of the one of energy.node_nm: of classes for "
               "all accelerators (a beginning: escalate energy --classes -o FILE), or for the one "
               "of that name, also of its components (escalate energy --accelerator NAME -o FILE); "
               "may be repeated"},
              options.energy);
  add_drop_pick_to(line, options.drop_pick);
  return line;
}

std::vector<std::string> names_of(const std::string& list, const BaselineRegistry& registry) {
  if (list.empty()) return registry.default_names();
  std::vector<std::string> names;
  std::stringstream stream(list);
  for (std::string name; std::getline(stream, name, ',');) {
    names.push_back(registry.model_name(name));
  }
  return names;
}

/// UserError that names the option unless there is such an accelerator.
void check_accelerator(const std::string& option, const std::string& name,
                       const BaselineRegistry& registry) {
  std::vector<std::string> known = registry.names();
  known.insert(known.begin(), kEscalate);
  if (std::find(known.begin(), known.end(), name) != known.end()) return;
  throw UserError({"", 0, option}, fmt::format("unknown accelerator '{}'; expected {}{}", name,
                                               fmt::join(known, ", "), did_you_mean(name, known)));
}

/// The reference and the others. UserError that names the option if one is not known, or is there
/// twice, be it under two names.
std::vector<std::string> accelerators_of(const CompareArguments& options,
                                         const BaselinesConfig& baselines) {
  const BaselineRegistry& registry = baselines.registry();
  const std::string reference = registry.model_name(options.reference);
  std::vector<std::string> accelerators = {reference};
  check_accelerator("--reference", reference, registry);
  for (const std::string& name : names_of(options.against, registry)) {
    check_accelerator("--against", name, registry);
    if (name != reference) accelerators.push_back(name);
  }
  if (accelerators.size() < 2) {
    throw UserError({"", 0, "--against"}, "expected another accelerator than the reference");
  }
  std::map<std::string, std::string> names;  // by name of the model, how it was asked for
  for (const std::string& name : accelerators) {
    const std::string model = name == kEscalate ? name : make_baseline(name, baselines)->name();
    const auto [other, is_new] = names.emplace(model, name);
    if (is_new) continue;
    throw UserError({"", 0, "--against"},
                    other->second == name ? fmt::format("'{}' is given twice", name)
                                          : fmt::format("'{}' and '{}' are both {}, by what is set",
                                                        other->second, name, model));
  }
  return accelerators;
}

std::vector<std::string> names_of_plugins(const BaselineRegistry& registry) {
  const std::vector<std::string> ours = builtin_baselines().machine_names();
  std::vector<std::string> names = registry.machine_names();
  std::erase_if(names, [&](const std::string& name) {
    return std::find(ours.begin(), ours.end(), name) != ours.end();
  });
  return names;
}

/// Options that would do nothing, by what is compared.
void check_effects(const CommandLine& line, const CompareArguments& options,
                   const std::vector<std::string>& accelerators, const BaselinesConfig& baselines) {
  bool skips_all = false;
  bool skips_less = false;
  for (const std::string& name : accelerators) {
    if (name == kEscalate) continue;
    const bool is_sparse = skips_weights(make_baseline(name, baselines)->skips());
    (is_sparse ? skips_all : skips_less) = true;
  }
  if (!skips_all) {
    line.refuse({"sparse-network", "prune-weights"}, "no accelerator compared skips zero weights");
  }
  if (!skips_less && line.given("sparse-network")) {
    line.refuse({"baseline-network"}, "every other accelerator runs --sparse-network");
  }
  const BaselineRegistry& registry = baselines.registry();
  const auto check_used = [&](const std::string& option, const std::string& name) {
    const auto is_of_it = [&](const std::string& accelerator) {
      return accelerator == name ||
             (accelerator != kEscalate && registry.machine_of(accelerator).name == name);
    };
    if (std::any_of(accelerators.begin(), accelerators.end(), is_of_it)) return;
    throw UserError({"", 0, option},
                    fmt::format("has no effect here: {} is not among those compared", name));
  };
  for (const std::string& assignment : options.accelerator_files) {
    check_used("--accelerator-config", assignment.substr(0, assignment.find('=')));
  }
  for (const std::string& name : names_of_plugins(registry)) check_used("--plugin", name);
  constexpr std::string_view kGroup = "baselines.";
  for (const std::string& value : options.energy) {
    if (const std::size_t equals = value.find('='); equals != value.npos) {
      check_used("--energy", value.substr(0, equals));
    }
  }
  for (const std::string& setting : options.common.settings) {
    if (!setting.starts_with(kGroup)) continue;
    const std::string name = setting.substr(kGroup.size());
    check_used("--set " + setting, name.substr(0, name.find('.')));
  }
  if (options.common.input.empty()) {
    line.refuse({"accuracy-images"}, "accuracy is measured on the images of --input");
  }
  std::vector<std::string> networks = line.operands();
  networks.push_back(options.networks.dense);
  networks.push_back(options.networks.sparse);
  for (const std::string& network : networks) {
    if (is_stream(network)) {
      throw UserError({network, 0, ""}, "is no file: networks are read more than once");
    }
  }
  if (std::any_of(networks.begin(), networks.end(), is_workload)) return;
  refuse_drawing(line);
  if (!options.common.input.empty() && options.common.input != "synthetic") {
    line.refuse({"seed"}, "neither networks nor images are drawn");
  }
}

/// One accelerator after the other on one network.
class Contest {
 public:
  /// `name` tells the network from the others that are compared.
  Contest(const std::string& path, std::string name, const CompareConfig& config,
          const CompareArguments& options)
      : path_(path),
        name_(std::move(name)),
        config_(config),
        options_(options),
        machine_size_(size_of_machine(config.run.machine, config.costs_of(kEscalate))),
        networks_(path, options.networks, options.common, options.network) {}

  Comparison run(const std::vector<std::string>& accelerators) {
    check_layers(accelerators);
    Progress progress(name_, static_cast<std::int64_t>(accelerators.size()), options_.common.quiet);
    for (const std::string& name : accelerators) {
      name == kEscalate ? run_machine() : run_baseline(name);
      results_.back().network = name_;
      progress.update(static_cast<std::int64_t>(results_.size()));
    }
    return Comparison(std::move(results_), std::move(contestants_),
                      options_.networks.other_channels());
  }

 private:
  /// All do the same work, or none begins.
  void check_layers(const std::vector<std::string>& accelerators) {
    std::vector<NetworkShape> shapes;
    for (const std::string& name : accelerators) {
      if (name == kEscalate) {
        loaded_ = load_network(path_, options_.common, options_.network);
        shapes.push_back(shape_of_network(loaded_->file, loaded_->network, options_.common.layers));
      } else {
        const Skips skips = make_baseline(name, config_.baselines)->skips();
        const BaselineNetwork& ran = networks_.of_baseline(skips);
        shapes.push_back(shape_of_network(ran.source.file, ran.layers));
      }
      check_same_layers(shapes.front(), shapes.back(), options_.networks.other_channels());
    }
  }
  void run_machine() {
    // All layers run, so that the comparison can tell what it leaves out; or those asked for that
    // others run.
    std::vector<std::string> layers;
    if (!options_.common.layers.empty()) {
      for (const LayerWorkload& layer : networks_.of_baseline(Skips::kNothing).layers) {
        layers.push_back(layer.name);
      }
    }
    const InputBatch input = load_images(*loaded_, options_.common, options_.network);
    results_.push_back(escalate::run_machine(loaded_->network, input, layers, config_.run,
                                             options_.common, options_.drop_pick,
                                             config_.tables.of(kEscalate, kEscalate)));
    results_.back().source = run_source(*loaded_, input.images);
    contestants_.push_back({machine_size_, networks_.of_machine(*loaded_),
                            terms_of_machine(config_.run.machine, options_.common.batch)});
  }
  void run_baseline(const std::string& name) {
    const Skips skips = make_baseline(name, config_.baselines)->skips();
    const BaselineNetwork& ran = networks_.of_baseline(skips);
    BaselineEntry entry =
        escalate::run_baseline(name, config_.baselines, options_.iso, machine_size_, name_,
                               ran.layers, config_.costs_of(name));
    entry.result.source = ran.source;
    entry.result.layers_left_out = ran.layers_left_out;
    entry.contestant.ran = ran.ran;
    results_.push_back(std::move(entry.result));
    contestants_.push_back(std::move(entry.contestant));
  }

  const std::string& path_;
  std::string name_;
  const CompareConfig& config_;
  const CompareArguments& options_;
  MachineSize machine_size_;
  ComparedNetworks networks_;
  std::optional<LoadedNetwork> loaded_;  ///< what the machine runs
  std::vector<Result> results_;
  std::vector<Contestant> contestants_;
};

/// The command finds out whether --results can be written before hours of work.
void check_folder(const std::string& folder) {
  namespace fs = std::filesystem;
  fs::path there = fs::absolute(folder).lexically_normal();
  while (!fs::exists(there) && there.has_relative_path()) there = there.parent_path();
  if (!fs::is_directory(there)) {
    throw UserError({"", 0, "--results"}, fmt::format("'{}' is no folder", there.string()));
  }
  if (::access(there.c_str(), W_OK | X_OK) != 0) {
    throw UserError({folder, 0, ""}, system_failure("write into this folder", errno));
  }
}

void write_results(const std::vector<Comparison>& comparisons, const std::string& folder,
                   Outputs& outputs) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw UserError({folder, 0, ""}, system_failure("make this folder", error.value()));
  std::vector<std::string> names;
  for (const Comparison& comparison : comparisons) names.push_back(comparison.network());
  names = names_for_files(names);
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    for (const Result& result : comparisons[i].results()) {
      outputs.write_file(fmt::format("{}/{}.{}.json", folder, names[i], result.accelerator),
                         json_document(result_to_json(result)));
    }
  }
}

/// A network that is compared twice would count twice in the means.
void check_paths(const std::vector<std::string>& paths) {
  std::set<std::filesystem::path> seen;
  for (const std::string& path : paths) {
    if (seen.insert(std::filesystem::path(path).lexically_normal()).second) continue;
    throw UserError({path, 0, ""}, "is given twice");
  }
}

/// All results of the comparisons, as `report` shows them.
std::vector<LabelledResult> all_results(const std::vector<Comparison>& comparisons,
                                        const std::string& output) {
  std::vector<Result> results;
  for (const Comparison& comparison : comparisons) {
    results.insert(results.end(), comparison.results().begin(), comparison.results().end());
  }
  const std::vector<std::string> files(results.size(), output);
  return labelled(std::move(results), files);
}

Documents documents(const std::vector<Comparison>& comparisons, const std::string& output) {
  return {{FileForm::kJson, [&] { return json_document(comparisons_to_json(comparisons)); }},
          {FileForm::kHtml, [&] { return html_page(all_results(comparisons, output)); }},
          {FileForm::kCsv, [&] { return csv_document(all_results(comparisons, output)); }},
          {FileForm::kMarkdown, [&] { return comparison_document(comparisons); }}};
}

void show(const std::vector<Comparison>& comparisons, const CompareArguments& options) {
  if (options.common.json) {
    put_text(json_document(comparisons_to_json(comparisons)));
    return;
  }
  if (options.common.quiet) return;
  const Screen screen = screen_of(stdout);
  for (const Comparison& comparison : comparisons) {
    put("{}: {}\n{}\n{}", comparison.network(), comparison.title(),
        comparison.layer_table().text(screen), comparison.total_table().text(screen));
    put("\n{}{}", contestants_table({comparison}).text(screen), common_terms_text({comparison}));
    put("\n{}", bound_table({comparison}).text(screen));
    if (!comparison.left_out().empty()) {
      put("left out, because not every accelerator has them: {}\n",
          fmt::join(comparison.left_out(), ", "));
      if (comparison.rest()) {
        put("\"all layers\" charges them to all alike, as in escalate's post-processing: {}, {}\n",
            format_si(comparison.rest()->seconds, "s"),
            format_si(comparison.rest()->energy_pj * 1e-12, "J"));
      }
    }
    for (const std::string& line : comparison.unequal()) put("{}\n", line);
    put("\n");
  }
  if (comparisons.size() > 1) {
    put("all networks: {}\n{}", comparisons.front().title(),
        network_table(comparisons).text(screen));
  }
}

}  // namespace

int run_compare(const std::vector<std::string>& args) {
  CompareArguments options;
  CommandLine line = command_line(options);
  if (!line.parse(args, 1, 1000)) return static_cast<int>(ExitStatus::kDone);
  options.networks.check(line.operands().size());
  if (line.given("against") && line.given("accelerators")) {
    throw UserError({"", 0, "--accelerators"},
                    "is another name of --against: expected one of them");
  }
  Outputs outputs(line);
  outputs.add("output", options.common.output, result_forms());
  if (!options.results.empty()) check_folder(options.results);
  BaselineRegistry registry = builtin_baselines();
  for (const std::string& plugin : options.plugins) add_plugin(registry, plugin);
  const CompareConfig config =
      load_compare_config(options.common, options.accelerator_files, registry, options.energy);
  const std::vector<std::string> accelerators = accelerators_of(options, config.baselines);
  check_effects(line, options, accelerators, config.baselines);
  std::vector<Comparison> comparisons;
  const std::vector<std::string>& paths = line.operands();
  check_paths(paths);
  const std::vector<std::string> names = distinct_names(paths);
  try {
    for (std::size_t i = 0; i < paths.size(); ++i) {
      comparisons.push_back(Contest(paths[i], names[i], config, options).run(accelerators));
    }
  } catch (const WrongValues& error) {
    tell("escalate: {}\n", error.what());
    return static_cast<int>(ExitStatus::kCheckFailed);
  }
  outputs.write("output", documents(comparisons, options.common.output));
  if (!options.results.empty()) write_results(comparisons, options.results, outputs);
  outputs.commit();
  show(comparisons, options);
  return static_cast<int>(ExitStatus::kDone);
}

}  // namespace escalate
