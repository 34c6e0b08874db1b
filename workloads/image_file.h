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

/// Decodes a PNG or JPEG file, told apart by its first bytes. Grey images become RGB, an alpha
/// channel is dropped, EXIF orientation is not applied. Throws UserError naming the file if it is
/// missing, of another format, truncated or broken.
RgbImage read_image_file(const std::string& path);

/// Bilinear resampling; when shrinking the triangle filter is widened by the factor (antialiasing),
/// rows first and columns second with rounding to 8 bits in between, as Pillow does.
RgbImage resize_bilinear(const RgbImage& image, int height, int width);

/// Resizes so that the image is the smallest that covers 8/7 of height x width (short side 256 for
/// 224x224, the longer side rounded down), then crops its centre.
RgbImage resize_and_crop(const RgbImage& image, int height, int width);

}  // namespace escalate
