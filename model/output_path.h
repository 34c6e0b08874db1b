// The way of every output from the post-processing unit to the global buffer, in both views.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/output_observer.h"
#include "workloads/integer_network.h"

namespace escalate {

/// In a drawn network each layer reads a tensor that was drawn, whatever the layer before computes.
/// Such a tensor is input of the machine like an image: the host puts it here before the layer
/// that writes it runs, and the unit writes these bytes in place of those it computed.
class OutputPath {
 public:
  /// Takes the observer by reference. Observers see outputs in the order in which they were added.
  void add_observer(OutputObserver& observer) { observers_.push_back(&observer); }

  /// The next layer writes `tensor`, in the coordinates of its instructions, for every image.
  void put_drawn(const Activations& tensor);

  /// A layer begins: no output of its `images` images has been written.
  void begin_layer(int images) { num_written_.assign(std::size_t(images), 0); }
  void end_layer() { drawn_.clear(); }
  /// Outputs of the layer that have been written so far.
  std::int64_t num_written(int image) const { return num_written_[std::size_t(image)]; }

  /// Whether anything of what the layer computes is written or observed.
  bool computed_is_read() const { return wants_all_ || drawn_.empty() || !observers_.empty(); }
  /// Has all values computed, whether they are read or not.
  void want_all() { wants_all_ = true; }

  /// What is to be written at a position; valid until the layer ends or `computed` does.
  std::span<const std::int8_t> written(const OutputPosition& at,
                                       std::span<const std::int8_t> computed);

 private:
  std::vector<OutputObserver*> observers_;
  Shape drawn_shape_;
  std::vector<std::int8_t> drawn_;  // [H][W][C]; empty: what is computed is written
  std::vector<std::int64_t> num_written_;
  bool wants_all_ = false;
};

}  // namespace escalate
