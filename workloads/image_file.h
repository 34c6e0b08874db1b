// PNG and JPEG files as 8-bit RGB pixels, and the usual preparation for a classification network.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace escalate {

/// Pixels [height][width][3] in R, G, B order.
struct RgbImage {
  int height = 0, width = 0;
  std::vector<std::uint8_t> pixels;
  std::uint8_t at(int y, int x, int colour) const {
    return pixels[(static_cast<std::size_t>(y) * width + x) * 3 + colour];
  }
};

/// Decodes a PNG or JPEG file, told apart by its first bytes, to the values that are stored, as
/// Pillow and OpenCV do: gamma and colour profiles are not applied, of 16 bits the upper 8 are
/// taken, grey of 1, 2 and 4 bits is widened to 8, and grey becomes RGB; alpha and transparency are
/// dropped. JPEGs of four inks (CMYK, YCCK; stored as Adobe does) become RGB as Pillow makes it.
/// EXIF orientation is not applied, as in Pillow. Throws UserError naming the file if it is
/// missing, of another format, truncated, broken, or of more pixels than Pillow takes (179
/// million).
RgbImage read_image_file(const std::string& path);

/// The grey of a colour, as Pillow's mode "L": 0.299 R + 0.587 G + 0.114 B, rounded.
std::uint8_t grey_of(std::uint8_t red, std::uint8_t green, std::uint8_t blue);

/// Bilinear resampling; when shrinking the triangle filter is widened by the factor (antialiasing),
/// rows first and columns second with rounding to 8 bits in between, as Pillow does.
RgbImage resize_bilinear(const RgbImage& image, int height, int width);

/// Resizes so that the image is the smallest that covers 8/7 of height x width (short side 256 for
/// 224x224, the longer side rounded down), then crops its centre.
RgbImage resize_and_crop(const RgbImage& image, int height, int width);

}  // namespace escalate
