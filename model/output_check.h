// Compares what the post-processing unit computes with the reference: every output, or a sample.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "compiler/program.h"
#include "model/output_observer.h"
#include "model/tensor_store.h"
#include "model/verify.h"
#include "pe/pick_selector.h"

namespace escalate {

struct VerifyCounts {
  std::int64_t checked_outputs = 0;
  std::int64_t mismatches = 0;
  std::string first_mismatch;  ///< where, and what was expected; empty: none
};

/// It also selects the elements whose picks are accumulated: those that checked outputs are made
/// of.
class OutputCheck : public OutputObserver, public PickSelector {
 public:
  /// Takes `program` and `tensors` by reference; `mode` is all or sample. Samples are drawn from
  /// `seed`, the number of the image in the whole run, and the layer's name.
  OutputCheck(const Program& program, const TensorStore& tensors, Verify mode, std::uint64_t seed);

  /// What is computed from now on are outputs of this layer, whose inputs are in the store;
  /// `first_image` is the number of the batch's first image.
  void begin_layer(const LayerCode& layer, std::int64_t first_image);

  void on_outputs(const OutputPosition& at, std::span<const std::int8_t> computed,
                  std::span<const std::int8_t> written) override;
  bool is_checked(int image, int k, int h, int w) const override;

  const VerifyCounts& counts() const { return counts_; }
  /// Begins to count anew.
  VerifyCounts take_counts() { return std::exchange(counts_, {}); }

 private:
  /// What one image's output of the layer must be.
  struct Expected {
    std::vector<bool> checked;         // by output
    std::vector<std::int8_t> values;   // by output, where checked
    std::vector<bool> positions_read;  // sample of a convolution: [K][H][W], by checked outputs
  };
  Expected expect(const LayerCode& layer, int image) const;
  void compare(const OutputPosition& at, int channel, std::int8_t computed, std::int8_t expected);

  const Program& program_;
  const TensorStore& tensors_;
  Verify mode_;
  std::uint64_t seed_;
  std::int64_t first_image_ = 0;
  const LayerCode* layer_ = nullptr;
  Shape written_shape_;             // in whose coordinates outputs are reported
  Shape input_shape_;               // of the layer's first operand
  std::vector<Expected> expected_;  // by image
  VerifyCounts counts_;
};

}  // namespace escalate
