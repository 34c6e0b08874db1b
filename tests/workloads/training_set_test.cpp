#include "workloads/training_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <set>

#include "../support/expect_user_error.h"
#include "../support/temporary_folder.h"
#include "workloads/inputs.h"
#include "workloads/pattern_images.h"

namespace escalate {
namespace {

using testing::HasSubstr;

std::string cifar_record(int label, char pixel) {
  return std::string(1, char(label)) + std::string(3072, pixel);
}

/// One row of pixels 0, 1, 2, ... an image; the label is the image's number.
LabelledImages numbered_images(int count, int width = 4) {
  LabelledImages images;
  images.shape = {1, 1, width};
  for (int i = 0; i < count; ++i) {
    images.labels.push_back(std::uint8_t(i));
    for (int w = 0; w < width; ++w) images.pixels.push_back(std::uint8_t(10 * i + w + 1));
  }
  return images;
}

TEST(TrainingSet, ReadsTheTrainingBatchesOfCifarThatAreThere) {
  const TemporaryFolder folder;
  folder.write("data_batch_1.bin", cifar_record(3, 'a') + cifar_record(9, 'b'));
  folder.write("data_batch_4.bin", cifar_record(0, 'c'));
  folder.write("test_batch.bin", cifar_record(7, 'd'));
  const std::string spec = "cifar10:" + folder.path().string();
  const LabelledImages training = read_labelled_images(spec, Split::kTraining);
  EXPECT_THAT(training.labels, testing::ElementsAre(3, 9, 0));
  EXPECT_EQ(training.pixels.size(), 3U * 3072);
  EXPECT_EQ(training.pixels.at(3072), 'b');
  EXPECT_THAT(read_labelled_images(spec, Split::kTest).labels, testing::ElementsAre(7));
}

TEST(TrainingSet, NamesWhatIsMissingOrBroken) {
  const TemporaryFolder folder;
  const std::string spec = "cifar10:" + folder.path().string();
  EXPECT_USER_ERROR(read_labelled_images(spec, Split::kTraining), HasSubstr("data_batch_1.bin"));
  folder.write("data_batch_2.bin", "too short");
  EXPECT_USER_ERROR(read_labelled_images(spec, Split::kTraining), HasSubstr("multiple of 3073"));
  folder.write("data_batch_2.bin", cifar_record(10, 'a'));
  EXPECT_USER_ERROR(read_labelled_images(spec, Split::kTraining), HasSubstr("label 10"));
  EXPECT_USER_ERROR(read_labelled_images("mnist:x", Split::kTraining), HasSubstr("patterns"));
}

TEST(Epoch, ShowsEveryImageOnce) {
  const LabelledImages images = numbered_images(20);
  const Epoch epoch(images, 6, {0, false}, 1, 0);
  ASSERT_EQ(epoch.num_batches(), 4);
  std::multiset<std::int64_t> seen;
  for (std::int64_t b = 0; b < epoch.num_batches(); ++b) {
    const ImageBatch batch = epoch.batch(b);
    for (std::size_t i = 0; i < batch.labels.size(); ++i) {
      seen.insert(batch.labels[i]);
      EXPECT_EQ(batch.pixels[i * 4], 10 * batch.labels[i] + 1) << "no variation was asked for";
    }
  }
  EXPECT_EQ(seen.size(), 20U);
  EXPECT_EQ(std::set<std::int64_t>(seen.begin(), seen.end()).size(), 20U);
}

TEST(Epoch, FollowsFromSeedAndNumberAlone) {
  const LabelledImages images = numbered_images(20);
  const Epoch again(images, 6, {1, true}, 5, 3);
  const ImageBatch batch = Epoch(images, 6, {1, true}, 5, 3).batch(2);
  EXPECT_EQ(again.batch(2).pixels, batch.pixels);
  EXPECT_NE(Epoch(images, 6, {1, true}, 5, 4).batch(2).labels, batch.labels);
  EXPECT_NE(Epoch(images, 6, {1, true}, 6, 3).batch(2).labels, batch.labels);
}

TEST(Epoch, ShiftsWithinThePaddingAndFlipsEveryOtherTime) {
  LabelledImages images = numbered_images(1, 3);  // pixels 1 2 3
  std::map<std::string, int> seen;
  for (int e = 0; e < 600; ++e) {
    std::string row;
    for (const std::uint8_t pixel : Epoch(images, 1, {1, true}, 1, e).batch(0).pixels) {
      row += char('0' + pixel);
    }
    ++seen[row];
  }
  // A row of one pixel's height is black if it is shifted up or down.
  const std::vector<std::string> expected = {"000", "123", "230", "012", "321", "032", "210"};
  EXPECT_EQ(seen.size(), expected.size());
  for (const std::string& row : expected) EXPECT_GT(seen[row], 10) << row;
  EXPECT_GT(seen["000"], 300);
}

TEST(PatternImages, AreTheSameEachTimeAndOtherInEachSplit) {
  EXPECT_EQ(pattern_image(Split::kTest, 5).pixels, pattern_image(Split::kTest, 5).pixels);
  EXPECT_NE(pattern_image(Split::kTest, 5).pixels, pattern_image(Split::kTraining, 5).pixels);
}

TEST(PatternImages, HaveAllClassesAboutEquallyOften) {
  std::map<int, int> count;
  for (int i = 0; i < 1000; ++i) ++count[pattern_image(Split::kTraining, i).label];
  EXPECT_EQ(count.size(), std::size_t(kPatternClasses));
  for (const auto& [label, times] : count) EXPECT_GT(times, 60) << label;
}

TEST(PatternImages, DoNotShowTheirClassByTheirMeanColour) {
  std::vector<double> sums(kPatternClasses, 0), counts(kPatternClasses, 0);
  for (int i = 0; i < 1000; ++i) {
    const PatternImage image = pattern_image(Split::kTraining, i);
    sums[image.label] += std::accumulate(image.pixels.begin(), image.pixels.end(), 0.0) /
                         double(image.pixels.size());
    ++counts[image.label];
  }
  for (int c = 0; c < kPatternClasses; ++c) {
    EXPECT_NEAR(sums[std::size_t(c)] / counts[std::size_t(c)], 127, 25) << c;
  }
}

TEST(PatternImages, AreAnInputWithLabels) {
  const auto images = open_input("patterns", kPatternShape, {{0, 0, 0}, {1, 1, 1}, false});
  EXPECT_EQ(images->size(), kPatternTestImages);
  const InputImage image = images->image(3);
  const PatternImage expected = pattern_image(Split::kTest, 3);
  EXPECT_EQ(image.label, int(expected.label));
  EXPECT_FLOAT_EQ(image.values.values.at(100), float(expected.pixels.at(100)) / 255.0f);
  EXPECT_USER_ERROR(open_input("patterns", {3, 8, 8}, {{0, 0, 0}, {1, 1, 1}, false}),
                    HasSubstr("3x32x32"));
}

}  // namespace
}  // namespace escalate
