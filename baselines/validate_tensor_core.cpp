#include <fmt/format.h>

#include "baselines/tensor_core.h"
#include "baselines/validation.h"
#include "baselines/validation_runs.h"

namespace escalate {
namespace {

constexpr int kTensorCoreNode = 45;  // nm, the artifact's

/// A product of matrices that the artifact ran.
struct MatrixProduct {
  int filters = 0, channels = 0, side = 0;  ///< side x side positions
  int inputs_percent = 0;
  std::vector<int> weights_percent;  ///< with both operands sparse

  std::string title() const {
    return fmt::format("{} x {} x {}, inputs {}%, ", filters, channels, side * side,
                       inputs_percent);
  }
};
const std::vector<MatrixProduct>& products() {
  static const std::vector<MatrixProduct> all = {{128, 1152, 32, 44, {100, 50, 25}},
                                                 {512, 1024, 16, 27, {50}},
                                                 {512, 128, 32, 56, {50}},
                                                 {512, 256, 32, 82, {50}}};
  return all;
}

LayerWorkload layer_of(const MatrixProduct& product, const std::string& weights) {
  LayerWorkload layer = described_layer(fmt::format("C={},K={},R=1,H={},activation_density={},{}",
                                                    product.channels, product.filters, product.side,
                                                    product.inputs_percent / 100.0, weights))
                            .at(0);
  layer.reads_network_input = layer.writes_network_output = true;
  return layer;
}

LayerWorkload layer_of(const MatrixProduct& product, int weights_percent) {
  return layer_of(product, fmt::format("weight_density={}", weights_percent / 100.0));
}

TensorCore core(CoreSparsity sparsity) {
  TensorCoreConfig config;
  config.sparsity = sparsity;
  return TensorCore(config);
}

void add(FigureRows& rows, const std::string& title, const TensorCore& model,
         const LayerWorkload& layer) {
  const Sums sums = run_layers(model, {layer}, kTensorCoreNode);
  rows.add(title + " cycles", sums.cycles);
  rows.add(title + " energy", sums.energy_pj.sum() * 1e-6);
}

/// Cycles of a large product at these densities where the memory always keeps up, as in DSTC.
double dual_cycles(int weights_percent, int inputs_percent) {
  TensorCoreConfig config;
  config.sparsity = CoreSparsity::kDual;
  config.shared_memory_words = config.subpartitions * (config.rows + config.columns);
  return run_layers(TensorCore(config),
                    {layer_of({1024, 1024, 32, inputs_percent, {}}, weights_percent)},
                    kTensorCoreNode)
      .cycles;
}

}  // namespace

std::vector<ValidationRow> validate_tensor_core(const std::string& root) {
  FigureRows rows(root, "tensor_core", "tensor core");
  const TensorCoreConfig config;
  for (const MatrixProduct& product : products()) {
    add(rows, product.title() + "dense", core(CoreSparsity::kNone), layer_of(product, 100));
    add(rows, product.title() + "2 of 4", core(CoreSparsity::kPattern),
        layer_of(product,
                 fmt::format("weight_pattern={}:{}", config.pattern_kept, config.pattern_group)));
    for (const int percent : product.weights_percent) {
      add(rows, fmt::format("{}both operands, weights {}%", product.title(), percent),
          core(CoreSparsity::kDual), layer_of(product, percent));
    }
  }
  const double dense = dual_cycles(100, 100);
  for (const int a : {100, 90, 70, 50, 30}) {
    for (const int b : {100, 40}) {
      if (a == 100 && b == 100) continue;
      rows.add(fmt::format("time at {}% and {}% over that of dense operands", a, b),
               dual_cycles(a, b) / dense);
    }
  }
  return rows.take();
}

}  // namespace escalate
