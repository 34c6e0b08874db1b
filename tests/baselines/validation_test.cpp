#include "baselines/validation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "common/atomic_file.h"

namespace escalate {
namespace {

using testing::HasSubstr;

const std::string kRoot = ESCALATE_SOURCE_DIR;
const std::string kZoo = kRoot + "/workloads/zoo";

TEST(Validation, MeasuresErrorsFromTheNearerEndOfARange) {
  ValidationRow row;
  row.published = 2;
  row.ours = row.ours_low = row.ours_high = 2.2;
  EXPECT_NEAR(row.error(), 0.1, 1e-12);
  row.ours_high = 3;
  EXPECT_NEAR(row.error(), 0.1, 1e-12);
  row.ours_low = 1;
  EXPECT_DOUBLE_EQ(row.error(), 0);
  row.ours_high = 1.5;
  EXPECT_DOUBLE_EQ(row.error(), -0.25);
}

TEST(Validation, OfEyerissHasThePublishedPesAndNearlyTheTimesOfAlexNet) {
  int times = 0;
  int pes = 0;
  for (const ValidationRow& row : validate_eyeriss(kZoo)) {
    if (row.figure.ends_with("active PEs")) {
      EXPECT_EQ(row.ours, row.published) << row.figure;
      ++pes;
    }
    if (row.figure.starts_with("AlexNet") && row.figure.ends_with("processing")) {
      EXPECT_LT(std::abs(row.error()), 0.11) << row.figure;
      ++times;
    }
  }
  EXPECT_EQ(pes, 5);
  EXPECT_EQ(times, 6);
}

TEST(LongValidation, OfScnnHasThePublishedSpeedUps) {
  for (const ValidationRow& row : validate_scnn(kZoo)) {
    EXPECT_LT(std::abs(row.error()), 0.15) << row.figure;
  }
}

TEST(LongValidation, StandsInTheDocument) {
  EXPECT_THAT(read_file(kRoot + "/docs/validation.md"), HasSubstr(validation_document(kZoo)));
}

}  // namespace
}  // namespace escalate
