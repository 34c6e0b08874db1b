// Images as OpenCV reads them, which has decoders' settings that are not ours.
#include <gtest/gtest.h>
#include <png.h>

#include <array>
#if __has_include(<opencv2/imgcodecs.hpp>)
#include <opencv2/imgcodecs.hpp>
#define HAS_IMGCODECS 1
#endif

#include "common/random.h"
#include "tests/support/jpeg_bytes.h"
#include "tests/support/temporary_folder.h"
#include "workloads/image_file.h"

namespace escalate {
namespace {

#ifndef HAS_IMGCODECS

TEST(Images, AreReadAsOpencvReadsThem) { GTEST_SKIP() << "libopencv-imgcodecs-dev is missing"; }

#else

/// How far a pixel of ours is from OpenCV's at most; -1 if the sizes differ.
int largest_difference(const std::string& path) {
  const RgbImage ours = read_image_file(path);
  const cv::Mat theirs = cv::imread(path, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
  if (theirs.rows != ours.height || theirs.cols != ours.width || theirs.type() != CV_8UC3)
    return -1;
  int largest = 0;
  for (int y = 0; y < ours.height; ++y) {
    for (int x = 0; x < ours.width; ++x) {
      const auto& bgr = theirs.at<cv::Vec3b>(y, x);
      for (int colour = 0; colour < 3; ++colour) {
        largest = std::max(largest, std::abs(ours.at(y, x, colour) - bgr[2 - colour]));
      }
    }
  }
  return largest;
}

struct Form {
  int colour, depth;
};

class PngForms : public testing::TestWithParam<Form> {};

TEST_P(PngForms, AreReadAsOpencvReadsThemWhateverSaysHowToShowThem) {
  const auto [colour, depth] = GetParam();
  constexpr int kWidth = 13, kHeight = 7;
  const TemporaryFolder folder;
  Random random(1);
  for (int variant = 0; variant < 16; ++variant) {
    const std::string path = folder.file("a.png");
    std::FILE* file = std::fopen(path.c_str(), "wb");
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
    png_infop info = png_create_info_struct(png);
    png_init_io(png, file);
    png_set_IHDR(png, info, kWidth, kHeight, depth, colour,
                 (variant & 1) != 0 ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, 0, 0);
    const int entries = colour == PNG_COLOR_TYPE_PALETTE ? 1 << depth : 0;
    std::vector<png_color> palette(static_cast<std::size_t>(entries));
    for (png_color& entry : palette) {
      entry = {png_byte(random()), png_byte(random()), png_byte(random())};
    }
    if (entries > 0) png_set_PLTE(png, info, palette.data(), entries);
    // libpng refuses to write another gamma beside sRGB.
    if ((variant & 6) == 2) png_set_gAMA(png, info, 1.0);
    if ((variant & 4) != 0) png_set_sRGB(png, info, PNG_sRGB_INTENT_PERCEPTUAL);
    const std::array<png_byte, 2> alphas = {0, 128};
    const png_color_16 transparent = {1, 1, 1, 1, 1};
    if ((variant & 8) != 0 && (colour & PNG_COLOR_MASK_ALPHA) == 0) {
      png_set_tRNS(png, info, alphas.data(), 2, &transparent);
    }
    png_write_info(png, info);
    std::vector<png_byte> bytes(png_get_rowbytes(png, info) * kHeight);
    for (png_byte& byte : bytes) byte = png_byte(random());
    std::vector<png_bytep> rows;
    for (int y = 0; y < kHeight; ++y) {
      rows.push_back(bytes.data() + png_get_rowbytes(png, info) * std::size_t(y));
    }
    png_write_image(png, rows.data());
    png_write_end(png, nullptr);
    png_destroy_write_struct(&png, &info);
    std::fclose(file);
    EXPECT_EQ(largest_difference(path), 0)
        << "colour " << colour << ", depth " << depth << ", variant " << variant;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, PngForms,
    testing::Values(Form{PNG_COLOR_TYPE_GRAY, 1}, Form{PNG_COLOR_TYPE_GRAY, 2},
                    Form{PNG_COLOR_TYPE_GRAY, 4}, Form{PNG_COLOR_TYPE_GRAY, 8},
                    Form{PNG_COLOR_TYPE_GRAY, 16}, Form{PNG_COLOR_TYPE_PALETTE, 1},
                    Form{PNG_COLOR_TYPE_PALETTE, 2}, Form{PNG_COLOR_TYPE_PALETTE, 4},
                    Form{PNG_COLOR_TYPE_PALETTE, 8}, Form{PNG_COLOR_TYPE_RGB, 8},
                    Form{PNG_COLOR_TYPE_RGB, 16}, Form{PNG_COLOR_TYPE_GRAY_ALPHA, 8},
                    Form{PNG_COLOR_TYPE_GRAY_ALPHA, 16}, Form{PNG_COLOR_TYPE_RGB_ALPHA, 8},
                    Form{PNG_COLOR_TYPE_RGB_ALPHA, 16}));

TEST(JpegForms, AreReadAsOpencvReadsThem) {
  constexpr int kWidth = 29, kHeight = 17;
  const TemporaryFolder folder;
  Random random(1);
  const auto pixels = [&](int components) {
    std::vector<std::uint8_t> values(std::size_t{kWidth} * kHeight * std::size_t(components));
    for (std::uint8_t& value : values) value = std::uint8_t(random());
    return values;
  };
  EXPECT_EQ(largest_difference(folder.write("g.jpg", jpeg_bytes(kHeight, kWidth, 1, pixels(1)))),
            0);
  EXPECT_EQ(largest_difference(folder.write("c.jpg", jpeg_bytes(kHeight, kWidth, 3, pixels(3)))),
            0);
  // OpenCV multiplies inks without rounding, so that it may be one less.
  for (const bool is_ycck : {false, true}) {
    const std::string bytes = ink_jpeg_bytes(kHeight, kWidth, pixels(4), is_ycck);
    const int difference = largest_difference(folder.write("i.jpg", bytes));
    EXPECT_GE(difference, 0);
    EXPECT_LE(difference, 2) << is_ycck;
  }
}

#endif

}  // namespace
}  // namespace escalate
