#include "escalate/inside/contest.h"

#include <fmt/format.h>

#include <algorithm>

#include "energy/accelerator_energy.h"
#include "report/baseline_result.h"

namespace escalate {

double weight_density(const std::vector<LayerWorkload>& layers) {
  std::int64_t nonzeros = 0;
  std::int64_t weights = 0;
  for (const LayerWorkload& layer : layers) {
    nonzeros += layer.weights.count();
    weights += layer.weights.size();
  }
  return static_cast<double>(nonzeros) / static_cast<double>(weights);
}

double stored_density(const IntegerNetwork& network) {
  std::int64_t nonzeros = 0;
  std::int64_t values = 0;
  for (const IntegerNode& node : network.nodes) {
    if (node.op != IntegerOp::kConv) continue;
    const auto& stored = node.form == WeightForm::kDirect ? node.weights : node.coefficients;
    values += static_cast<std::int64_t>(stored.size());
    nonzeros += static_cast<std::int64_t>(stored.size()) -
                std::count(stored.begin(), stored.end(), std::int8_t{0});
  }
  return static_cast<double>(nonzeros) / static_cast<double>(values);
}

CommonTerms common_terms(const MachineConfig& machine, int batch) {
  CommonTerms terms;
  terms.clock_mhz = machine.clock_mhz;
  terms.shared = {machine.dram, machine.dma, machine.post_lanes};
  terms.buffer_bytes = machine.global_buffer_bytes;
  terms.batch = batch;
  return terms;
}

Terms terms_of_machine(const MachineConfig& machine, int batch) {
  constexpr int kWordBits = 8;  // int8, whatever the configuration
  const double dram = SharedParts{machine.dram, machine.dma, 0}.dram_bytes_per_ns();
  return {machine.clock_mhz, kWordBits, dram, batch};
}

MachineSize size_of_machine(const MachineConfig& machine, const CostModel& costs) {
  return machine_size(machine.multipliers(), accelerator_components(machine, costs), costs);
}

BaselineEntry run_baseline(const std::string& name, const BaselinesConfig& config, Iso iso,
                           const MachineSize& machine, const std::string& network,
                           const std::vector<LayerWorkload>& layers, const CostModel& costs) {
  const BaselinesConfig sized = sized_like(machine, iso, name, config, costs);
  const auto model = make_baseline(name, sized);
  BaselineEntry entry;
  entry.result = baseline_result(*model, network, layers, costs);
  entry.contestant.size = baseline_size(name, sized, costs);
  entry.contestant.terms = {model->clock_mhz(), model->word_bits(), model->dram_bytes_per_ns(),
                            model->batch()};
  return entry;
}

}  // namespace escalate
