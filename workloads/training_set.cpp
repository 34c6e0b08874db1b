#include "workloads/training_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <utility>

#include "common/atomic_file.h"
#include "common/config.h"
#include "common/error.h"
#include "common/math.h"
#include "common/random.h"
#include "workloads/pattern_images.h"

namespace escalate {
namespace {

namespace fs = std::filesystem;

constexpr Shape kCifarShape{3, 32, 32};
constexpr std::size_t kCifarRecord = 3073;  ///< a label and three planes
constexpr int kCifarClasses = 10;
constexpr int kCifarBatches = 5;

void append_cifar_batch(const std::string& file, LabelledImages& images) {
  const std::string bytes = read_file(file);
  if (bytes.empty() || bytes.size() % kCifarRecord != 0) {
    throw UserError({file}, fmt::format("has {} bytes; expected a multiple of {}: 1 label byte and "
                                        "3072 pixels an image",
                                        bytes.size(), kCifarRecord));
  }
  for (std::size_t i = 0; i < bytes.size(); i += kCifarRecord) {
    const auto label = static_cast<std::uint8_t>(bytes[i]);
    if (label >= kCifarClasses) {
      throw UserError(
          {file}, fmt::format("image {} has label {}; expected 0 to 9", i / kCifarRecord, label));
    }
    images.labels.push_back(label);
    images.pixels.insert(images.pixels.end(), bytes.begin() + std::ptrdiff_t(i + 1),
                         bytes.begin() + std::ptrdiff_t(i + kCifarRecord));
  }
}

LabelledImages read_cifar10(const std::string& folder, Split split) {
  LabelledImages images;
  images.shape = kCifarShape;
  if (split == Split::kTest) {
    append_cifar_batch((fs::path(folder) / "test_batch.bin").string(), images);
    return images;
  }
  for (int i = 1; i <= kCifarBatches; ++i) {
    const fs::path file = fs::path(folder) / fmt::format("data_batch_{}.bin", i);
    if (fs::exists(file)) append_cifar_batch(file.string(), images);
  }
  if (images.labels.empty()) {
    throw UserError({folder},
                    "has no data_batch_1.bin to data_batch_5.bin (CIFAR-10 as binary files)");
  }
  return images;
}

LabelledImages make_patterns(const std::string& count_text, Split split) {
  constexpr std::int64_t kDefaultTraining = 10000;
  std::int64_t count = kDefaultTraining;
  if (!count_text.empty()) {
    count = detail::parse_as<std::int64_t>({"--data", "", "", "", 1, 1 << 20}, count_text);
  }
  if (split == Split::kTest) count = kPatternTestImages;
  LabelledImages images;
  images.shape = kPatternShape;
  for (std::int64_t i = 0; i < count; ++i) {
    const PatternImage image = pattern_image(split, i);
    images.labels.push_back(image.label);
    images.pixels.insert(images.pixels.end(), image.pixels.begin(), image.pixels.end());
  }
  return images;
}

}  // namespace

LabelledImages read_labelled_images(const std::string& spec, Split split) {
  const std::size_t colon = spec.find(':');
  const std::string kind = spec.substr(0, colon);
  const std::string rest = colon == std::string::npos ? "" : spec.substr(colon + 1);
  if (kind == "cifar10" && !rest.empty()) return read_cifar10(rest, split);
  if (kind == "patterns") return make_patterns(rest, split);
  throw UserError({"", 0, "--data"},
                  fmt::format("'{}': expected cifar10:DIR or patterns[:N]", spec));
}

Epoch::Epoch(const LabelledImages& images, int batch, const Augmentation& augmentation,
             std::uint64_t seed, std::int64_t epoch)
    : images_(images),
      batch_(batch),
      augmentation_(augmentation),
      seed_(seed_for(seed, fmt::format("epoch {}", epoch))),
      order_(std::size_t(images.size())) {
  ensure(batch > 0 && images.size() > 0, "an epoch has images and batches");
  std::iota(order_.begin(), order_.end(), 0U);
  Random random(seed_for(seed_, "order"));
  for (std::size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[random.below(i)]);
}

std::int64_t Epoch::num_batches() const { return ceil_div(images_.size(), batch_); }

ImageBatch Epoch::batch(std::int64_t index) const {
  const std::int64_t first = index * batch_;
  const std::int64_t last = std::min<std::int64_t>(first + batch_, images_.size());
  ensure(index >= 0 && first < last, "a batch is within its epoch");
  const auto size = std::size_t(images_.shape.size());
  ImageBatch made;
  made.pixels.resize(size * std::size_t(last - first));
  for (std::int64_t i = first; i < last; ++i) {
    copy_varied(i, &made.pixels[size * std::size_t(i - first)]);
    made.labels.push_back(images_.labels[order_[std::size_t(i)]]);
  }
  return made;
}

void Epoch::copy_varied(std::int64_t position, std::uint8_t* out) const {
  const Shape& shape = images_.shape;
  const std::uint8_t* in =
      &images_.pixels[std::size_t(shape.size()) * order_[std::size_t(position)]];
  Random random(seed_for(seed_, fmt::format("image {}", position)));
  const int down = int(random.between(-augmentation_.pad, augmentation_.pad));
  const int right = int(random.between(-augmentation_.pad, augmentation_.pad));
  const bool flipped = augmentation_.flip && random.chance(0.5);
  for (int c = 0; c < shape.c; ++c) {
    for (int h = 0; h < shape.h; ++h) {
      for (int w = 0; w < shape.w; ++w) {
        const int from_h = h + down;
        const int from_w = (flipped ? shape.w - 1 - w : w) + right;
        const bool inside = from_h >= 0 && from_h < shape.h && from_w >= 0 && from_w < shape.w;
        *out++ = inside ? in[(std::size_t(c) * shape.h + from_h) * shape.w + from_w] : 0;
      }
    }
  }
}

}  // namespace escalate
