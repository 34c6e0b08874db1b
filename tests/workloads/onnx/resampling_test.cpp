#include "workloads/onnx/resampling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../support/onnx_model.h"
#include "workloads/onnx/host_part.h"

namespace escalate {
namespace {

using testing::FloatNear;
using testing::Pointwise;

// What the host makes of the numbers 1 to 16 as a map of 4x4.
struct Case {
  const char* mode;
  float scale;
  bool antialias = false, excludes_outside = false;
};

std::vector<float> resized(const Case& asked) {
  OnnxModel model(18, {1, 1, 4, 4});
  model.floats("w", {1, 1, 1, 1}, {1});
  model.add("Conv", {"in", "w"}, {"map"});
  model.add("Exp", {"map"}, {"exp"});
  set_attribute(model.add("LogSoftmax", {"exp"}, {"soft"}), "axis", 0);
  model.add("Add", {"soft", "map"}, {"host"});  // log of 1, which leaves the rest to the host
  model.floats("scales", {4}, {1, 1, asked.scale, asked.scale});
  auto& node = model.add("Resize", {"host", "", "scales"}, {"out"});
  set_attribute(node, "mode", asked.mode);
  set_attribute(node, "antialias", int(asked.antialias));
  set_attribute(node, "exclude_outside", int(asked.excludes_outside));
  Tensor image{{1, 4, 4}, {}};
  for (int i = 1; i <= 16; ++i) image.values.push_back(float(i));
  return run_file(model.output("out").read(), image).front().tensor.floats;
}

std::vector<float> first_row(const Case& asked) {
  std::vector<float> values = resized(asked);
  values.resize(std::size_t(4 * asked.scale));
  return values;
}

// The values of ONNX's own test cases.
TEST(Resampling, IsCubicAsTheStandardHasIt) {
  EXPECT_THAT(first_row({"cubic", 2}),
              Pointwise(FloatNear(1e-5f), {0.47265625f, 0.76953125f, 1.24609375f, 1.875f, 2.28125f,
                                           2.91015625f, 3.38671875f, 3.68359375f}));
}

TEST(Resampling, LeavesOutWhatIsOutsideWhereItIsAsked) {
  EXPECT_THAT(first_row({"cubic", 2, false, true}),
              Pointwise(FloatNear(1e-4f), {0.31818193f, 0.6276902f, 1.0998285f, 1.7514205f,
                                           2.1576705f, 2.8092623f, 3.2814007f, 3.5909085f}));
}

TEST(Resampling, WidensItsKernelWithAntialias) {
  EXPECT_THAT(resized({"linear", 0.6f, true}),
              Pointwise(FloatNear(1e-4f), {2.875f, 4.5f, 9.375f, 11.0f}));
  EXPECT_THAT(resized({"cubic", 0.6f, true}),
              Pointwise(FloatNear(1e-4f), {2.5180721f, 4.2858863f, 9.589329f, 11.357142f}));
}

TEST(Resampling, WidensNothingThatIsEnlarged) {
  EXPECT_EQ(resized({"cubic", 2, true}), resized({"cubic", 2}));
}

TEST(Resampling, BlendsTwoNeighbours) {
  EXPECT_THAT(first_row({"linear", 2}),
              Pointwise(FloatNear(1e-6f), {1.0f, 1.25f, 1.75f, 2.25f, 2.75f, 3.25f, 3.75f, 4.0f}));
}

}  // namespace
}  // namespace escalate
