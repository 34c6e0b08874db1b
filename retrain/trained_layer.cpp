#include "retrain/trained_layer.h"

#include <c10/core/GradMode.h>

#include <cmath>

#include "common/error.h"

namespace escalate {
namespace {

constexpr double kMostSteps = 127;

at::Tensor int8_basis(const at::Tensor& basis) {
  const at::Tensor scale = basis_scale_of(basis.detach());
  return straight_through(basis, at::round(basis.detach() / scale) * scale);
}

/// sum_m coefficients[k,m,c] basis[m] as [K][C][R][S].
at::Tensor combine(const at::Tensor& coefficients, const at::Tensor& basis) {
  const std::int64_t outputs = coefficients.size(0), terms = coefficients.size(1),
                     channels = coefficients.size(2);
  const at::Tensor rows = coefficients.permute({0, 2, 1}).reshape({outputs * channels, terms});
  return at::matmul(rows, basis.reshape({terms, -1}))
      .reshape({outputs, channels, basis.size(1), basis.size(2)});
}

TrainedLayer ternary_from(const Node& node, int channels) {
  const Decomposition& parts = *node.decomposition;
  TrainedLayer layer;
  layer.weighting = Weighting::kTernary;
  layer.coefficients = tensor_of({parts.coefficients.begin(), parts.coefficients.end()},
                                 {node.out_channels, parts.terms, channels});
  layer.basis = tensor_of({parts.basis.begin(), parts.basis.end()},
                          {parts.terms, node.window.r, node.window.s}) *
                double(parts.basis_scale);
  layer.channel_scale = tensor_of(parts.channel_scale, {node.out_channels});
  return layer;
}

}  // namespace

at::Tensor tensor_of(const std::vector<float>& values, at::IntArrayRef shape) {
  return at::tensor(at::ArrayRef<float>(values)).reshape(shape).clone();
}

std::vector<float> floats_of(const at::Tensor& tensor) {
  const at::Tensor flat =
      tensor.detach().to(at::kCPU, at::kFloat).contiguous(at::MemoryFormat::Contiguous);
  const float* data = flat.data_ptr<float>();
  return {data, data + flat.numel()};
}

at::Tensor straight_through(const at::Tensor& latent, const at::Tensor& value) {
  return value.detach() + (latent - latent.detach());  // the bracket is exactly 0
}

at::Tensor ternary_codes_of(const at::Tensor& latent) {
  const at::Tensor values = latent.detach();
  return at::sign(values) * (at::abs(values) > kTernaryThreshold);
}

at::Tensor basis_scale_of(const at::Tensor& basis) {
  return at::clamp_min(at::amax(at::abs(basis)) / kMostSteps, 1e-30);
}

TrainedLayer TrainedLayer::from_node(const Node& node, int channels) {
  TrainedLayer layer;
  if (node.decomposition) {
    layer = ternary_from(node, channels);
  } else {
    if (node.weights.empty()) throw UserError(SourcePlace{"", 0, node.name}, "has no weights");
    layer.weight =
        tensor_of(node.weights, {node.out_channels, channels, node.window.r, node.window.s});
  }
  if (!node.bias.empty()) layer.bias = tensor_of(node.bias, {node.out_channels});
  return layer;
}

void TrainedLayer::store(Node& node) const {
  const c10::NoGradGuard no_gradients;
  node.weight_scale.clear();
  node.bias = bias.defined() ? floats_of(bias) : std::vector<float>{};
  if (weighting != Weighting::kTernary) {
    node.weights = floats_of(effective_weight());
    return;
  }
  at::Tensor codes = ternary_codes_of(coefficients);
  if (mask.defined()) codes = codes * mask;
  Decomposition parts;
  parts.terms = int(basis.size(0));
  const at::Tensor scale = basis_scale_of(basis);
  for (const float code : floats_of(codes)) parts.coefficients.push_back(std::int8_t(code));
  for (const float step : floats_of(at::round(basis / scale))) {
    parts.basis.push_back(std::int8_t(step));
  }
  parts.basis_scale = floats_of(scale.reshape({1}))[0];
  parts.channel_scale = floats_of(channel_scale);
  node.form = LayerForm::kDecomposed;
  node.terms = parts.terms;
  node.weights.clear();
  node.decomposition = std::move(parts);
}

at::Tensor TrainedLayer::effective_weight() const {
  if (weighting == Weighting::kPlain) return mask.defined() ? weight * mask : weight;
  const at::Tensor masked = mask.defined() ? coefficients * mask : coefficients;
  if (weighting == Weighting::kRealBasis) return combine(masked, basis);
  const at::Tensor codes = straight_through(masked, ternary_codes_of(masked));
  return combine(codes, int8_basis(basis)) * channel_scale.reshape({-1, 1, 1, 1});
}

std::int64_t TrainedLayer::num_zeros() const {
  const c10::NoGradGuard no_gradients;
  at::Tensor values = weighting == Weighting::kTernary ? ternary_codes_of(coefficients) : sparse();
  if (mask.defined()) values = values * mask;
  return values.numel() - at::count_nonzero(values).item<std::int64_t>();
}

}  // namespace escalate
