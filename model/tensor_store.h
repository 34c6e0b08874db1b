// The tensors of a batch as the machine has written them, kept for who compares them.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "compiler/program.h"
#include "model/output_observer.h"

namespace escalate {

class TensorStore : public OutputObserver {
 public:
  /// Takes `program` by reference.
  explicit TensorStore(const Program& program) : program_(program) {}

  /// Nothing is known but the network's input, by image.
  void begin_batch(std::vector<Activations> inputs);

  /// What is written from now on is the output of this layer; what is not written is zero.
  void begin_layer(const LayerCode& layer);
  void on_outputs(const OutputPosition& at, std::span<const std::int8_t> computed,
                  std::span<const std::int8_t> written) override;

  /// The tensor that a node has written (or the input's), as its readers see it.
  const Activations& tensor(int image, int node) const {
    return tensors_[std::size_t(image)][std::size_t(node)];
  }
  /// Takes a tensor as if its layer had run: for runs that begin in the middle of a network.
  void set(int image, int node, Activations tensor) {
    tensors_[std::size_t(image)][std::size_t(node)] = std::move(tensor);
  }

 private:
  const Program& program_;
  std::vector<std::vector<Activations>> tensors_;  // [image][node]
  int node_ = 0;                                   // that is written
  Shape shape_;                                    // in whose coordinates it is
};

}  // namespace escalate
