// Labelled images that a network is trained on, and in what order and form it sees them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workloads/graph.h"

namespace escalate {

/// Images of one size with a class each, as bytes.
struct LabelledImages {
  Shape shape;                       ///< colours, height and width of an image
  std::vector<std::uint8_t> pixels;  ///< [N][C][H][W], colours in the order R, G, B
  std::vector<std::uint8_t> labels;  ///< [N]
  std::int64_t size() const { return std::int64_t(labels.size()); }
};

/// Which images of a data set are meant.
enum class Split { kTraining, kTest };

/// Reads a data set that a network can be trained on:
///   cifar10:DIR     data_batch_1.bin ... data_batch_5.bin for training (as many of them as there
///                   are), test_batch.bin for the test
///   patterns[:N]    the self-made data set (pattern_images.h): N images for training (default
///                   10000), 2000 others for the test
/// Throws UserError naming the file that is missing or broken, or the spec.
LabelledImages read_labelled_images(const std::string& spec, Split split);

/// How an image is varied each time that it is seen.
struct Augmentation {
  int pad = 4;       ///< a crop of the image's own size from it with so many black pixels around it
  bool flip = true;  ///< left and right exchanged, every other time
};

/// Images that a step of training sees.
struct ImageBatch {
  std::vector<std::uint8_t> pixels;  ///< [n][C][H][W]
  std::vector<std::int64_t> labels;  ///< [n]
};

/// One pass over a data set in a random order, in batches. Order and variations follow from the
/// seed and the number of the epoch alone, so an epoch can be taken up again without having gone
/// through those before it.
class Epoch {
 public:
  /// `images` must outlive it. The last batch may be smaller.
  Epoch(const LabelledImages& images, int batch, const Augmentation& augmentation,
        std::uint64_t seed, std::int64_t epoch);

  std::int64_t num_batches() const;
  ImageBatch batch(std::int64_t index) const;

 private:
  void copy_varied(std::int64_t position, std::uint8_t* out) const;

  const LabelledImages& images_;
  int batch_;
  Augmentation augmentation_;
  std::uint64_t seed_;
  std::vector<std::uint32_t> order_;
};

}  // namespace escalate
