#include "baselines/systolic.h"
#include "baselines/validation.h"
#include "baselines/validation_runs.h"

namespace escalate {

std::vector<ValidationRow> validate_systolic(const std::string& root) {
  constexpr int kNode = 45;  // no energy is compared
  SystolicConfig config;
  const Systolic overlapped(config);
  config.overlapped = false;
  const Systolic plain(config);
  FigureRows rows(root, "systolic", "systolic array");
  for (const auto& [shape, layer] :
       {std::pair<std::string, std::string>("3x3, 64 to 64 on 56x56, ", "C=64,K=64,R=3,H=56"),
        std::pair<std::string, std::string>("3x3, 512 to 512 on 7x7, ", "C=512,K=512,R=3,H=7")}) {
    const std::vector<LayerWorkload> layers = described_layer(layer);
    rows.add(shape + "nothing overlaps", run_layers(plain, layers, kNode).cycles);
    rows.add(shape + "folds overlap", run_layers(overlapped, layers, kNode).cycles);
  }
  return rows.take();
}

}  // namespace escalate
