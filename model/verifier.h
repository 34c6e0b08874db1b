// Compares what the machine writes with a dense integer convolution of the reconstructed weights,
// and keeps every tensor for the layers that read it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/program.h"
#include "model/output_observer.h"
#include "model/verify.h"
#include "pe/pick_selector.h"

namespace escalate {

struct VerifyCounts {
  std::int64_t checked_outputs = 0;
  std::int64_t mismatches = 0;
  std::string first_mismatch;  ///< where, and what was expected; empty: none
};

class Verifier : public OutputObserver, public PickSelector {
 public:
  static constexpr double kSampleShare = 0.01;  ///< share of each layer's outputs

  Verifier(const Program& program, Verify mode, std::uint64_t seed);
  ~Verifier() override;

  /// The program runs once more, on these images; `first_image` is the number of the first one in
  /// the whole run.
  void begin_batch(std::int64_t first_image, std::vector<Activations> inputs);

  /// What is written from now on is the output of this layer.
  void begin_layer(const LayerCode& layer);
  /// Every output of the layer has been written once for each image; InternalError otherwise.
  void end_layer();

  /// Drops the pick of that number, counted over the whole run: a fault that checks must find.
  void drop_pick(std::int64_t number) { drop_pick_ = number; }

  void on_outputs(int image, int first_channel, int p, int q,
                  std::span<std::int8_t> values) override;
  bool is_checked(int image, int k, int h, int w) const override;
  bool none_checked() const override { return mode_ == Verify::kNone; }
  bool keep_pick() override { return drop_pick_ < 0 || picks_++ != drop_pick_; }

  const VerifyCounts& counts() const { return counts_; }
  /// The tensor that a node has written (or the input's), as its readers see it.
  const Activations& tensor(int image, int node) const;
  /// Takes a tensor as if its layer had run: for runs that begin in the middle of a network.
  void set_tensor(int image, int node, Activations tensor);

 private:
  struct Expected;
  void expect_all(int image, Expected& expected) const;
  void expect_sample(int image, Expected& expected) const;
  std::vector<Activations> inputs_of(int image, const IntegerNode& node) const;
  void mark_inputs(Expected& expected) const;
  Expected& expected(int image);

  const Program& program_;
  Verify mode_;
  std::uint64_t seed_;
  std::int64_t first_image_ = 0;
  std::vector<std::vector<Activations>> tensors_;  // [image][node]
  const LayerCode* layer_ = nullptr;
  int written_node_ = 0;
  Shape written_shape_;                              // in whose coordinates outputs are reported
  std::vector<std::unique_ptr<Expected>> expected_;  // by image
  std::vector<std::int64_t> written_;                // outputs, by image
  VerifyCounts counts_;
  std::int64_t drop_pick_ = -1;
  std::int64_t picks_ = 0;
};

}  // namespace escalate
