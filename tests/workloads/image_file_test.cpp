#include "workloads/image_file.h"

#include <png.h>

#include <cmath>
#include <cstdlib>

#include "../support/expect_user_error.h"
#include "../support/jpeg_bytes.h"
#include "../support/temporary_folder.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::string write_png(const TemporaryFolder& folder, const std::string& name, int height, int width,
                      png_uint_32 format, const std::vector<std::uint8_t>& pixels) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.height = static_cast<png_uint_32>(height);
  png.width = static_cast<png_uint_32>(width);
  png.format = format;
  EXPECT_NE(png_image_write_to_file(&png, folder.file(name).c_str(), 0, pixels.data(), 0, nullptr),
            0);
  return folder.file(name);
}

/// height x width pixels of one row: colour values v, v+1, v+2 of the given v.
RgbImage one_row(const std::vector<std::uint8_t>& red) {
  RgbImage image{1, static_cast<int>(red.size()), {}};
  for (const std::uint8_t value : red) {
    for (int colour = 0; colour < 3; ++colour) image.pixels.push_back(value);
  }
  return image;
}

std::vector<int> red_of(const RgbImage& image) {
  std::vector<int> values;
  for (std::size_t i = 0; i < image.pixels.size(); i += 3) values.push_back(image.pixels[i]);
  return values;
}

class ImageFile : public testing::Test {
 protected:
  TemporaryFolder folder_;
};

TEST_F(ImageFile, ReadsThePixelsOfAPngInRowsOfRedGreenBlue) {
  const RgbImage image =
      read_image_file(write_png(folder_, "a.png", 2, 1, PNG_FORMAT_RGB, {10, 20, 30, 40, 50, 60}));
  EXPECT_EQ(image.height, 2);
  EXPECT_EQ(image.width, 1);
  EXPECT_THAT(image.pixels, ElementsAre(10, 20, 30, 40, 50, 60));
}

TEST_F(ImageFile, MakesGreyAndAlphaPngsRgbWithoutBlending) {
  EXPECT_THAT(read_image_file(write_png(folder_, "g.png", 1, 2, PNG_FORMAT_GRAY, {7, 250})).pixels,
              ElementsAre(7, 7, 7, 250, 250, 250));
  EXPECT_THAT(
      read_image_file(write_png(folder_, "a.png", 1, 1, PNG_FORMAT_RGBA, {9, 8, 7, 128})).pixels,
      ElementsAre(9, 8, 7));
}

TEST_F(ImageFile, ReadsColourAndGreyJpegs) {
  std::vector<std::uint8_t> red, grey;
  for (int i = 0; i < 16 * 8; ++i) {
    red.insert(red.end(), {200, 40, 90});
    grey.push_back(77);
  }
  const RgbImage image = read_image_file(folder_.write("a.jpg", jpeg_bytes(8, 16, 3, red)));
  ASSERT_EQ(image.pixels.size(), red.size());
  EXPECT_EQ(image.width, 16);
  for (std::size_t i = 0; i < red.size(); ++i) EXPECT_NEAR(image.pixels[i], red[i], 2);
  const RgbImage other = read_image_file(folder_.write("g.jpg", jpeg_bytes(8, 16, 1, grey)));
  for (const std::uint8_t value : other.pixels) EXPECT_EQ(value, 77);
}

TEST_F(ImageFile, TellsFormatsApartByContentNotByName) {
  const std::string path = write_png(folder_, "a.jpg", 1, 1, PNG_FORMAT_RGB, {1, 2, 3});
  EXPECT_THAT(read_image_file(path).pixels, ElementsAre(1, 2, 3));
  EXPECT_USER_ERROR(read_image_file(folder_.write("b.png", "GIF89a")),
                    AllOf(HasSubstr("b.png: "), HasSubstr("neither a PNG nor a JPEG")));
}

TEST_F(ImageFile, RefusesMissingEmptyAndTruncatedFiles) {
  EXPECT_USER_ERROR(read_image_file("/no/such.png"), HasSubstr("/no/such.png: cannot open"));
  EXPECT_USER_ERROR(read_image_file(folder_.write("e.png", "")), HasSubstr("neither a PNG"));
  std::vector<std::uint8_t> noise;
  for (unsigned i = 0; i < 64 * 64 * 3; ++i)
    noise.push_back(static_cast<std::uint8_t>(i * i * 31 >> 3));
  const std::string jpeg = jpeg_bytes(64, 64, 3, noise);
  EXPECT_USER_ERROR(read_image_file(folder_.write("t.jpg", jpeg.substr(0, jpeg.size() / 2))),
                    HasSubstr("t.jpg: not a readable JPEG: "));
  EXPECT_USER_ERROR(read_image_file(folder_.write("h.jpg", jpeg.substr(0, 30))),
                    HasSubstr("h.jpg: not a readable JPEG: "));
  const std::string whole = write_png(folder_, "w.png", 64, 64, PNG_FORMAT_RGB, noise);
  std::filesystem::resize_file(whole, std::filesystem::file_size(whole) / 2);
  EXPECT_USER_ERROR(read_image_file(whole), HasSubstr("w.png: not a readable PNG: "));
}

// Shrinking by 2: the triangle reaches 2 pixels to both sides of a centre, weights .75 .75 .25
// / 1.75.
TEST(ResizeBilinear, WidensItsFilterWhenShrinking) {
  EXPECT_THAT(red_of(resize_bilinear(one_row({0, 100, 200, 40}), 1, 2)), ElementsAre(71, 117));
}

TEST(ResizeBilinear, InterpolatesBetweenPixelCentresWhenEnlarging) {
  EXPECT_THAT(red_of(resize_bilinear(one_row({0, 100}), 1, 4)), ElementsAre(0, 25, 75, 100));
}

TEST(ResizeBilinear, TreatsHeightLikeWidth) {
  const RgbImage row = one_row({0, 100, 200, 40, 13, 255, 90});
  const RgbImage column{row.width, 1, row.pixels};
  EXPECT_EQ(red_of(resize_bilinear(column, 3, 1)), red_of(resize_bilinear(row, 1, 3)));
}

TEST(ResizeBilinear, KeepsAFlatImageFlatAtEverySize) {
  const RgbImage flat{5, 9, std::vector<std::uint8_t>(5 * 9 * 3, 201)};
  for (const int size : {1, 2, 3, 7, 31}) {
    for (const std::uint8_t value : resize_bilinear(flat, size, 2 * size).pixels) {
      EXPECT_EQ(value, 201);
    }
  }
}

// 16x12 pixels cover 8/7 of 7x7 with a height of 8; width 16 * 8 / 12 = 10 rounded down.
TEST(ResizeAndCrop, TakesTheCentreOfAnImageWhoseShortSideIsEightSeventhsOfTheCrop) {
  RgbImage image{12, 16, {}};
  for (int i = 0; i < 12 * 16 * 3; ++i) {
    image.pixels.push_back(static_cast<std::uint8_t>(i % 251));
  }
  const RgbImage resized = resize_bilinear(image, 8, 10);
  const RgbImage crop = resize_and_crop(image, 7, 7);
  ASSERT_EQ(crop.pixels.size(), 7u * 7 * 3);
  for (int y = 0; y < 7; ++y) {
    for (int x = 0; x < 7; ++x) {  // margins 0.5 and 1.5 become 0 and 2: halves go to even
      EXPECT_EQ(crop.at(y, x, 1), resized.at(y, x + 2, 1));
    }
  }
}

}  // namespace
}  // namespace escalate
