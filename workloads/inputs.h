// Where a network's images come from: the SPEC of `--input`.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "workloads/graph.h"
#include "workloads/integer_network.h"
#include "workloads/tensor.h"

namespace escalate {

struct InputImage {
  Tensor values;               ///< [C][H][W] in the network's channel order
  std::optional<int> label;    ///< class index of the data set
  std::string name;            ///< file, or data set and index
  bool is_int8_steps = false;  ///< `values` are steps of the int8 input tensor, not real numbers
};

/// Images are decoded when they are asked for; asking needs no order and changes nothing.
class InputSource {
 public:
  static constexpr std::int64_t kEndless = std::numeric_limits<std::int64_t>::max();
  virtual ~InputSource() = default;
  /// Number of images; kEndless for synthetic ones.
  virtual std::int64_t size() const = 0;
  /// Whether its values are pixels, which the transform makes an input of.
  virtual bool takes_transform() const { return true; }
  /// Image `index` of 0..size()-1. Throws UserError naming file (and record) if it is broken.
  virtual InputImage image(std::int64_t index) const = 0;
};

/// Opens an input for a network whose input has shape `shape`:
///   cifar10:DIR   test_batch.bin in DIR, with labels (or the batch file itself); 3x32x32, or as
///                 grey 1x32x32
///   image:PATH    a PNG or JPEG file, or a folder of them in the order of their names, for 3
///                 channels or, as grey (grey_of()), for 1; the short side is resized to 8/7 of the
///                 network's size (256 for 224), then the centre is cropped
///   npy:FILE      [N,]C,H,W: float32 is the network's input as it is, uint8 are pixels, int8 are
///                 steps of the quantised input
///   patterns      the 2000 test images of the self-made data set, with labels (pattern_images.h)
///   synthetic     uniformly random pixels, endless, from `seed` and the image's index; where
///                 `transform` is not known, real numbers uniform in [-1, 1)
/// Pixels become (pixel/255 - mean[colour]) / std[colour]; mean and std are given by colour, R, G,
/// B, whatever the channel order (for networks of other than 3 channels: by channel). Throws
/// UserError if the spec or file is wrong, does not fit `shape`, or if pixels need a transform that
/// is not known.
std::unique_ptr<InputSource> open_input(const std::string& spec, const Shape& shape,
                                        const InputTransform& transform, std::uint64_t seed = 1);

/// The int8 input tensor: real values are divided by `input_scale` and rounded to the nearest step
/// (halves away from zero), clamped to [-128, 127].
Activations quantize_input(const InputImage& image, double input_scale);

/// The class that a network's outputs name: the largest, of equal ones the first. `outputs` must
/// not be empty.
template <class Value>
int class_of(const std::vector<Value>& outputs) {
  return int(std::max_element(outputs.begin(), outputs.end()) - outputs.begin());
}

}  // namespace escalate
