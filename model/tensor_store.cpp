#include "model/tensor_store.h"

#include "model/tensor_index.h"

namespace escalate {

void TensorStore::begin_batch(std::vector<Activations> inputs) {
  tensors_.assign(inputs.size(), {});
  for (std::size_t image = 0; image < inputs.size(); ++image) {
    tensors_[image].resize(program_.network.nodes.size());
    tensors_[image][0] = std::move(inputs[image]);
  }
}

void TensorStore::begin_layer(const LayerCode& layer) {
  node_ = layer.written_node();
  shape_ = program_.written_shape(node_);
  const Shape& out = program_.network.nodes[std::size_t(node_)].out;
  for (auto& of_image : tensors_) {
    of_image[std::size_t(node_)] = {out, std::vector<std::int8_t>(std::size_t(out.size()), 0)};
  }
}

void TensorStore::on_outputs(const OutputPosition& at, std::span<const std::int8_t> /*computed*/,
                             std::span<const std::int8_t> written) {
  std::vector<std::int8_t>& values = tensors_[std::size_t(at.image)][std::size_t(node_)].values;
  for (std::size_t i = 0; i < written.size(); ++i) {
    values[tensor_index(shape_, at.first_channel + int(i), at.p, at.q)] = written[i];
  }
}

}  // namespace escalate
