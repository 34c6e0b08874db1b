#include "model/output_check.h"

#include <fmt/format.h>

#include <utility>

#include "common/error.h"
#include "common/random.h"
#include "model/output_sample.h"
#include "model/reference.h"
#include "model/tensor_index.h"

namespace escalate {

OutputCheck::OutputCheck(const Program& program, const TensorStore& tensors, Verify mode,
                         std::uint64_t seed)
    : program_(program), tensors_(tensors), mode_(mode), seed_(seed) {
  ensure(mode != Verify::kNone, "a check checks outputs");
}

void OutputCheck::begin_layer(const LayerCode& layer, std::int64_t first_image) {
  layer_ = &layer;
  first_image_ = first_image;
  const IntegerNode& node = program_.network.nodes[std::size_t(layer.node)];
  written_shape_ = program_.written_shape(layer.written_node());
  input_shape_ = program_.network.nodes[std::size_t(node.inputs[0])].out;
  expected_.clear();
  for (int image = 0; image < program_.batch; ++image) expected_.push_back(expect(layer, image));
}

OutputCheck::Expected OutputCheck::expect(const LayerCode& layer, int image) const {
  const Reference reference(program_, layer);
  const Reference::Inputs inputs = reference.inputs(tensors_, image);
  Expected expected;
  if (mode_ == Verify::kAll) {
    expected.values = reference.outputs(inputs).values;
    expected.checked.assign(expected.values.size(), true);
    return expected;
  }
  const IntegerNode& node = program_.network.nodes[std::size_t(layer.node)];
  const OutputSample sample(node.out,
                            seed_for(seed_ + std::uint64_t(first_image_ + image), layer.name));
  const std::vector<std::int8_t> values = reference.outputs_at(sample.outputs(), inputs);
  expected.checked.assign(std::size_t(node.out.size()), false);
  expected.values.resize(std::size_t(node.out.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    expected.checked[sample.outputs()[i]] = true;
    expected.values[sample.outputs()[i]] = values[i];
  }
  if (node.op == IntegerOp::kConv) {
    expected.positions_read = sample.positions_read(node.window, input_shape_);
  }
  return expected;
}

bool OutputCheck::is_checked(int image, int k, int h, int w) const {
  if (mode_ == Verify::kAll) return true;
  const Shape positions{0, input_shape_.h, input_shape_.w};
  return expected_[std::size_t(image)].positions_read[tensor_index(positions, k, h, w)];
}

void OutputCheck::on_outputs(const OutputPosition& at, std::span<const std::int8_t> computed,
                             std::span<const std::int8_t> /*written*/) {
  const Expected& expected = expected_[std::size_t(at.image)];
  for (std::size_t i = 0; i < computed.size(); ++i) {
    const int k = at.first_channel + int(i);
    const std::size_t index = tensor_index(written_shape_, k, at.p, at.q);
    if (expected.checked[index]) compare(at, k, computed[i], expected.values[index]);
  }
}

void OutputCheck::compare(const OutputPosition& at, int channel, std::int8_t computed,
                          std::int8_t expected) {
  ++counts_.checked_outputs;
  if (computed == expected) return;
  if (counts_.mismatches == 0) {
    counts_.first_mismatch =
        fmt::format("layer '{}', image {}, output ({}, {}, {}): {} instead of {}", layer_->name,
                    first_image_ + at.image, channel, at.p, at.q, computed, expected);
  }
  ++counts_.mismatches;
}

}  // namespace escalate
