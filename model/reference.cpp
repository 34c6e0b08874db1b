#include "model/reference.h"

#include <utility>

namespace escalate {
namespace {

Activations evaluated(const IntegerNode& node, const std::vector<Activations>& inputs) {
  std::vector<const Activations*> pointers;
  for (const Activations& input : inputs) pointers.push_back(&input);
  return run_node(node, pointers);
}

const IntegerNode* fused_node(const Program& program, int node) {
  return node < 0 ? nullptr : &program.network.nodes[std::size_t(node)];
}

}  // namespace

Reference::Reference(const Program& program, const LayerCode& layer)
    : program_(program),
      node_(program.network.nodes[std::size_t(layer.node)]),
      table_(fused_node(program, layer.fused_table)),
      addition_(fused_node(program, layer.fused_add)) {
  if (addition_ != nullptr) own_operand_ = addition_->inputs[0] == layer.added_node() ? 0 : 1;
}

std::vector<Activations> Reference::read_by(const IntegerNode& node, const TensorStore& tensors,
                                            int image) const {
  std::vector<Activations> read;
  for (const int input : node.inputs) {
    const Shape& shape = program_.network.nodes[std::size_t(input)].out;
    read.push_back({shape, tensors.tensor(image, program_.tensor_node(input)).values});
  }
  return read;
}

Reference::Inputs Reference::inputs(const TensorStore& tensors, int image) const {
  Inputs inputs{read_by(node_, tensors, image), {}};
  if (addition_ != nullptr) inputs.of_addition = read_by(*addition_, tensors, image);
  return inputs;
}

Activations Reference::outputs(const Inputs& inputs) const {
  Activations out = evaluated(node_, inputs.of_node);
  if (table_ != nullptr) out = evaluated(*table_, {out});
  if (addition_ == nullptr) return out;
  std::vector<Activations> operands = inputs.of_addition;
  operands[std::size_t(own_operand_)] = std::move(out);
  return evaluated(*addition_, operands);
}

std::int8_t Reference::looked_up(std::int8_t value) const {
  return table_ == nullptr ? value : table_->table[std::size_t(int{value} + 128)];
}

std::int8_t Reference::added(std::int8_t value, const Inputs& inputs, std::size_t index) const {
  if (addition_ == nullptr) return value;
  std::int8_t operands[2] = {value, value};
  const auto other = std::size_t(1 - own_operand_);
  operands[other] = inputs.of_addition[other].values[index];
  return add_requantized(operands[0], operands[1], addition_->add_multiplier[0],
                         addition_->add_multiplier[1], addition_->add_shift, addition_->clamp_low,
                         addition_->clamp_high);
}

std::vector<std::int8_t> Reference::outputs_at(std::span<const std::size_t> indices,
                                               const Inputs& inputs) const {
  std::vector<std::int8_t> values;
  if (node_.op != IntegerOp::kConv) {  // cheap as a whole
    const Activations all = outputs(inputs);
    for (const std::size_t at : indices) values.push_back(all.values[at]);
    return values;
  }
  const Activations& in = inputs.of_node[0];
  const auto width = std::size_t(node_.out.w);
  const auto height = std::size_t(node_.out.h);
  std::vector<std::int32_t> kernel;
  int kernel_of = -1;
  for (const std::size_t at : indices) {
    const int k = int(at / (height * width));
    if (k != kernel_of) kernel = reconstruct_kernel(node_, in.shape.c, k);
    kernel_of = k;
    const std::int32_t sum =
        reference_accumulator(node_, kernel, in, k, int(at / width % height), int(at % width));
    values.push_back(added(looked_up(requantized(node_, k, sum)), inputs, at));
  }
  return values;
}

}  // namespace escalate
