#include "workloads/image_file.h"

#include <png.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "../support/expect_user_error.h"
#include "../support/jpeg_bytes.h"
#include "../support/temporary_folder.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// How pixels are stored in a PNG.
struct PngForm {
  int depth = 8;
  int colour = PNG_COLOR_TYPE_RGB;
  bool has_gamma = false;    ///< gAMA, and cHRM, of a linear space
  bool has_profile = false;  ///< sRGB
  bool is_interlaced = false;
  bool has_transparency = false;  ///< tRNS
};

/// Writes rows as they are stored: samples of 16 bits with the upper byte first, several small ones
/// a byte.
std::string write_stored_png(const TemporaryFolder& folder, const std::string& name, int width,
                             std::vector<std::string> rows, const PngForm& form) {
  const std::string path = folder.file(name);
  std::FILE* file = std::fopen(path.c_str(), "wb");
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_init_io(png, file);
  png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(rows.size()),
               form.depth, form.colour, form.is_interlaced ? PNG_INTERLACE_ADAM7 : 0, 0, 0);
  const png_color palette[] = {{10, 20, 30}, {40, 50, 60}, {70, 80, 90}, {200, 210, 220}};
  if (form.colour == PNG_COLOR_TYPE_PALETTE) png_set_PLTE(png, info, palette, 4);
  if (form.has_gamma && !form.has_profile) {  // libpng refuses to write them beside sRGB
    png_set_gAMA(png, info, 1.0);
    png_set_cHRM(png, info, 0.31, 0.33, 0.7, 0.3, 0.2, 0.8, 0.1, 0.05);
  }
  if (form.has_profile) png_set_sRGB(png, info, PNG_sRGB_INTENT_PERCEPTUAL);
  png_byte alphas[] = {0, 128, 255};
  png_color_16 transparent = {1, 1, 1, 1, 1};
  if (form.has_transparency) png_set_tRNS(png, info, alphas, 3, &transparent);
  png_write_info(png, info);
  std::vector<png_bytep> pointers;
  for (std::string& row : rows) pointers.push_back(reinterpret_cast<png_bytep>(row.data()));
  png_write_image(png, pointers.data());
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  std::fclose(file);
  return path;
}

/// A PNG whose header says that size, with hardly any pixels behind it.
std::string write_png_header(const TemporaryFolder& folder, const std::string& name,
                             png_uint_32 width, png_uint_32 height) {
  const std::string path = folder.file(name);
  std::FILE* file = std::fopen(path.c_str(), "wb");
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_init_io(png, file);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_IHDR(png, info, width, height, 8, PNG_COLOR_TYPE_RGB, 0, 0, 0);
  png_write_info(png, info);
  const png_byte pixels[] = {0x78, 0x9c, 0x63, 0x60};
  png_write_chunk(png, reinterpret_cast<png_const_bytep>("IDAT"), pixels, sizeof pixels);
  png_destroy_write_struct(&png, &info);
  std::fclose(file);
  return path;
}

std::vector<int> pixels_of(const RgbImage& image) {
  return {image.pixels.begin(), image.pixels.end()};
}

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

// What Pillow and OpenCV read: none of them applies gamma, profiles or transparency.
TEST_F(ImageFile, ReadsPixelsAsTheyAreStoredWhateverSaysHowToShowThem) {
  const std::string row16("\xc8\xff\x3c\x00\x14\x80\x00\x01\x01\x00\xff\xfe", 12);
  const std::string row8("\xc8\x3c\x14\x00\x01\xff", 6);
  for (const bool has_gamma : {false, true}) {
    for (const bool has_profile : {false, true}) {
      for (const bool is_interlaced : {false, true}) {
        for (const bool has_transparency : {false, true}) {
          PngForm form{16,          PNG_COLOR_TYPE_RGB, has_gamma,
                       has_profile, is_interlaced,      has_transparency};
          EXPECT_THAT(
              pixels_of(read_image_file(write_stored_png(folder_, "a.png", 2, {row16}, form))),
              ElementsAre(200, 60, 20, 0, 1, 255));
          form.depth = 8;
          EXPECT_THAT(
              pixels_of(read_image_file(write_stored_png(folder_, "b.png", 2, {row8}, form))),
              ElementsAre(200, 60, 20, 0, 1, 255));
        }
      }
    }
  }
}

TEST_F(ImageFile, WidensGreyOfEveryDepth) {
  const auto grey = [&](int depth, int width, const std::string& row, bool has_gamma) {
    PngForm form{depth, PNG_COLOR_TYPE_GRAY};
    form.has_gamma = has_gamma;
    return red_of(read_image_file(write_stored_png(folder_, "g.png", width, {row}, form)));
  };
  for (const bool has_gamma : {false, true}) {
    EXPECT_THAT(grey(1, 4, "\xa0", has_gamma), ElementsAre(255, 0, 255, 0));
    EXPECT_THAT(grey(2, 4, "\x1b", has_gamma), ElementsAre(0, 85, 170, 255));
    EXPECT_THAT(grey(4, 4, std::string("\x01\x9f", 2), has_gamma), ElementsAre(0, 17, 153, 255));
    EXPECT_THAT(grey(8, 3, std::string("\x00\x80\xff", 3), has_gamma), ElementsAre(0, 128, 255));
    EXPECT_THAT(grey(16, 2, std::string("\x12\xff\xfe\x00", 4), has_gamma),
                ElementsAre(0x12, 0xfe));
  }
}

TEST_F(ImageFile, ReadsPalettesOfEveryDepthAndDropsTheirTransparency) {
  for (const bool has_transparency : {false, true}) {
    PngForm form{2, PNG_COLOR_TYPE_PALETTE};
    form.has_transparency = has_transparency;
    for (const auto& [depth, row] :
         {std::pair(2, std::string("\x1b")), std::pair(4, std::string("\x01\x23")),
          std::pair(8, std::string("\x00\x01\x02\x03", 4))}) {
      form.depth = depth;
      EXPECT_THAT(red_of(read_image_file(write_stored_png(folder_, "p.png", 4, {row}, form))),
                  ElementsAre(10, 40, 70, 200));
    }
  }
}

TEST_F(ImageFile, DropsAlphaOfEveryDepth) {
  const auto read = [&](int depth, int colour, const std::string& row) {
    return pixels_of(read_image_file(
        write_stored_png(folder_, "t.png", 1, {row}, PngForm{depth, colour, true})));
  };
  EXPECT_THAT(read(8, PNG_COLOR_TYPE_RGB_ALPHA, std::string("\x64\x65\x66\x00", 4)),
              ElementsAre(100, 101, 102));
  EXPECT_THAT(
      read(16, PNG_COLOR_TYPE_RGB_ALPHA, std::string("\x64\x99\x65\x99\x66\x99\x00\x00", 8)),
      ElementsAre(100, 101, 102));
  EXPECT_THAT(read(8, PNG_COLOR_TYPE_GRAY_ALPHA, std::string("\x64\x00", 2)),
              ElementsAre(100, 100, 100));
  EXPECT_THAT(read(16, PNG_COLOR_TYPE_GRAY_ALPHA, std::string("\x64\x99\x00\x00", 4)),
              ElementsAre(100, 100, 100));
}

// Adobe stores inks upside down: 255 is none. Pillow's rounding, by hand: white 200, no cyan (255),
// half magenta (128), all yellow (0) give 200, 200 - 127 * 200 / 255 = 100.4, 0.
TEST_F(ImageFile, ReadsJpegsOfFourInks) {
  std::vector<std::uint8_t> inks;
  for (int i = 0; i < 64; ++i) inks.insert(inks.end(), {255, 128, 0, 200});
  for (const bool is_ycck : {false, true}) {
    const RgbImage image =
        read_image_file(folder_.write("c.jpg", ink_jpeg_bytes(8, 8, inks, is_ycck)));
    ASSERT_EQ(image.pixels.size(), 8u * 8 * 3);
    EXPECT_NEAR(image.at(3, 3, 0), 200, 2) << is_ycck;
    EXPECT_NEAR(image.at(3, 3, 1), 100, 2) << is_ycck;
    EXPECT_NEAR(image.at(3, 3, 2), 0, 2) << is_ycck;
  }
}

// As Pillow, which is told by exif_transpose(); OpenCV's imread turns it unless told not to.
TEST_F(ImageFile, LeavesAnImageAsItLiesWhateverItsExifOrientation) {
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < 16 * 8; ++i)
    pixels.insert(pixels.end(), {static_cast<std::uint8_t>(i), 90, 9});
  std::string bytes = jpeg_bytes(8, 16, 3, pixels);
  const RgbImage plain = read_image_file(folder_.write("p.jpg", bytes));
  // Segment APP1 behind the first marker: one entry of TIFF, tag 0x112 (orientation), 6: a quarter
  // turn.
  const std::string exif(
      "\xff\xe1\x00\x22"
      "Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0",
      36);
  bytes.insert(2, exif);
  const RgbImage turned = read_image_file(folder_.write("t.jpg", bytes));
  EXPECT_EQ(turned.width, 16);
  EXPECT_EQ(turned.pixels, plain.pixels);
}

TEST_F(ImageFile, RefusesMorePixelsThanAnImageHasBeforeMakingRoomForThem) {
  constexpr png_uint_32 kHuge = 2'000'000'000;
  EXPECT_USER_ERROR(read_image_file(write_png_header(folder_, "i.png", kHuge, kHuge)),
                    HasSubstr("has 2000000000x2000000000 pixels; expected up to 178956970"));
  EXPECT_USER_ERROR(read_image_file(write_png_header(folder_, "k.png", kHuge, 1)),
                    HasSubstr("has 2000000000x1 pixels"));
  std::string jpeg = jpeg_bytes(8, 8, 3, std::vector<std::uint8_t>(8 * 8 * 3, 100));
  const std::size_t frame = jpeg.find("\xff\xc0");
  ASSERT_NE(frame, std::string::npos);
  for (std::size_t i = 5; i < 9; ++i) jpeg[frame + i] = '\xf0';
  EXPECT_USER_ERROR(read_image_file(folder_.write("j.jpg", jpeg)),
                    HasSubstr("has 61680x61680 pixels; expected up to 178956970"));
}

TEST_F(ImageFile, RefusesAHugeFileWithoutReadingIt) {
  const std::string sparse = folder_.write("s.png", "\x89PNG\r\n\x1a\n");
  std::filesystem::resize_file(sparse, std::uintmax_t{3} << 40);
  EXPECT_USER_ERROR(read_image_file(sparse), HasSubstr("bytes; expected at most 268435456"));
  const std::string none = folder_.write("n.jpg", "");
  std::filesystem::resize_file(none, std::uintmax_t{3} << 40);
  EXPECT_USER_ERROR(read_image_file(none), HasSubstr("neither a PNG nor a JPEG"));
}

TEST(GreyOf, IsTheSumOfTheColoursByTheirBrightness) {
  for (int value = 0; value < 256; ++value) {
    const auto v = static_cast<std::uint8_t>(value);
    EXPECT_EQ(grey_of(v, v, v), v);
  }
  EXPECT_EQ(grey_of(255, 0, 0), 76);   // 0.299
  EXPECT_EQ(grey_of(0, 255, 0), 150);  // 0.587
  EXPECT_EQ(grey_of(0, 0, 255), 29);   // 0.114
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

// At the size at which its short side is the crop's, each of these images has a billion pixels.
TEST(ResizeAndCrop, MakesOnlyWhatIsShownOfALongImage) {
  constexpr int kLong = 1'000'000;
  for (const bool is_wide : {true, false}) {
    RgbImage image{is_wide ? 1 : kLong, is_wide ? kLong : 1, {}};
    for (int i = 0; i < kLong; ++i) {
      for (int colour = 0; colour < 3; ++colour) {
        image.pixels.push_back(static_cast<std::uint8_t>((i + 5050) / 100 % 200 + colour));
      }
    }
    const RgbImage crop = resize_and_crop(image, 32, 32);
    ASSERT_EQ(crop.pixels.size(), 32u * 32 * 3);
    // A pixel becomes 37 wide, so that the crop lies within the middle one and its neighbours.
    for (int colour = 0; colour < 3; ++colour) {
      EXPECT_NEAR(crop.at(16, 16, colour), (kLong / 2 + 5050) / 100 % 200 + colour, 1);
    }
  }
}

}  // namespace
}  // namespace escalate
