#include "workloads/inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <vector>

#include "common/atomic_file.h"
#include "common/error.h"
#include "common/random.h"
#include "workloads/image_file.h"
#include "workloads/npy.h"
#include "workloads/pattern_images.h"

namespace escalate {
namespace {

namespace fs = std::filesystem;

/// (pixel/255 - mean) / std for each value of a pixel, colour by colour.
class PixelTable {
 public:
  PixelTable(const InputTransform& transform, int channels) : bgr_(transform.bgr) {
    const auto count = static_cast<std::size_t>(channels);
    if (transform.mean.size() != count || transform.std.size() != count) {
      throw UserError(
          fmt::format("how pixels become the network's input is not known: expected a "
                      "mean and a standard deviation for each of {} channels (--mean, --std)",
                      channels));
    }
    if (bgr_ && channels != 3) throw UserError("channel order bgr needs a network with 3 channels");
    values_.resize(count);
    for (std::size_t colour = 0; colour < count; ++colour) {
      if (!(transform.std[colour] > 0))
        throw UserError("a pixel's standard deviation must be above 0");
      for (int pixel = 0; pixel < 256; ++pixel) {
        values_[colour][static_cast<std::size_t>(pixel)] =
            (static_cast<float>(pixel) / 255.0f - transform.mean[colour]) / transform.std[colour];
      }
    }
  }

  /// Colour that channel `channel` of the network shows.
  int colour_of(int channel) const { return bgr_ ? 2 - channel : channel; }
  float at(int colour, std::uint8_t pixel) const {
    return values_[static_cast<std::size_t>(colour)][pixel];
  }

  /// Tensor from planes in colour order, pixel(colour, position).
  template <class Pixel>
  Tensor tensor(const Shape& shape, Pixel pixel) const {
    Tensor out{shape, {}};
    out.values.reserve(static_cast<std::size_t>(shape.size()));
    const std::size_t plane = static_cast<std::size_t>(shape.h) * static_cast<std::size_t>(shape.w);
    for (int channel = 0; channel < shape.c; ++channel) {
      const int colour = colour_of(channel);
      for (std::size_t i = 0; i < plane; ++i) out.values.push_back(at(colour, pixel(colour, i)));
    }
    return out;
  }

 private:
  bool bgr_;
  std::vector<std::array<float, 256>> values_;
};

std::string shape_text(const Shape& shape) {
  return fmt::format("{}x{}x{}", shape.c, shape.h, shape.w);
}

/// Images are read more than once, which a pipe cannot be.
void check_file(const std::string& path) {
  if (is_stream(path)) {
    throw UserError({path}, "is no file: images are read more than once, and in any order");
  }
}

/// CIFAR-10 binary batches: records of one label byte and the R, G and B planes of 32x32 bytes.
class Cifar10 final : public InputSource {
 public:
  Cifar10(const std::string& path, const Shape& shape, const InputTransform& transform)
      : file_(fs::is_directory(path) ? (fs::path(path) / "test_batch.bin").string() : path),
        shape_(shape),
        table_(transform, shape.c) {
    if (shape != kShape && shape != Shape{1, kShape.h, kShape.w}) {
      throw UserError(fmt::format("CIFAR-10 images are {} but the network's input is {}",
                                  shape_text(kShape), shape_text(shape)));
    }
    check_file(file_);
    std::error_code error;
    const auto bytes = static_cast<std::int64_t>(fs::file_size(file_, error));
    if (error) throw UserError({file_}, "cannot open this CIFAR-10 batch");
    num_images_ = bytes / kRecordBytes;
    if (bytes % kRecordBytes != 0 || bytes == 0) {
      throw UserError({file_}, fmt::format("has {} bytes; expected a multiple of {}: 1 label byte "
                                           "and 3072 pixels an image",
                                           bytes, kRecordBytes));
    }
  }

  std::int64_t size() const override { return num_images_; }

  InputImage image(std::int64_t index) const override {
    std::array<char, kRecordBytes> record{};
    std::ifstream in(file_, std::ios::binary);
    in.seekg(index * kRecordBytes);
    in.read(record.data(), kRecordBytes);
    if (!in) throw UserError({file_}, fmt::format("cannot read image {}", index));
    const int label = static_cast<unsigned char>(record[0]);
    if (label > 9) {
      throw UserError({file_}, fmt::format("image {} has label {}; expected 0 to 9", index, label));
    }
    const auto pixel = [&](int colour, std::size_t i) {
      return static_cast<std::uint8_t>(record[1 + std::size_t(colour) * kPlane + i]);
    };
    const auto grey = [&](int, std::size_t i) {
      return grey_of(pixel(0, i), pixel(1, i), pixel(2, i));
    };
    return {shape_.c == 1 ? table_.tensor(shape_, grey) : table_.tensor(shape_, pixel), label,
            fmt::format("{}[{}]", file_, index)};
  }

 private:
  static constexpr Shape kShape{3, 32, 32};
  static constexpr std::size_t kPlane = 1024;
  static constexpr int kRecordBytes = 3073;
  std::string file_;
  Shape shape_;
  PixelTable table_;
  std::int64_t num_images_ = 0;
};

/// The test images of the self-made data set.
class PatternImages final : public InputSource {
 public:
  PatternImages(const Shape& shape, const InputTransform& transform) : table_(transform, shape.c) {
    if (shape != kPatternShape) {
      throw UserError(fmt::format("the images of `patterns` are {} but the network's input is {}",
                                  shape_text(kPatternShape), shape_text(shape)));
    }
  }

  std::int64_t size() const override { return kPatternTestImages; }

  InputImage image(std::int64_t index) const override {
    const PatternImage made = pattern_image(Split::kTest, index);
    const std::size_t plane = std::size_t(kPatternShape.h) * kPatternShape.w;
    return {table_.tensor(kPatternShape,
                          [&](int colour, std::size_t i) {
                            return made.pixels[std::size_t(colour) * plane + i];
                          }),
            int(made.label), fmt::format("patterns[{}]", index)};
  }

 private:
  PixelTable table_;
};

bool has_image_extension(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

class ImageFiles final : public InputSource {
 public:
  ImageFiles(const std::string& path, const Shape& shape, const InputTransform& transform)
      : shape_(shape), table_(transform, shape.c) {
    if (shape.c != 3 && shape.c != 1) {
      throw UserError(fmt::format("images have 3 channels, or 1, but the network's input is {}",
                                  shape_text(shape)));
    }
    if (!fs::exists(path)) throw UserError({path}, "no such image or folder");
    check_file(path);
    if (!fs::is_directory(path)) {
      files_.push_back(path);
      return;
    }
    for (const auto& entry : fs::directory_iterator(path)) {
      if (entry.is_regular_file() && has_image_extension(entry.path())) {
        files_.push_back(entry.path().string());
      }
    }
    if (files_.empty()) throw UserError({path}, "has no .png, .jpg or .jpeg file");
    std::sort(files_.begin(), files_.end());
  }

  std::int64_t size() const override { return static_cast<std::int64_t>(files_.size()); }

  InputImage image(std::int64_t index) const override {
    const std::string& file = files_.at(static_cast<std::size_t>(index));
    const RgbImage crop = resize_and_crop(read_image_file(file), shape_.h, shape_.w);
    const auto pixel = [&crop](int colour, std::size_t i) {
      return crop.pixels[i * 3 + static_cast<std::size_t>(colour)];
    };
    const auto grey = [&](int, std::size_t i) {
      return grey_of(pixel(0, i), pixel(1, i), pixel(2, i));
    };
    return {shape_.c == 1 ? table_.tensor(shape_, grey) : table_.tensor(shape_, pixel),
            std::nullopt, file};
  }

 private:
  Shape shape_;
  PixelTable table_;
  std::vector<std::string> files_;
};

class NpyImages final : public InputSource {
 public:
  NpyImages(const std::string& path, const Shape& shape, const InputTransform& transform)
      : file_(path), shape_(shape) {
    std::vector<std::int64_t> extents = file_.shape();
    if (extents.size() == 4) {
      num_images_ = extents.front();
      extents.erase(extents.begin());
    }
    const std::vector<std::int64_t> expected = {shape.c, shape.h, shape.w};
    if (extents != expected || file_.type() == NpyType::kBool || num_images_ == 0) {
      throw UserError(
          {path},
          fmt::format("is {}; expected [N][{}][{}][{}] or [{}][{}][{}] of float32, "
                      "uint8 or int8",
                      file_.description(), shape.c, shape.h, shape.w, shape.c, shape.h, shape.w));
    }
    if (file_.type() == NpyType::kUint8) table_.emplace(transform, shape.c);
  }

  std::int64_t size() const override { return num_images_; }
  bool takes_transform() const override { return table_.has_value(); }

  InputImage image(std::int64_t index) const override {
    ensure(index >= 0 && index < num_images_, "an image outside the input was asked for");
    InputImage image{{shape_, file_.read_floats(index * shape_.size(), shape_.size())},
                     std::nullopt,
                     fmt::format("{}[{}]", file_.path(), index),
                     file_.type() == NpyType::kInt8};
    for (const float value : image.values.values) {
      if (!std::isfinite(value)) {
        throw UserError({file_.path()},
                        fmt::format("image {} holds a value that is not finite", index));
      }
    }
    if (table_) {
      const std::vector<float> pixels = std::move(image.values.values);
      const std::size_t plane =
          static_cast<std::size_t>(shape_.h) * static_cast<std::size_t>(shape_.w);
      image.values = table_->tensor(shape_, [&](int colour, std::size_t i) {
        return static_cast<std::uint8_t>(pixels[static_cast<std::size_t>(colour) * plane + i]);
      });
    }
    return image;
  }

 private:
  NpyFile file_;
  Shape shape_;
  std::int64_t num_images_ = 1;
  std::optional<PixelTable> table_;
};

class SyntheticImages final : public InputSource {
 public:
  SyntheticImages(const Shape& shape, const InputTransform& transform, std::uint64_t seed)
      : shape_(shape), seed_(seed) {
    if (!transform.mean.empty() || !transform.std.empty()) table_.emplace(transform, shape.c);
  }

  std::int64_t size() const override { return kEndless; }
  bool takes_transform() const override { return table_.has_value(); }

  InputImage image(std::int64_t index) const override {
    const std::string name = fmt::format("synthetic[{}]", index);
    const RandomStream numbers(seed_for(seed_, name));
    InputImage image{{shape_, {}}, std::nullopt, name};
    if (table_) {
      const std::size_t plane =
          static_cast<std::size_t>(shape_.h) * static_cast<std::size_t>(shape_.w);
      image.values = table_->tensor(shape_, [&](int colour, std::size_t i) {
        return static_cast<std::uint8_t>(numbers.at(static_cast<std::size_t>(colour) * plane + i) >>
                                         56);
      });
    } else {
      for (std::int64_t i = 0; i < shape_.size(); ++i) {
        const std::uint64_t bits = numbers.at(static_cast<std::uint64_t>(i)) >> 40;  // 24 bits
        image.values.values.push_back(static_cast<float>(bits) * 0x1p-23f - 1.0f);
      }
    }
    return image;
  }

 private:
  Shape shape_;
  std::uint64_t seed_;
  std::optional<PixelTable> table_;
};

}  // namespace

std::unique_ptr<InputSource> open_input(const std::string& spec, const Shape& shape,
                                        const InputTransform& transform, std::uint64_t seed) {
  if (spec == "patterns") return std::make_unique<PatternImages>(shape, transform);
  if (spec == "synthetic") return std::make_unique<SyntheticImages>(shape, transform, seed);
  const std::size_t colon = spec.find(':');
  const std::string kind = spec.substr(0, colon);
  const std::string path = colon == std::string::npos ? "" : spec.substr(colon + 1);
  const std::vector<std::string> kinds = {"cifar10", "image", "npy"};
  if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
    throw UserError({"", 0, "--input"},
                    fmt::format("'{}': expected cifar10:DIR, image:FILE, image:FOLDER, npy:FILE, "
                                "patterns or synthetic",
                                spec));
  }
  if (path.empty()) {
    throw UserError({"", 0, "--input"},
                    fmt::format("'{}': expected a path after '{}:'", spec, kind));
  }
  if (kind == "cifar10") return std::make_unique<Cifar10>(path, shape, transform);
  if (kind == "image") return std::make_unique<ImageFiles>(path, shape, transform);
  return std::make_unique<NpyImages>(path, shape, transform);
}

Activations quantize_input(const InputImage& image, double input_scale) {
  Activations steps{image.values.shape, {}};
  steps.values.reserve(image.values.values.size());
  const double scale = image.is_int8_steps ? 1 : input_scale;
  for (const float value : image.values.values) {
    const double step = std::clamp(std::round(static_cast<double>(value) / scale), -128.0, 127.0);
    steps.values.push_back(static_cast<std::int8_t>(step));
  }
  return steps;
}

}  // namespace escalate
