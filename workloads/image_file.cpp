#include "workloads/image_file.h"

#include <fmt/format.h>
#include <jerror.h>
#include <jpeglib.h>
#include <png.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <csetjmp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "common/error.h"

namespace escalate {
namespace {

constexpr std::int64_t kMostPixels = std::int64_t{1} << 28;

std::vector<std::uint8_t> read_file(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) throw UserError({path}, "is a folder");
  std::ifstream in(path, std::ios::binary);
  if (!in) throw UserError({path}, "cannot open this image");
  return {std::istreambuf_iterator<char>(in), {}};
}

void check_size(const std::string& path, std::int64_t height, std::int64_t width) {
  if (height * width > kMostPixels) {
    throw UserError({path},
                    fmt::format("has {}x{} pixels; expected up to {}", width, height, kMostPixels));
  }
}

RgbImage decode_png(const std::string& path, const std::vector<std::uint8_t>& bytes) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_memory(&png, bytes.data(), bytes.size()) == 0) {
    throw UserError({path}, fmt::format("not a readable PNG: {}", png.message));
  }
  if (std::int64_t{png.height} * png.width > kMostPixels) png_image_free(&png);
  check_size(path, png.height, png.width);
  // Alpha is read and dropped: without it libpng would blend with a background.
  png.format = PNG_FORMAT_RGBA;
  std::vector<std::uint8_t> rgba(PNG_IMAGE_SIZE(png));
  if (png_image_finish_read(&png, nullptr, rgba.data(), 0, nullptr) == 0) {
    throw UserError({path}, fmt::format("not a readable PNG: {}", png.message));
  }
  RgbImage image{static_cast<int>(png.height), static_cast<int>(png.width), {}};
  image.pixels.reserve(rgba.size() / 4 * 3);
  for (std::size_t i = 0; i < rgba.size(); i += 4) {
    image.pixels.insert(image.pixels.end(), rgba.begin() + static_cast<std::ptrdiff_t>(i),
                        rgba.begin() + static_cast<std::ptrdiff_t>(i) + 3);
  }
  return image;
}

/// libjpeg reports errors by a call that must not return: it jumps back to decode_jpeg_rows().
struct JpegErrors {
  jpeg_error_mgr manager;
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX];
  bool truncated;
};

void jpeg_fail(j_common_ptr decoder) {
  auto* errors = reinterpret_cast<JpegErrors*>(decoder->err);
  decoder->err->format_message(decoder, errors->message);
  std::longjmp(errors->jump, 1);  // NOLINT(cert-err52-cpp): no exception may pass through C
}

void jpeg_message(j_common_ptr decoder, int level) {
  if (level >= 0) return;
  const int code = decoder->err->msg_code;
  if (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER) {
    auto* errors = reinterpret_cast<JpegErrors*>(decoder->err);
    decoder->err->format_message(decoder, errors->message);
    errors->truncated = true;
  }
}

enum class JpegResult { kDone, kBroken, kTooLarge };

/// Holds no object with a destructor of its own: the jump would skip it.
JpegResult decode_jpeg_rows(jpeg_decompress_struct& decoder, JpegErrors& errors,
                            const std::vector<std::uint8_t>& bytes, RgbImage& image) {
  if (setjmp(errors.jump) != 0) return JpegResult::kBroken;  // NOLINT(cert-err52-cpp)
  jpeg_create_decompress(&decoder);
  jpeg_mem_src(&decoder, bytes.data(), static_cast<unsigned long>(bytes.size()));
  jpeg_read_header(&decoder, TRUE);
  if (std::int64_t{decoder.image_height} * decoder.image_width > kMostPixels) {
    return JpegResult::kTooLarge;
  }
  decoder.out_color_space = JCS_RGB;
  jpeg_start_decompress(&decoder);
  image.height = static_cast<int>(decoder.output_height);
  image.width = static_cast<int>(decoder.output_width);
  const std::size_t row_bytes = std::size_t{decoder.output_width} * 3;
  image.pixels.resize(row_bytes * decoder.output_height);
  while (decoder.output_scanline < decoder.output_height) {
    JSAMPROW row = image.pixels.data() + row_bytes * decoder.output_scanline;
    jpeg_read_scanlines(&decoder, &row, 1);
  }
  jpeg_finish_decompress(&decoder);
  return JpegResult::kDone;
}

RgbImage decode_jpeg(const std::string& path, const std::vector<std::uint8_t>& bytes) {
  jpeg_decompress_struct decoder{};
  JpegErrors errors{};
  decoder.err = jpeg_std_error(&errors.manager);
  errors.manager.error_exit = jpeg_fail;
  errors.manager.emit_message = jpeg_message;
  RgbImage image;
  const JpegResult result = decode_jpeg_rows(decoder, errors, bytes, image);
  const std::int64_t height = decoder.image_height, width = decoder.image_width;
  jpeg_destroy_decompress(&decoder);
  if (result == JpegResult::kTooLarge) check_size(path, height, width);
  if (result == JpegResult::kBroken || errors.truncated) {
    throw UserError({path}, fmt::format("not a readable JPEG: {}", errors.message));
  }
  return image;
}

/// For each output position the first input position and the weights from there on.
struct ResampleTap {
  int first = 0;
  std::vector<double> weights;
};

std::vector<ResampleTap> triangle_taps(int in, int out) {
  const double scale = static_cast<double>(in) / out;
  const double support = std::max(scale, 1.0);
  std::vector<ResampleTap> taps(static_cast<std::size_t>(out));
  for (int i = 0; i < out; ++i) {
    const double centre = (i + 0.5) * scale;
    const int first = std::max(static_cast<int>(std::floor(centre - support + 0.5)), 0);
    const int end = std::min(static_cast<int>(std::floor(centre + support + 0.5)), in);
    ResampleTap& tap = taps[static_cast<std::size_t>(i)];
    tap.first = first;
    double sum = 0;
    for (int x = first; x < end; ++x) {
      tap.weights.push_back(std::max(0.0, 1 - std::abs((x - centre + 0.5) / support)));
      sum += tap.weights.back();
    }
    for (double& weight : tap.weights) weight /= sum;
  }
  return taps;
}

std::uint8_t to_byte(double value) {
  return static_cast<std::uint8_t>(std::clamp(std::floor(value + 0.5), 0.0, 255.0));
}

RgbImage resize_width(const RgbImage& image, int width) {
  RgbImage out{image.height, width, {}};
  out.pixels.reserve(static_cast<std::size_t>(image.height) * width * 3);
  const std::vector<ResampleTap> taps = triangle_taps(image.width, width);
  for (int y = 0; y < image.height; ++y) {
    for (const ResampleTap& tap : taps) {
      for (int colour = 0; colour < 3; ++colour) {
        double sum = 0;
        for (std::size_t i = 0; i < tap.weights.size(); ++i) {
          sum += tap.weights[i] * image.at(y, tap.first + static_cast<int>(i), colour);
        }
        out.pixels.push_back(to_byte(sum));
      }
    }
  }
  return out;
}

RgbImage resize_height(const RgbImage& image, int height) {
  RgbImage out{height, image.width, {}};
  const std::size_t row = static_cast<std::size_t>(image.width) * 3;
  out.pixels.reserve(row * static_cast<std::size_t>(height));
  std::vector<double> sums(row);
  for (const ResampleTap& tap : triangle_taps(image.height, height)) {
    std::fill(sums.begin(), sums.end(), 0.0);
    for (std::size_t i = 0; i < tap.weights.size(); ++i) {
      const std::uint8_t* in =
          image.pixels.data() + row * (static_cast<std::size_t>(tap.first) + i);
      for (std::size_t x = 0; x < row; ++x) sums[x] += tap.weights[i] * in[x];
    }
    std::transform(sums.begin(), sums.end(), std::back_inserter(out.pixels), to_byte);
  }
  return out;
}

}  // namespace

RgbImage read_image_file(const std::string& path) {
  const std::vector<std::uint8_t> bytes = read_file(path);
  constexpr std::array<std::uint8_t, 4> kPng = {0x89, 'P', 'N', 'G'};
  constexpr std::array<std::uint8_t, 3> kJpeg = {0xff, 0xd8, 0xff};
  const auto starts_with = [&](const auto& magic) {
    return bytes.size() >= magic.size() && std::equal(magic.begin(), magic.end(), bytes.begin());
  };
  if (starts_with(kPng)) return decode_png(path, bytes);
  if (starts_with(kJpeg)) return decode_jpeg(path, bytes);
  throw UserError({path}, "is neither a PNG nor a JPEG image");
}

RgbImage resize_bilinear(const RgbImage& image, int height, int width) {
  ensure(height > 0 && width > 0, "an image cannot be resized to nothing");
  RgbImage out = image.width == width ? image : resize_width(image, width);
  return out.height == height ? out : resize_height(out, height);
}

RgbImage resize_and_crop(const RgbImage& image, int height, int width) {
  // The side that needs the larger factor gets 8/7 of the crop exactly, the other follows.
  const auto cover = [](int crop) { return static_cast<int>(std::lround(crop * 8.0 / 7.0)); };
  const bool by_height = static_cast<double>(cover(height)) / image.height >=
                         static_cast<double>(cover(width)) / image.width;
  const int resized_height =
      by_height ? cover(height)
                : static_cast<int>(std::int64_t{cover(width)} * image.height / image.width);
  const int resized_width =
      by_height ? static_cast<int>(std::int64_t{cover(height)} * image.width / image.height)
                : cover(width);
  const RgbImage resized = resize_bilinear(image, resized_height, resized_width);
  const int top = static_cast<int>(std::nearbyint((resized.height - height) / 2.0));
  const int left = static_cast<int>(std::nearbyint((resized.width - width) / 2.0));
  RgbImage crop{height, width, {}};
  crop.pixels.reserve(static_cast<std::size_t>(height) * width * 3);
  for (int y = 0; y < height; ++y) {
    const auto row =
        resized.pixels.begin() + (static_cast<std::ptrdiff_t>(top + y) * resized.width + left) * 3;
    crop.pixels.insert(crop.pixels.end(), row, row + static_cast<std::ptrdiff_t>(width) * 3);
  }
  return crop;
}

}  // namespace escalate
