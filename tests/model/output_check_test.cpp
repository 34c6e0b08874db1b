#include "model/output_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/error.h"
#include "tests/support/simulated.h"
#include "workloads/quick_layer.h"

namespace escalate {
namespace {

using testing::HasSubstr;

class OutputChecks : public testing::TestWithParam<Verify> {
 protected:
  OutputChecks()
      : network_(draw_network(parse_quick_layer("C=8,K=16,H=12,R=3"), {}).network),
        program_(compile(network_, {})),
        images_(drawn_images(network_, 1)),
        right_(run_network(network_, images_[0]).back()),
        tensors_(program_),
        check_(program_, tensors_, GetParam(), 1) {
    tensors_.begin_batch(images_);
    check_.begin_layer(program_.layers[0], 40);
  }

  // All outputs, position by position, with `wrong` added to each.
  void write_all(int wrong) {
    const Shape& out = right_.shape;
    for (int p = 0; p < out.h; ++p) {
      for (int q = 0; q < out.w; ++q) {
        std::vector<std::int8_t> values;
        for (int k = 0; k < out.c; ++k) values.push_back(std::int8_t(right_.at(k, p, q) + wrong));
        check_.on_outputs({0, 0, p, q}, values, values);
      }
    }
  }

  IntegerNetwork network_;
  Program program_;
  std::vector<Activations> images_;
  Activations right_;
  TensorStore tensors_;
  OutputCheck check_;
};

TEST_P(OutputChecks, FindNothingInRightOutputs) {
  write_all(0);
  const auto size = right_.shape.size();
  EXPECT_EQ(check_.counts().checked_outputs, GetParam() == Verify::kAll ? size : (size + 99) / 100);
  EXPECT_EQ(check_.counts().mismatches, 0);
  EXPECT_EQ(check_.counts().first_mismatch, "");
}

TEST_P(OutputChecks, FindEveryWrongOutputThatTheyCheckAndNameTheFirst) {
  write_all(1);
  EXPECT_GT(check_.counts().checked_outputs, 0);
  EXPECT_EQ(check_.counts().mismatches, check_.counts().checked_outputs);
  EXPECT_THAT(check_.counts().first_mismatch, HasSubstr("image 40, output ("));
  EXPECT_THAT(check_.counts().first_mismatch, HasSubstr("instead of"));
}

TEST_P(OutputChecks, SelectThePicksOfWhatTheyCheck) {
  std::int64_t selected = 0;
  for (int k = 0; k < 16; ++k) {
    for (int h = 0; h < 12; ++h) {
      for (int w = 0; w < 12; ++w) selected += check_.is_checked(0, k, h, w) ? 1 : 0;
    }
  }
  if (GetParam() == Verify::kAll) {
    EXPECT_EQ(selected, 16 * 12 * 12);
  } else {  // up to 9 positions of each of 24 outputs
    EXPECT_GT(selected, 24 * 4);
    EXPECT_LE(selected, 24 * 9);
  }
}

TEST_P(OutputChecks, LookAtWhatIsComputedNotAtWhatIsWritten) {
  const std::vector<std::int8_t> zeros(16, 0);
  const Shape& out = right_.shape;
  for (int p = 0; p < out.h; ++p) {
    for (int q = 0; q < out.w; ++q) {
      std::vector<std::int8_t> values;
      for (int k = 0; k < out.c; ++k) values.push_back(right_.at(k, p, q));
      check_.on_outputs({0, 0, p, q}, values, zeros);
    }
  }
  EXPECT_GT(check_.counts().checked_outputs, 0);
  EXPECT_EQ(check_.counts().mismatches, 0);
}

INSTANTIATE_TEST_SUITE_P(Modes, OutputChecks, testing::Values(Verify::kAll, Verify::kSample));

TEST(OutputCheck, IsNotMadeIfNothingIsToBeChecked) {
  const IntegerNetwork network = draw_network(parse_quick_layer("C=8,K=4,H=3,R=1"), {}).network;
  const Program program = compile(network, {});
  const TensorStore tensors(program);
  EXPECT_THROW(OutputCheck(program, tensors, Verify::kNone, 1), InternalError);
}

}  // namespace
}  // namespace escalate
