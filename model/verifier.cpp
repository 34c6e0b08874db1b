#include "model/verifier.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "common/error.h"
#include "common/random.h"

namespace escalate {
namespace {

std::size_t index_of(const Shape& shape, int c, int h, int w) {
  return (std::size_t(c) * shape.h + h) * shape.w + w;
}

}  // namespace

/// What one image's output of the layer must be.
struct Verifier::Expected {
  std::vector<bool> checked;        // by output
  std::vector<std::int8_t> values;  // by output, where checked
  std::vector<bool> inputs;         // sample of a convolution: [K][H][W], meets a checked output
};

Verifier::Verifier(const Program& program, Verify mode, std::uint64_t seed)
    : program_(program), mode_(mode), seed_(seed) {}

void Verifier::begin_batch(std::int64_t first_image, std::vector<Activations> inputs) {
  first_image_ = first_image;
  tensors_.assign(inputs.size(), {});
  for (std::size_t image = 0; image < inputs.size(); ++image) {
    tensors_[image].resize(program_.network.nodes.size());
    tensors_[image][0] = std::move(inputs[image]);
  }
}

Verifier::~Verifier() = default;

const Activations& Verifier::tensor(int image, int node) const {
  return tensors_[std::size_t(image)][std::size_t(node)];
}

void Verifier::set_tensor(int image, int node, Activations tensor) {
  tensors_[std::size_t(image)][std::size_t(node)] = std::move(tensor);
}

void Verifier::begin_layer(const LayerCode& layer) {
  layer_ = &layer;
  written_node_ = layer.fused_add >= 0 ? layer.fused_add : layer.node;
  written_shape_ = program_.written_shape(written_node_);
  expected_.clear();
  expected_.resize(tensors_.size());
  written_.assign(tensors_.size(), 0);
  const Shape& shape = program_.network.nodes[std::size_t(written_node_)].out;
  for (auto& of_image : tensors_) {
    of_image[std::size_t(written_node_)] = {shape,
                                            std::vector<std::int8_t>(std::size_t(shape.size()), 0)};
  }
}

void Verifier::end_layer() {
  const IntegerNode& node = program_.network.nodes[std::size_t(written_node_)];
  // Channel padding is filled with zeros, not computed.
  const std::int64_t padded =
      node.op == IntegerOp::kChannelPad
          ? std::int64_t{node.pad_before + node.pad_after} * node.out.h * node.out.w
          : 0;
  for (const std::int64_t written : written_) {
    ensure(written + padded == node.out.size(), [&] {
      return fmt::format("layer '{}': {} of {} outputs were written", layer_->name,
                         written + padded, node.out.size());
    });
  }
  expected_.clear();
}

std::vector<Activations> Verifier::inputs_of(int image, const IntegerNode& node) const {
  std::vector<Activations> inputs;
  for (const int input : node.inputs) {
    const Shape shape = program_.network.nodes[std::size_t(input)].out;
    inputs.push_back({shape, tensor(image, program_.tensor_node(input)).values});
  }
  return inputs;
}

void Verifier::expect_all(int image, Expected& expected) const {
  const auto run = [&](const IntegerNode& node, const std::vector<Activations>& inputs) {
    std::vector<const Activations*> pointers;
    for (const Activations& input : inputs) pointers.push_back(&input);
    return run_node(node, pointers);
  };
  const auto& nodes = program_.network.nodes;
  const IntegerNode& node = nodes[std::size_t(layer_->node)];
  Activations out = run(node, inputs_of(image, node));
  if (layer_->fused_add >= 0) {
    const IntegerNode& add = nodes[std::size_t(layer_->fused_add)];
    std::vector<Activations> inputs = inputs_of(image, add);
    inputs[add.inputs[0] == layer_->node ? 0 : 1] = std::move(out);
    out = run(add, inputs);
  }
  expected.checked.assign(out.values.size(), true);
  expected.values = std::move(out.values);
}

// Checks a seeded sample. Each sampled output of a convolution is a dense dot product of its own.
// Other layers are cheap, so all is computed and the sample compared.
void Verifier::expect_sample(int image, Expected& expected) const {
  const IntegerNode& node = program_.network.nodes[std::size_t(layer_->node)];
  const Shape& out = node.out;
  const auto size = std::size_t(out.size());
  if (node.op != IntegerOp::kConv) expect_all(image, expected);
  expected.checked.assign(size, false);
  expected.values.resize(size);
  Random random(seed_for(seed_ + std::uint64_t(first_image_ + image), layer_->name));
  const auto wanted = std::size_t(std::ceil(kSampleShare * double(size)));
  std::vector<std::size_t> sample;
  while (sample.size() < wanted) {
    const auto at = std::size_t(random.below(size));
    if (expected.checked[at]) continue;
    expected.checked[at] = true;
    sample.push_back(at);
  }
  if (node.op != IntegerOp::kConv) return;
  std::sort(sample.begin(), sample.end());
  const Activations in = inputs_of(image, node)[0];
  std::vector<Activations> residual;
  const IntegerNode* add = nullptr;
  if (layer_->fused_add >= 0) {
    add = &program_.network.nodes[std::size_t(layer_->fused_add)];
    residual = inputs_of(image, *add);
  }
  std::vector<std::int32_t> kernel;
  int kernel_of = -1;
  for (const std::size_t at : sample) {
    const int k = int(at / (std::size_t(out.h) * out.w));
    const int p = int(at / out.w % out.h);
    const int q = int(at % out.w);
    if (k != kernel_of) kernel = reconstruct_kernel(node, in.shape.c, k);
    kernel_of = k;
    std::int8_t value =
        requantize(reference_accumulator(node, kernel, in, k, p, q), node.bias[std::size_t(k)],
                   node.requant[std::size_t(k)], node.clamp_low, node.clamp_high);
    if (add != nullptr) {
      const bool is_left = add->inputs[0] == layer_->node;
      const std::int8_t other = residual[is_left ? 1 : 0].at(k, p, q);
      value =
          add_requantized(is_left ? value : other, is_left ? other : value, add->add_multiplier[0],
                          add->add_multiplier[1], add->add_shift, add->clamp_low, add->clamp_high);
    }
    expected.values[at] = value;
  }
  mark_inputs(expected);
}

// The input positions that checked outputs read.
void Verifier::mark_inputs(Expected& expected) const {
  const IntegerNode& node = program_.network.nodes[std::size_t(layer_->node)];
  const Window& window = node.window;
  const Shape& out = node.out;
  const Shape in = program_.network.nodes[std::size_t(node.inputs[0])].out;
  expected.inputs.assign(std::size_t(out.c) * in.h * in.w, false);
  for (std::size_t at = 0; at < expected.checked.size(); ++at) {
    if (!expected.checked[at]) continue;
    const int k = int(at / (std::size_t(out.h) * out.w));
    const int p = int(at / out.w % out.h);
    const int q = int(at % out.w);
    for (int r = 0; r < window.r; ++r) {
      const int h = p * window.stride_h - window.pad_top + r;
      if (h < 0 || h >= in.h) continue;
      for (int s = 0; s < window.s; ++s) {
        const int w = q * window.stride_w - window.pad_left + s;
        if (w >= 0 && w < in.w) expected.inputs[(std::size_t(k) * in.h + h) * in.w + w] = true;
      }
    }
  }
}

Verifier::Expected& Verifier::expected(int image) {
  auto& expected = expected_[std::size_t(image)];
  if (!expected) {
    expected = std::make_unique<Expected>();
    if (mode_ == Verify::kAll) expect_all(image, *expected);
    if (mode_ == Verify::kSample) expect_sample(image, *expected);
  }
  return *expected;
}

bool Verifier::is_checked(int image, int k, int h, int w) const {
  if (mode_ != Verify::kSample) return mode_ == Verify::kAll;
  const Expected& wanted = const_cast<Verifier*>(this)->expected(image);
  const IntegerNode& node = program_.network.nodes[std::size_t(layer_->node)];
  const Shape& in = program_.network.nodes[std::size_t(node.inputs[0])].out;
  return wanted.inputs[(std::size_t(k) * in.h + h) * in.w + w];
}

void Verifier::on_outputs(int image, int first_channel, int p, int q,
                          std::span<std::int8_t> values) {
  const IntegerNode& node = program_.network.nodes[std::size_t(written_node_)];
  Activations& tensor = tensors_[std::size_t(image)][std::size_t(written_node_)];
  const Expected* wanted = mode_ == Verify::kNone ? nullptr : &expected(image);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const int k = first_channel + int(i);
    const std::size_t at = index_of(written_shape_, k, p, q);
    if (wanted != nullptr && wanted->checked[at]) {
      ++counts_.checked_outputs;
      if (values[i] != wanted->values[at]) {
        if (counts_.mismatches == 0) {
          counts_.first_mismatch = fmt::format(
              "layer '{}', image {}, output ({}, {}, {}): {} instead of {}", layer_->name,
              first_image_ + image, k, p, q, values[i], wanted->values[at]);
        }
        ++counts_.mismatches;
      }
    }
    if (node.substitute) values[i] = node.substitute->values[at];
    tensor.values[at] = values[i];
  }
  written_[std::size_t(image)] += std::int64_t(values.size());
}

}  // namespace escalate
