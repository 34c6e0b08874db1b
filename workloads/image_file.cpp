#include "workloads/image_file.h"

#include <fmt/format.h>
#include <jerror.h>
#include <jpeglib.h>
#include <png.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <memory>
#include <new>
#include <string_view>

#include "common/atomic_file.h"
#include "common/error.h"

namespace escalate {
namespace {

/// Pillow has the same limit: an image of more pixels is a decompression bomb.
constexpr std::int64_t kMostPixels = 178'956'970;
constexpr std::int64_t kMostImageBytes = std::int64_t{1} << 28;

void check_size(const std::string& path, std::int64_t height, std::int64_t width) {
  if (height * width > kMostPixels) {
    throw UserError({path},
                    fmt::format("has {}x{} pixels; expected up to {}", width, height, kMostPixels));
  }
}

/// An image of that size, without pixels so far. UserError if there is no memory for it.
RgbImage make_image(const std::string& path, std::int64_t height, std::int64_t width) {
  check_size(path, height, width);
  RgbImage image{static_cast<int>(height), static_cast<int>(width), {}};
  const auto bytes = static_cast<std::size_t>(height * width * 3);
  try {
    image.pixels.resize(bytes);
  } catch (const std::bad_alloc&) {
    throw UserError({path}, fmt::format("has {}x{} pixels, which need {} bytes of memory, more "
                                        "than there is",
                                        width, height, bytes));
  }
  return image;
}

/// libpng reports errors by a call that must not return, and reads by another one.
struct PngState {
  png_structp decoder = nullptr;
  png_infop info = nullptr;
  const std::string* bytes = nullptr;
  std::size_t at = 0;
  std::array<char, 200> message{};
};

void png_fail(png_structp decoder, png_const_charp message) {
  auto* state = static_cast<PngState*>(png_get_error_ptr(decoder));
  std::snprintf(state->message.data(), state->message.size(), "%s", message);
  png_longjmp(decoder, 1);
}

void png_ignore(png_structp /*decoder*/, png_const_charp /*message*/) {}

void png_take(png_structp decoder, png_bytep to, std::size_t count) {
  auto* state = static_cast<PngState*>(png_get_io_ptr(decoder));
  if (count > state->bytes->size() - state->at) png_error(decoder, "it is truncated");
  std::memcpy(to, state->bytes->data() + state->at, count);
  state->at += count;
}

// Neither of the three holds an object with a destructor of its own: a jump would skip it.

bool read_png_header(PngState& state) {
  if (setjmp(png_jmpbuf(state.decoder)) != 0) return false;  // NOLINT(cert-err52-cpp)
  png_set_read_fn(state.decoder, &state, png_take);
  png_set_user_limits(state.decoder, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // check_size() is ours
  png_read_info(state.decoder, state.info);
  return true;
}

/// How pixels become 8-bit RGB. The upper half of 16 bits is taken, the range of 1, 2 and 4 bits
/// widened to 8, palettes are looked up and alpha is dropped. Values stay as they are stored: gamma
/// and colour profiles say how to show an image.
bool choose_png_pixels(PngState& state) {
  if (setjmp(png_jmpbuf(state.decoder)) != 0) return false;  // NOLINT(cert-err52-cpp)
  png_set_palette_to_rgb(state.decoder);
  png_set_expand_gray_1_2_4_to_8(state.decoder);
  png_set_strip_16(state.decoder);
  png_set_strip_alpha(state.decoder);
  png_set_gray_to_rgb(state.decoder);
  png_set_interlace_handling(state.decoder);
  png_read_update_info(state.decoder, state.info);
  return true;
}

bool read_png_rows(PngState& state, png_bytepp rows) {
  if (setjmp(png_jmpbuf(state.decoder)) != 0) return false;  // NOLINT(cert-err52-cpp)
  png_read_image(state.decoder, rows);
  png_read_end(state.decoder, nullptr);
  return true;
}

RgbImage decode_png(const std::string& path, const std::string& bytes) {
  PngState state;
  state.bytes = &bytes;
  state.decoder = png_create_read_struct(PNG_LIBPNG_VER_STRING, &state, png_fail, png_ignore);
  ensure(state.decoder != nullptr, "libpng does not start");
  state.info = png_create_info_struct(state.decoder);
  ensure(state.info != nullptr, "libpng does not start");
  const auto destroy = [](PngState* used) {
    png_destroy_read_struct(&used->decoder, &used->info, nullptr);
  };
  const std::unique_ptr<PngState, decltype(destroy)> owner(&state, destroy);
  const auto fail = [&] {
    throw UserError({path}, fmt::format("not a readable PNG: {}", state.message.data()));
  };
  if (!read_png_header(state)) fail();
  const png_uint_32 width = png_get_image_width(state.decoder, state.info);
  const png_uint_32 height = png_get_image_height(state.decoder, state.info);
  check_size(path, height, width);
  if (!choose_png_pixels(state)) fail();
  RgbImage image = make_image(path, height, width);
  ensure(png_get_rowbytes(state.decoder, state.info) == std::size_t{width} * 3,
         "a PNG is not decoded to three bytes a pixel");
  std::vector<png_bytep> rows(height);
  for (std::size_t y = 0; y < rows.size(); ++y) rows[y] = &image.pixels[y * width * 3];
  if (!read_png_rows(state, rows.data())) fail();
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

/// Both hold no object with a destructor of their own: the jump would skip it.
bool read_jpeg_header(jpeg_decompress_struct& decoder, JpegErrors& errors,
                      const std::string& bytes) {
  if (setjmp(errors.jump) != 0) return false;  // NOLINT(cert-err52-cpp)
  jpeg_create_decompress(&decoder);
  jpeg_mem_src(&decoder, reinterpret_cast<const unsigned char*>(bytes.data()),
               static_cast<unsigned long>(bytes.size()));
  jpeg_read_header(&decoder, TRUE);
  const bool is_cmyk = decoder.jpeg_color_space == JCS_CMYK || decoder.jpeg_color_space == JCS_YCCK;
  decoder.out_color_space = is_cmyk ? JCS_CMYK : JCS_RGB;
  return true;
}

/// a * b / 255, rounded, as Pillow does it.
int product_of_bytes(int a, int b) {
  const int product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

/// Four inks a pixel, stored as Adobe does, 255 for none of it, in the place of RGB.
void inks_to_rgb(const std::uint8_t* inks, std::uint8_t* rgb, std::size_t pixels) {
  for (std::size_t i = 0; i < pixels; ++i) {
    const int white = inks[4 * i + 3];
    for (std::size_t colour = 0; colour < 3; ++colour) {
      const int value = white - product_of_bytes(255 - inks[4 * i + colour], white);
      rgb[3 * i + colour] = static_cast<std::uint8_t>(std::clamp(value, 0, 255));
    }
  }
}

/// `inks` is a row of inks, or empty if the decoder makes RGB.
bool read_jpeg_rows(jpeg_decompress_struct& decoder, JpegErrors& errors,
                    std::vector<std::uint8_t>& inks, RgbImage& image) {
  if (setjmp(errors.jump) != 0) return false;  // NOLINT(cert-err52-cpp)
  jpeg_start_decompress(&decoder);
  const std::size_t row_bytes = std::size_t{decoder.output_width} * 3;
  while (decoder.output_scanline < decoder.output_height && !errors.truncated) {
    std::uint8_t* row = image.pixels.data() + row_bytes * decoder.output_scanline;
    JSAMPROW decoded = inks.empty() ? row : inks.data();
    jpeg_read_scanlines(&decoder, &decoded, 1);
    if (!inks.empty()) inks_to_rgb(inks.data(), row, decoder.output_width);
  }
  if (!errors.truncated) jpeg_finish_decompress(&decoder);
  return true;
}

RgbImage decode_jpeg(const std::string& path, const std::string& bytes) {
  jpeg_decompress_struct decoder{};
  JpegErrors errors{};
  decoder.err = jpeg_std_error(&errors.manager);
  errors.manager.error_exit = jpeg_fail;
  errors.manager.emit_message = jpeg_message;
  const std::unique_ptr<jpeg_decompress_struct, void (*)(jpeg_decompress_struct*)> owner(
      &decoder, [](jpeg_decompress_struct* used) { jpeg_destroy_decompress(used); });
  const auto fail = [&] {
    throw UserError({path}, fmt::format("not a readable JPEG: {}", errors.message));
  };
  if (!read_jpeg_header(decoder, errors, bytes)) fail();
  RgbImage image = make_image(path, decoder.image_height, decoder.image_width);
  std::vector<std::uint8_t> inks;
  if (decoder.out_color_space == JCS_CMYK) inks.resize(std::size_t{decoder.image_width} * 4);
  if (!read_jpeg_rows(decoder, errors, inks, image) || errors.truncated) fail();
  return image;
}

/// Part of a line of pixels.
struct Span {
  std::int64_t first = 0;
  int count = 0;
};

/// For each output position shown the first input position and the weights from there on.
struct ResampleTap {
  int first = 0;
  std::vector<double> weights;
};

std::vector<ResampleTap> triangle_taps(int in, std::int64_t out, Span shown) {
  const double scale = static_cast<double>(in) / static_cast<double>(out);
  const double support = std::max(scale, 1.0);
  std::vector<ResampleTap> taps(static_cast<std::size_t>(shown.count));
  for (int i = 0; i < shown.count; ++i) {
    const double centre = (static_cast<double>(shown.first + i) + 0.5) * scale;
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

/// Rows of `image` with each line made of the columns that `taps` read.
RgbImage resize_lines(const RgbImage& image, Span rows, const std::vector<ResampleTap>& taps) {
  RgbImage out{rows.count, static_cast<int>(taps.size()), {}};
  out.pixels.reserve(static_cast<std::size_t>(rows.count) * taps.size() * 3);
  for (int y = 0; y < rows.count; ++y) {
    for (const ResampleTap& tap : taps) {
      for (int colour = 0; colour < 3; ++colour) {
        double sum = 0;
        for (std::size_t i = 0; i < tap.weights.size(); ++i) {
          sum += tap.weights[i] * image.at(static_cast<int>(rows.first) + y,
                                           tap.first + static_cast<int>(i), colour);
        }
        out.pixels.push_back(to_byte(sum));
      }
    }
  }
  return out;
}

/// Lines made of the rows that `taps` read; `image` begins with row `first`.
RgbImage resize_columns(const RgbImage& image, std::int64_t first,
                        const std::vector<ResampleTap>& taps) {
  RgbImage out{static_cast<int>(taps.size()), image.width, {}};
  const std::size_t row = static_cast<std::size_t>(image.width) * 3;
  out.pixels.reserve(row * taps.size());
  std::vector<double> sums(row);
  for (const ResampleTap& tap : taps) {
    std::fill(sums.begin(), sums.end(), 0.0);
    for (std::size_t i = 0; i < tap.weights.size(); ++i) {
      const auto y = static_cast<std::size_t>(tap.first - first) + i;
      const std::uint8_t* in = image.pixels.data() + row * y;
      for (std::size_t x = 0; x < row; ++x) sums[x] += tap.weights[i] * in[x];
    }
    std::transform(sums.begin(), sums.end(), std::back_inserter(out.pixels), to_byte);
  }
  return out;
}

/// The part `rows` x `columns` of `image` at a size of `height` x `width`. What is not shown is
/// neither made nor read: a long image whose short side is that of a crop may be larger than any
/// memory.
RgbImage resize_part(const RgbImage& image, std::int64_t height, std::int64_t width, Span rows,
                     Span columns) {
  const std::vector<ResampleTap> down = triangle_taps(image.height, height, rows);
  const int first = down.front().first;
  const int end = down.back().first + static_cast<int>(down.back().weights.size());
  const RgbImage lines =
      resize_lines(image, {first, end - first}, triangle_taps(image.width, width, columns));
  return resize_columns(lines, first, down);
}

}  // namespace

RgbImage read_image_file(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) throw UserError({path}, "is a folder");
  constexpr std::string_view kPng = "\x89PNG";
  constexpr std::string_view kJpeg = "\xff\xd8\xff";
  const std::string magic = first_bytes(path, kPng.size());
  const bool is_png = magic.starts_with(kPng);
  if (!is_png && !magic.starts_with(kJpeg)) {
    throw UserError({path}, "is neither a PNG nor a JPEG image");
  }
  const std::string bytes = read_file(path, kMostImageBytes);
  return is_png ? decode_png(path, bytes) : decode_jpeg(path, bytes);
}

std::uint8_t grey_of(std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
  return static_cast<std::uint8_t>((19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16);
}

RgbImage resize_bilinear(const RgbImage& image, int height, int width) {
  ensure(height > 0 && width > 0, "an image cannot be resized to nothing");
  return resize_part(image, height, width, {0, height}, {0, width});
}

RgbImage resize_and_crop(const RgbImage& image, int height, int width) {
  // The side that needs the larger factor gets 8/7 of the crop exactly, the other follows.
  const auto cover = [](int crop) { return static_cast<int>(std::lround(crop * 8.0 / 7.0)); };
  const bool by_height = static_cast<double>(cover(height)) / image.height >=
                         static_cast<double>(cover(width)) / image.width;
  const std::int64_t resized_height =
      by_height ? cover(height) : std::int64_t{cover(width)} * image.height / image.width;
  const std::int64_t resized_width =
      by_height ? std::int64_t{cover(height)} * image.width / image.height : cover(width);
  const auto half_of = [](std::int64_t rest) {
    return static_cast<std::int64_t>(std::nearbyint(static_cast<double>(rest) / 2.0));
  };
  const Span rows{half_of(resized_height - height), height};
  const Span columns{half_of(resized_width - width), width};
  return resize_part(image, resized_height, resized_width, rows, columns);
}

}  // namespace escalate
