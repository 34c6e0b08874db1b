#include "escalate/ablate.h"

#include <fmt/format.h>

#include "common/json.h"
#include "escalate/inside/ablation_runs.h"
#include "escalate/inside/handles.h"
#include "escalate/inside/write.h"
#include "report/ablation.h"

namespace esc {

struct Ablation::Impl {
  escalate::Ablation ablation;
};

std::vector<AblationRun> Ablation::runs() const {
  std::vector<AblationRun> runs;
  for (const escalate::AblationRun& from : impl_->ablation.runs()) {
    AblationRun run{from.name, from.meaning, from.result.total.cycles, {}};
    for (const escalate::LayerResult& layer : from.result.layers) {
      run.cycles_by_layer[layer.name] = layer.cycles;
    }
    runs.push_back(std::move(run));
  }
  return runs;
}

std::string Ablation::text() const {
  return translated([&] {
    const escalate::Screen screen{};
    const escalate::Ablation& ours = impl_->ablation;
    return ours.cycle_table().text(screen) + "\n" + ours.meaning_table().text(screen) + "\n" +
           ours.order_table().text(screen);
  });
}

std::string Ablation::to_json() const {
  return translated([&] { return impl_->ablation.to_json().dump(2) + "\n"; });
}

void Ablation::write(const std::string& path) const {
  translated([&] {
    escalate::write_by_ending(path, {{".json", [&] { return to_json(); }},
                                     {".md", [&] { return impl_->ablation.document(); }}});
  });
}

Ablation ablate(const Network& network, const Machine& machine, const Images& images,
                const AblateOptions& options) {
  return translated([&] {
    if (options.jobs < 1) throw escalate::UserError({"", 0, "jobs"}, "expected 1 or more");
    compile(network, machine);  // says what is wrong with them
    const escalate::LoadedNetwork& loaded = *Access::of(network).integers;
    const escalate::InputBatch input = input_batch(images, loaded, 1);
    if (input.images.size() != 1) {
      throw escalate::UserError({"", 0, "images"},
                                fmt::format("expected one, got {}", input.images.size()));
    }
    escalate::AblationWork work;
    work.layers = options.layers;
    work.layers_option = "layers";
    work.progress = options.progress;
    work.run = [&](const escalate::IntegerNetwork& changed, const std::vector<std::string>& layers,
                   const escalate::RunConfig& config) {
      escalate::SimulationOptions simulation;
      simulation.seed = options.seed;
      simulation.jobs = options.jobs;
      return escalate::run_network_on(changed, input.images, config, 1, simulation, layers);
    };
    return Access::make<Ablation>(
        Ablation::Impl{escalate::run_ablation(loaded, input, Access::of(machine).config, work)});
  });
}

}  // namespace esc
