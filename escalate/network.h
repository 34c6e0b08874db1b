// Networks and the images they run on.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "escalate/export.h"

namespace esc {

/// Channels, height and width of the tensor of one image.
struct Shape {
  int c = 0, h = 0, w = 0;
  std::int64_t size() const { return std::int64_t{c} * h * w; }
  bool operator==(const Shape&) const = default;
};

/// An int8 tensor of one image, [C][H][W].
struct Tensor {
  Shape shape;
  std::vector<std::int8_t> values;
};

/// Images, in order. Those of files are read when a network asks for them.
class ESCALATE_API Images {
 public:
  /// As many drawn images as a batch has.
  Images();
  /// `count` images drawn from the network's seed; of a drawn network its drawn input. 0: as many
  /// as a batch has.
  static Images drawn(int count);
  /// int8 steps of the network's input, [n][C][H][W]. Error unless `values` are n x shape.size().
  static Images from_int8(std::vector<std::int8_t> values, int n, Shape shape);
  /// Real values of the network's input, [n][C][H][W], which become int8 steps by its input scale.
  static Images from_float(std::vector<float> values, int n, Shape shape);
  /// `what` is as of `--input` (docs/commands.md): "image:PATH" (PNG or JPEG, or a folder of them),
  /// "cifar10:DIR", "npy:FILE", "patterns" or "synthetic". The first `count` of them; 0: all.
  static Images from_files(const std::string& what, int count = 0);

  /// The class of each image of an array. Error unless there are as many.
  Images with_labels(std::vector<int> labels) const;

  struct Impl;  ///< known to the library alone

 private:
  friend struct Access;
  explicit Images(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

/// How the values of a workload are drawn, in place of trained ones.
struct Drawing {
  std::optional<std::uint64_t> seed;  ///< none: the workload's
  int terms = 6;                      ///< M of layers with R, S > 1 that leave it open
  int pointwise_terms = 1;            ///< the same of 1x1 and fully connected layers
};

/// What of an ONNX file Network::from_onnx() reads.
struct Reading {
  std::optional<Shape> input_shape;  ///< of an image, for dimensions that the file leaves open
  std::vector<std::string> outputs;  ///< names of those to keep; empty: all
};

/// How Network::compress() does it.
struct CompressOptions {
  int basis = 6;            ///< basis kernels M of layers with R, S > 1
  int pointwise_terms = 1;  ///< ternary terms of 1x1 and fully connected layers
  double density = 1;       ///< largest non-zero share of a layer's coefficients
  /// "2:8": at most 2 non-zero coefficients of 8 consecutive input channels of a term; empty: any.
  std::string coefficient_pattern = {};
  /// "2:4": int8 weights, pruned to so many of so many consecutive input channels of a tap, in
  /// place of a decomposition; what is said of coefficients does not count then. Empty: a
  /// decomposition.
  std::string weight_pattern = {};
  std::vector<std::string> direct;  ///< layers that keep int8 weights, by name or pattern (* and ?)
  /// What int8 scales are chosen from, and what coefficients, scales and biases are fitted to: the
  /// first `calibration_images` of them. Without, the network cannot be compiled, unless it came
  /// quantised in all its tensors.
  std::optional<Images> calibration;
  std::int64_t calibration_images = 128;
  bool refit = true;  ///< fit to what layers compute from these images
  /// Keep the range of quantised tensors whose steps int8 with zero point 0 has not, in 127 coarser
  /// ones, and round such weights of direct layers. Without, such a network is refused.
  bool requantize = false;
  /// Fold the stride of the first layer into its channels, so that it can be decomposed: the host
  /// gives each square of pixels as the channels of one position (ONNX SpaceToDepth). Error if the
  /// image is read by anything but one plain convolution of equal strides above 1.
  bool fold_strides = false;
  int jobs = 1;  ///< layers or images at a time; the outcome does not depend on it
};

/// What Network::evaluate() found.
struct Evaluation {
  std::int64_t images = 0;
  std::int64_t labelled = 0;              ///< images whose class is known
  std::int64_t top1 = 0;                  ///< classified right in floating point
  std::optional<std::int64_t> top1_int8;  ///< and as int8, of a calibrated network
  double input_density = 0;               ///< non-zero share of what layers read, by dense MACs
};

/// One layer of a network that has weights.
struct LayerInfo {
  std::string name;
  Shape in, out;
  int r = 1, s = 1;  ///< height and width of its kernels
  int groups = 1;
  std::int64_t macs = 0;  ///< dense multiply-accumulates of one image, padding counted
};

/// A network that does not change: copies share it.
class ESCALATE_API Network {
 public:
  /// A trained network. It can be compiled if it is calibrated (compress() makes it so). Error with
  /// the file, and the node, operator and attribute that cannot be read.
  static Network from_onnx(const std::string& path, const Reading& what = {});
  /// A workload, shapes and densities (docs/file-formats.md), drawn. Error with file, line and key.
  static Network from_yaml(const std::string& path, const Drawing& drawing = {});
  /// One drawn layer: "C=64,K=64,R=3,H=56,density=0.1" (docs/commands.md). Error with the key.
  static Network from_layer(const std::string& layer, const Drawing& drawing = {});
  /// A workload of the zoo, which is part of the library: "resnet20-cifar10". Error that lists
  /// them.
  static Network from_zoo(const std::string& name, const Drawing& drawing = {});
  static std::vector<std::string> zoo();

  const std::string& name() const;
  Shape input_shape() const;
  Shape output_shape() const;
  /// Whether it can be compiled: it was drawn, or has int8 scales.
  bool is_calibrated() const;
  std::vector<LayerInfo> layers() const;
  /// Warnings of its reader: what of the file was left out, a line each.
  const std::vector<std::string>& warnings() const;

  /// The YAML workload (docs/file-formats.md) that it is drawn from, which says neither
  /// Drawing::seed nor its terms. Files that it names stay relative to where it was read. Error for
  /// a trained network.
  std::string workload() const;
  /// The same trained network for images whose pixels become its input by (pixel/255 - mean) /
  /// deviation, a number a channel; `is_bgr`: the order of its channels. Error for a drawn network,
  /// and unless there are as many numbers as channels, and deviations are above 0.
  Network with_scaling(const std::vector<float>& mean, const std::vector<float>& deviation,
                       bool is_bgr = false) const;

  /// Decomposes a trained network: shared int8 basis kernels and ternary coefficients; with images,
  /// int8 activations. Error for a drawn network, and for options out of range.
  Network compress(const CompressOptions& options = {}) const;
  /// Runs a trained network on images in floating point and, if it is calibrated, as int8. Error
  /// for a drawn network and for images that do not fit.
  Evaluation evaluate(const Images& images, int jobs = 1) const;

  /// An ONNX file that from_onnx() and any runtime read. Error for a drawn network.
  void save_onnx(const std::string& path) const;

  struct Impl;  ///< known to the library alone

 private:
  friend struct Access;
  explicit Network(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace esc
