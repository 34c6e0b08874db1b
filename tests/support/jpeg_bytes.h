// JPEG files for tests.
#pragma once

#include <jpeglib.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>  // jpeglib.h needs it before
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace escalate {

/// What a file stores, and of what it is made.
struct JpegForm {
  int components = 3;
  J_COLOR_SPACE given = JCS_RGB, stored = JCS_YCbCr;
};

/// Pixels [height][width][components] as a JPEG file of the best quality.
inline std::string jpeg_bytes_of(int height, int width, std::vector<std::uint8_t> pixels,
                                 const JpegForm& form) {
  jpeg_compress_struct encoder{};
  jpeg_error_mgr errors{};
  encoder.err = jpeg_std_error(&errors);
  jpeg_create_compress(&encoder);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&encoder, &bytes, &size);
  encoder.image_height = static_cast<JDIMENSION>(height);
  encoder.image_width = static_cast<JDIMENSION>(width);
  encoder.input_components = form.components;
  encoder.in_color_space = form.given;
  jpeg_set_defaults(&encoder);
  jpeg_set_colorspace(&encoder, form.stored);
  jpeg_set_quality(&encoder, 100, TRUE);
  jpeg_start_compress(&encoder, TRUE);
  while (encoder.next_scanline < encoder.image_height) {
    JSAMPROW row = pixels.data() + std::size_t{encoder.next_scanline} * encoder.image_width *
                                       static_cast<std::size_t>(form.components);
    jpeg_write_scanlines(&encoder, &row, 1);
  }
  jpeg_finish_compress(&encoder);
  std::string text(reinterpret_cast<const char*>(bytes), size);
  jpeg_destroy_compress(&encoder);
  std::free(bytes);
  return text;
}

/// Grey (1) or colours (3).
inline std::string jpeg_bytes(int height, int width, int components,
                              std::vector<std::uint8_t> pixels) {
  const JpegForm grey{1, JCS_GRAYSCALE, JCS_GRAYSCALE};
  return jpeg_bytes_of(height, width, std::move(pixels), components == 1 ? grey : JpegForm{});
}

/// Four inks, stored as they are or as brightness and colours.
inline std::string ink_jpeg_bytes(int height, int width, std::vector<std::uint8_t> inks,
                                  bool is_ycck) {
  return jpeg_bytes_of(height, width, std::move(inks),
                       {4, JCS_CMYK, is_ycck ? JCS_YCCK : JCS_CMYK});
}

}  // namespace escalate
