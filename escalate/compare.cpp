#include "escalate/compare.h"

#include <algorithm>

#include "baselines/iso.h"
#include "baselines/layer_workload.h"
#include "escalate/inside/contest.h"
#include "escalate/inside/handles.h"
#include "escalate/inside/plugin.h"
#include "escalate/inside/run_source.h"
#include "escalate/inside/write.h"
#include "report/documents.h"
#include "report/html_page.h"

namespace esc {
namespace {

escalate::Iso iso_of(Iso iso) {
  switch (iso) {
    case Iso::kNone:
      return escalate::Iso::kNone;
    case Iso::kMac:
      return escalate::Iso::kMac;
    case Iso::kArea:
      return escalate::Iso::kArea;
    case Iso::kSram:
      return escalate::Iso::kSram;
  }
  throw escalate::UserError({"", 0, "iso"}, "expected kNone, kMac, kArea or kSram");
}

/// What the others run: a drawn network again with plain weights, any other with the weights that
/// its decomposed layers amount to.
struct OthersNetwork {
  std::vector<escalate::LayerWorkload> layers;
  escalate::RunSource source;
};

OthersNetwork others_network(const Network::Impl& network, const escalate::InputBatch& input) {
  OthersNetwork others;
  if (network.drawn_from) {
    escalate::DrawOptions draw;
    draw.plain_weights = true;
    draw.seed = network.drawing.seed;
    escalate::LoadedNetwork plain;
    plain.network = escalate::draw_network(*network.drawn_from, draw).network;
    plain.is_drawn = true;
    plain.file = network.integers->file;
    plain.drawn_from = escalate::drawn_digest(*network.drawn_from, plain.network.seed);
    others.layers = escalate::make_drawn_workloads(plain.network, int(input.images.size()));
    others.source = escalate::run_source(plain, {});
    return others;
  }
  std::vector<std::vector<escalate::Activations>> outputs;
  for (const escalate::Activations& image : input.images) {
    outputs.push_back(escalate::run_network(network.integers->network, image));
  }
  others.layers = escalate::make_layer_workloads(network.integers->network, outputs);
  others.source = escalate::run_source(*network.integers, input.images);
  return others;
}

escalate::BaselineRegistry registry_of(const CompareOptions& options) {
  escalate::BaselineRegistry registry = escalate::builtin_baselines();
  for (const std::string& plugin : options.plugins) escalate::add_plugin(registry, plugin);
  for (const auto& make : options.accelerators) escalate::add_accelerator(registry, make);
  return registry;
}

/// The names asked for and those of plug-ins. UserError for one that is unknown or there twice.
std::vector<std::string> names_of(const CompareOptions& options,
                                  const escalate::BaselineRegistry& registry) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& given) {
    const std::string name = registry.model_name(given);
    registry.machine_of(name);
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      throw escalate::UserError({"", 0, "against"}, "'" + name + "' is given twice");
    }
    names.push_back(name);
  };
  for (const std::string& name : options.against) add(name);
  for (const std::string& name : registry.default_names()) {
    const auto builtin = escalate::builtin_baselines().names();
    if (std::find(builtin.begin(), builtin.end(), name) == builtin.end() &&
        std::find(names.begin(), names.end(), name) == names.end()) {
      add(name);
    }
  }
  if (names.empty()) {
    throw escalate::UserError({"", 0, "against"}, "expected an accelerator to compare with");
  }
  return names;
}

}  // namespace

std::vector<Result> Comparison::results() const {
  std::vector<Result> results;
  for (const escalate::Result& result : impl_->comparison.results()) {
    Result::Impl impl;
    impl.result = result;
    results.push_back(Access::make<Result>(std::move(impl)));
  }
  return results;
}

Advantage Comparison::total(std::size_t i) const {
  return translated([&] {
    if (i >= impl_->comparison.results().size()) {
      throw escalate::UserError({"", 0, "i"}, "there are fewer results");
    }
    const escalate::Advantage advantage = impl_->comparison.total(i);
    return Advantage{advantage.speedup, advantage.energy};
  });
}

std::string Comparison::text() const {
  return translated([&] {
    const escalate::Screen screen{};
    const escalate::Comparison& ours = impl_->comparison;
    return ours.network() + "\n" + ours.layer_table().text(screen) + "\n" +
           ours.total_table().text(screen) + "\n" +
           escalate::contestants_table({ours}).text(screen) + escalate::common_terms_text({ours});
  });
}

std::string Comparison::to_json() const {
  return translated(
      [&] { return escalate::comparisons_to_json({impl_->comparison}).dump(2) + "\n"; });
}

void Comparison::write(const std::string& path) const {
  translated([&] {
    const escalate::Comparison& ours = impl_->comparison;
    const std::vector<std::string> files(ours.results().size(), path);
    const auto all = [&] { return escalate::labelled(ours.results(), files); };
    escalate::write_by_ending(path,
                              {{".json", [&] { return to_json(); }},
                               {".html", [&] { return escalate::html_page(all()); }},
                               {".csv", [&] { return escalate::csv_document(all()); }},
                               {".md", [&] { return escalate::comparison_document({ours}); }}});
  });
}

std::vector<std::string> accelerators() {
  return translated([] { return escalate::builtin_baselines().names(); });
}

Comparison compare(const Network& network, const Machine& machine, const Images& images,
                   const CompareOptions& options) {
  return translated([&] {
    const Network::Impl& from = Access::of(network);
    const escalate::RunConfig& config = Access::of(machine).config;
    const escalate::BaselineRegistry registry = registry_of(options);
    const std::vector<std::string> names = names_of(options, registry);
    const Program program = compile(network, machine, options.batch);
    SimulateOptions simulation;
    simulation.jobs = options.jobs;
    std::vector<escalate::Result> results = {
        Access::of(simulate(program, images, simulation)).result};
    const escalate::CostModel costs(config.energy);
    const escalate::MachineSize size = escalate::size_of_machine(config.machine, costs);
    std::vector<escalate::Contestant> contestants = {
        {size,
         {network.name(), escalate::stored_density(from.integers->network), {}},
         escalate::terms_of_machine(config.machine, options.batch)}};
    const OthersNetwork others =
        others_network(from, input_batch(images, *from.integers, options.batch));
    const escalate::BaselinesConfig baselines = escalate::comparable_baselines(
        escalate::common_terms(config.machine, options.batch), registry);
    for (const std::string& name : names) {
      escalate::BaselineEntry entry = escalate::run_baseline(
          name, baselines, iso_of(options.iso), size, results[0].network, others.layers, costs);
      entry.result.source = others.source;
      entry.contestant.ran = {network.name(), escalate::weight_density(others.layers), {}};
      results.push_back(std::move(entry.result));
      contestants.push_back(std::move(entry.contestant));
    }
    return Access::make<Comparison>(
        Comparison::Impl{escalate::Comparison(std::move(results), std::move(contestants))});
  });
}

}  // namespace esc
