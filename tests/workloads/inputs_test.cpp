#include "workloads/inputs.h"

#include <png.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>

#include "../support/data_folder.h"
#include "../support/expect_user_error.h"
#include "../support/npy_text.h"
#include "../support/temporary_folder.h"
#include "workloads/float_executor.h"
#include "workloads/onnx/reader.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

const InputTransform kRaw{{0, 0, 0}, {1, 1, 1}, false};
constexpr Shape kCifar{3, 32, 32};

std::string record(char label, char red, char green, char blue) {
  return std::string(1, label) + std::string(1024, red) + std::string(1024, green) +
         std::string(1024, blue);
}

class Inputs : public testing::Test {
 protected:
  std::string write_png(const std::string& name, std::vector<std::uint8_t> rgb) {
    png_image png{};
    png.version = PNG_IMAGE_VERSION;
    png.height = png.width = 1;
    png.format = PNG_FORMAT_RGB;
    EXPECT_NE(png_image_write_to_file(&png, folder_.file(name).c_str(), 0, rgb.data(), 0, nullptr),
              0);
    return folder_.file(name);
  }
  TemporaryFolder folder_;
};

TEST_F(Inputs, ReadsLabelAndPlanesOfACifarRecord) {
  folder_.write("test_batch.bin", record(3, 0, 51, 102) + record(9, '\xff', 0, 0));
  const auto input = open_input("cifar10:" + folder_.path().string(), kCifar,
                                {{0, 0.2f, 0.4f}, {1, 0.5f, 2}, false});
  ASSERT_EQ(input->size(), 2);
  const InputImage first = input->image(0), second = input->image(1);
  EXPECT_EQ(first.label, 3);
  EXPECT_EQ(second.label, 9);
  EXPECT_FLOAT_EQ(first.values.values[0], 0);
  EXPECT_NEAR(first.values.values[1024], 0, 1e-6);
  EXPECT_FLOAT_EQ(second.values.values[1023], 1);
  EXPECT_FLOAT_EQ(second.values.values[1024], -0.4f);
  EXPECT_FLOAT_EQ(second.values.values[3071], -0.2f);
}

TEST_F(Inputs, GivesColoursInTheOrderOfTheNetworkAndTheirOwnMean) {
  const std::string batch = folder_.write("b.bin", record(0, 0, 51, 102));
  const auto input = open_input("cifar10:" + batch, kCifar, {{0.1f, 0.2f, 0.4f}, {1, 1, 1}, true});
  const std::vector<float> values = input->image(0).values.values;
  EXPECT_NEAR(values[0], 0, 1e-6);        // blue, 102/255 - 0.4
  EXPECT_NEAR(values[3071], -0.1, 1e-6);  // red, 0 - 0.1
}

TEST_F(Inputs, RefusesACifarBatchThatIsMissingTruncatedOrMislabelled) {
  EXPECT_USER_ERROR(open_input("cifar10:" + folder_.path().string(), kCifar, kRaw),
                    AllOf(HasSubstr("test_batch.bin: "), HasSubstr("cannot open")));
  const std::string cut = folder_.write("cut.bin", record(1, 0, 0, 0) + "x");
  EXPECT_USER_ERROR(open_input("cifar10:" + cut, kCifar, kRaw),
                    HasSubstr("cut.bin: has 3074 bytes; expected a multiple of 3073"));
  const std::string bad = folder_.write("bad.bin", record(0, 0, 0, 0) + record(10, 0, 0, 0));
  const auto input = open_input("cifar10:" + bad, kCifar, kRaw);
  EXPECT_USER_ERROR(input->image(1), HasSubstr("image 1 has label 10; expected 0 to 9"));
  EXPECT_USER_ERROR(open_input("cifar10:" + bad, {3, 224, 224}, kRaw),
                    HasSubstr("CIFAR-10 images are 3x32x32 but the network's input is 3x224x224"));
}

TEST_F(Inputs, TakesTheImagesOfAFolderInTheOrderOfTheirNames) {
  write_png("b.png", {0, 0, 255});
  write_png("a.PNG", {255, 0, 0});
  folder_.write("notes.tsv", "not an image");
  const auto input = open_input("image:" + folder_.path().string(), {3, 2, 2}, kRaw);
  ASSERT_EQ(input->size(), 2);
  EXPECT_THAT(input->image(0).name, HasSubstr("a.PNG"));
  EXPECT_THAT(input->image(0).values.values, ElementsAre(1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_THAT(input->image(1).values.values, ElementsAre(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1));
  EXPECT_FALSE(input->image(0).label.has_value());
}

TEST_F(Inputs, RefusesMissingImagesEmptyFoldersAndOtherChannelCounts) {
  EXPECT_USER_ERROR(open_input("image:/no/such", {3, 2, 2}, kRaw), HasSubstr("/no/such: no such"));
  EXPECT_USER_ERROR(open_input("image:" + folder_.path().string(), {3, 2, 2}, kRaw),
                    HasSubstr("has no .png, .jpg or .jpeg file"));
  EXPECT_USER_ERROR(
      open_input("image:" + write_png("a.png", {1, 2, 3}), {2, 2, 2}, {{0, 0}, {1, 1}, false}),
      HasSubstr("images have 3 channels, or 1, but the network's input is 2x2x2"));
}

TEST_F(Inputs, ShowsGreyToANetworkOfOneChannel) {
  const InputTransform grey{{0}, {1}, false};
  const std::string path = write_png("a.png", {255, 0, 0});
  EXPECT_NEAR(open_input("image:" + path, {1, 1, 1}, grey)->image(0).values.values.at(0),
              76 / 255.0, 1e-6);
  const std::string batch = folder_.write("b.bin", record(4, 0, '\xff', 0));
  const auto input = open_input("cifar10:" + batch, {1, 32, 32}, grey);
  EXPECT_EQ(input->image(0).label, 4);
  EXPECT_THAT(input->image(0).values.values, testing::SizeIs(1024));
  EXPECT_NEAR(input->image(0).values.values.at(1023), 150 / 255.0, 1e-6);
}

TEST_F(Inputs, SaysWhetherItsValuesArePixels) {
  EXPECT_TRUE(
      open_input("image:" + write_png("a.png", {1, 2, 3}), {3, 2, 2}, kRaw)->takes_transform());
  EXPECT_TRUE(open_input("patterns", kCifar, kRaw)->takes_transform());
  EXPECT_TRUE(open_input("synthetic", kCifar, kRaw)->takes_transform());
  EXPECT_FALSE(open_input("synthetic", kCifar, {})->takes_transform());
}

TEST_F(Inputs, RefusesPixelsWithoutAKnownTransform) {
  EXPECT_USER_ERROR(open_input("image:" + write_png("a.png", {1, 2, 3}), {3, 2, 2}, {}),
                    HasSubstr("expected a mean and a standard deviation for each of 3 channels"));
}

TEST_F(Inputs, TakesFloatTensorsAsTheyAreAndUnsignedOnesAsPixels) {
  const std::string real = folder_.write("f.npy", npy_float("(2, 1, 1, 2)", {1, 2, 3, -4.5f}));
  const auto input = open_input("npy:" + real, {1, 1, 2}, {});
  ASSERT_EQ(input->size(), 2);
  EXPECT_THAT(input->image(1).values.values, ElementsAre(3, -4.5f));
  const std::string pixels =
      folder_.write("u.npy", npy<std::uint8_t>("|u1", "(1, 1, 2)", {0, 255}));
  EXPECT_THAT(
      open_input("npy:" + pixels, {1, 1, 2}, {{0.5f}, {0.25f}, false})->image(0).values.values,
      ElementsAre(-2, 2));
}

TEST_F(Inputs, TakesInt8TensorsAsStepsOfTheQuantisedInput) {
  const std::string path = folder_.write("i.npy", npy_int8("(1, 1, 3)", {-128, 0, 5}));
  const InputImage image = open_input("npy:" + path, {1, 1, 3}, {})->image(0);
  EXPECT_THAT(quantize_input(image, 0.001).values, ElementsAre(-128, 0, 5));
}

TEST_F(Inputs, RefusesATensorOfAnotherShape) {
  const std::string path = folder_.write("f.npy", npy_float("(2, 2)", {1, 2, 3, 4}));
  EXPECT_USER_ERROR(open_input("npy:" + path, {1, 2, 2}, {}),
                    AllOf(HasSubstr("is float32 [2][2]; expected [N][1][2][2] or [1][2][2]")));
}

TEST_F(Inputs, RefusesATensorThatHoldsNoNumber) {
  const std::string path = folder_.write("f.npy", npy_float("(2, 1, 1, 1)", {1, std::nanf("")}));
  const auto input = open_input("npy:" + path, {1, 1, 1}, {});
  EXPECT_THAT(input->image(0).values.values, ElementsAre(1));
  EXPECT_USER_ERROR(input->image(1), HasSubstr("f.npy: image 1 holds a value that is not finite"));
}

TEST_F(Inputs, DrawsSyntheticImagesFromSeedAndIndexAlone) {
  const auto input = open_input("synthetic", kCifar, kRaw, 7);
  EXPECT_EQ(input->size(), InputSource::kEndless);
  const std::vector<float> third = input->image(3).values.values;
  EXPECT_EQ(open_input("synthetic", kCifar, kRaw, 7)->image(3).values.values, third);
  EXPECT_NE(input->image(4).values.values, third);
  EXPECT_NE(open_input("synthetic", kCifar, kRaw, 8)->image(3).values.values, third);
  EXPECT_THAT(third, Each(testing::AllOf(testing::Ge(0), testing::Le(1))));
  const std::vector<float> reals = open_input("synthetic", kCifar, {})->image(0).values.values;
  EXPECT_LT(*std::min_element(reals.begin(), reals.end()), -0.99f);
  EXPECT_GT(*std::max_element(reals.begin(), reals.end()), 0.99f);
}

TEST_F(Inputs, RefusesAnUnknownSpec) {
  EXPECT_USER_ERROR(open_input("cifar:x", kCifar, kRaw), HasSubstr("--input: 'cifar:x': expected"));
  EXPECT_USER_ERROR(open_input("npy", kCifar, kRaw), HasSubstr("expected a path after 'npy:'"));
}

TEST(QuantizeInput, RoundsToTheNearestStepAndClamps) {
  InputImage image;
  image.values.shape = {1, 1, 6};
  image.values.values = {0.24f, 0.26f, -0.26f, 0.75f, 100, -100};
  EXPECT_THAT(quantize_input(image, 0.5).values, ElementsAre(0, 1, -1, 2, 127, -128));
}

// The predictions in photos.tsv were made with another image library and another runtime.
TEST(RealPhotos, AreSeenByMobileNetAsInAnotherRuntime) {
  const auto photos = data_folder() / "photos";
  if (!std::filesystem::exists(photos)) GTEST_SKIP() << "no real photos";
  const Graph graph =
      read_onnx((data_folder() / "weights/imagenet_mobilenetv2_folded.onnx").string());
  const FloatExecutor executor(graph);
  const auto input = open_input("image:" + photos.string(), graph.nodes[0].out,
                                {{0.5f, 0.5f, 0.5f}, {0.5f, 0.5f, 0.5f}, false});
  ASSERT_EQ(input->size(), 16);
  std::map<std::string, int> predicted;  // by file: the class, which is the output's index - 1
  for (std::int64_t i = 0; i < input->size(); ++i) {
    const InputImage image = input->image(i);
    const std::vector<float> scores = executor.run(image.values).back().values;
    const auto best = std::max_element(scores.begin(), scores.end());
    predicted[std::filesystem::path(image.name).filename().string()] =
        static_cast<int>(best - scores.begin()) - 1;
  }
  std::ifstream table(photos / "photos.tsv");
  std::string header;
  std::getline(table, header);
  int rows = 0, prediction = 0;
  for (std::string row, file, label, name; table >> row >> file >> label >> name >> prediction;) {
    EXPECT_EQ(predicted.at(file), prediction) << file;
    ++rows;
  }
  EXPECT_EQ(rows, 16);
}

}  // namespace
}  // namespace escalate
