// What the standard says of operators, and of files around them: honoured, or refused by one line
// that names the node and what is not read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "../../support/onnx_model.h"
#include "workloads/float_executor.h"
#include "workloads/onnx/reader.h"
#include "workloads/onnx/signatures.h"

namespace escalate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Tensor ramp(const Shape& shape) {
  Tensor tensor{shape, {}};
  for (int i = 0; i < int(shape.size()); ++i) tensor.values.push_back(float(i % 7) - 2);
  return tensor;
}

/// Values of the output for the same image.
std::vector<float> values_of(const OnnxModel& model) {
  const Graph graph = model.read();
  return run_float(graph, ramp(graph.nodes[0].out)).back().values;
}

Shape shape_of(const OnnxModel& model) { return model.read().nodes.back().out; }

/// `in` padded by zeros to `padded`: top, left, bottom, right.
void add_pad(OnnxModel& model, const std::string& from, const std::string& to,
             const std::vector<int>& sides) {
  model.integers(to + "_pads", {0, 0, sides[0], sides[1], 0, 0, sides[2], sides[3]});
  model.add("Pad", {from, to + "_pads"}, {to});
}

TEST(OnnxPadding, OfSameComesFromTheMapAsItIsPaddedBefore) {
  for (const bool upper : {true, false}) {
    OnnxModel model(13, {1, 3, 6, 6});
    model.floats("w", {8, 3, 3, 3});
    add_pad(model, "in", "padded", {0, 0, 1, 1});
    auto& conv = model.add("Conv", {"padded", "w"}, {"out"});
    set_attribute(conv, "auto_pad", upper ? "SAME_UPPER" : "SAME_LOWER");
    set_attribute(conv, "strides", std::vector<int>{2, 2});
    model.output("out");
    const Node layer = model.read().nodes.back();
    EXPECT_EQ(layer.out, (Shape{8, 4, 4}));  // of 7 x 7
    EXPECT_EQ(layer.window.pad_top, 1);
    EXPECT_EQ(layer.window.pad_bottom, 2);
  }
}

TEST(OnnxPadding, OfSameIsThatOfTheStandardForEveryKernelAndStride) {
  for (const int kernel : {1, 2, 3, 4, 5}) {
    for (const int stride : {1, 2, 3, 4}) {
      for (const int extent : {5, 6, 7, 8}) {
        for (const bool upper : {true, false}) {
          OnnxModel model(13, {1, 1, extent, extent});
          auto& pool = model.add("AveragePool", {"in"}, {"out"});
          set_attribute(pool, "auto_pad", upper ? "SAME_UPPER" : "SAME_LOWER");
          set_attribute(pool, "kernel_shape", std::vector<int>{kernel, kernel});
          set_attribute(pool, "strides", std::vector<int>{stride, stride});
          model.output("out");
          if ((extent - 1) / stride * stride + kernel < extent - 1) {
            EXPECT_THAT(model.error(), HasSubstr("depends on the runtime"));
            continue;
          }
          const Node made = model.read().nodes.back();
          EXPECT_EQ(made.out.h, (extent + stride - 1) / stride);
          const int total = std::max(0, (made.out.h - 1) * stride + kernel - extent);
          EXPECT_EQ(made.window.pad_top + made.window.pad_bottom, total);
          EXPECT_EQ(upper ? made.window.pad_top : made.window.pad_bottom, total / 2);
        }
      }
    }
  }
}

TEST(OnnxPadding, ContradictedByAutoPadIsRefused) {
  OnnxModel model(13, {1, 3, 6, 6});
  model.floats("w", {8, 3, 3, 3});
  auto& conv = model.add("Conv", {"in", "w"}, {"out"});
  set_attribute(conv, "auto_pad", "VALID");
  set_attribute(conv, "pads", std::vector<int>{1, 1, 1, 1});
  model.output("out");
  EXPECT_THAT(model.error(), HasSubstr("(Conv): has both pads and an auto_pad of VALID"));
  model.node(0).mutable_attribute(0)->set_s("SAME_UPPER");  // makes those very pads
  EXPECT_EQ(shape_of(model), (Shape{8, 6, 6}));
  model.node(0).mutable_attribute(0)->set_s("NOTSET");
  EXPECT_EQ(shape_of(model), (Shape{8, 6, 6}));
  model.node(0).mutable_attribute(0)->set_s("SAME");
  EXPECT_THAT(model.error(), HasSubstr("unknown auto_pad SAME"));
}

TEST(OnnxPadding, AddsUpThroughSeveralPadsAndAnIdentity) {
  OnnxModel model(13, {1, 3, 6, 6});
  model.floats("w", {2, 3, 3, 3});
  add_pad(model, "in", "once", {1, 0, 0, 2});
  model.add("Identity", {"once"}, {"same"});
  add_pad(model, "same", "twice", {0, 1, 3, 0});
  auto& conv = model.add("Conv", {"twice", "w"}, {"out"});
  set_attribute(conv, "pads", std::vector<int>{1, 1, 1, 1});
  const Window window = model.output("out").read().nodes.back().window;
  EXPECT_EQ(window.pad_top, 2);
  EXPECT_EQ(window.pad_left, 2);
  EXPECT_EQ(window.pad_bottom, 4);
  EXPECT_EQ(window.pad_right, 3);
}

TEST(OnnxPadding, OfChannelsAndMapAtOnceIsBoth) {
  OnnxModel model(13, {1, 3, 4, 4});
  model.integers("pads", {0, 1, 2, 0, 0, 2, 0, 1});
  model.add("Pad", {"in", "pads"}, {"padded"});
  model.floats("w", {2, 6, 1, 1});
  model.add("Conv", {"padded", "w"}, {"out"});
  EXPECT_EQ(shape_of(model.output("out")), (Shape{2, 6, 5}));
  EXPECT_EQ(model.read().nodes.at(1).op, OpKind::kChannelPad);
}

TEST(OnnxPadding, ThatPadsNothingChangesNothing) {
  OnnxModel model;
  add_pad(model, "in", "same", {0, 0, 0, 0});
  model.add("Relu", {"same"}, {"out"});
  EXPECT_EQ(shape_of(model.output("out")), (Shape{3, 5, 5}));
}

TEST(OnnxPadding, IsNeverDropped) {
  OnnxModel model(13, {1, 1, 2, 2});
  model.add("Relu", {"in"}, {"map"});
  add_pad(model, "map", "padded", {1, 0, 0, 1});
  EXPECT_EQ(shape_of(model.output("padded")), (Shape{1, 3, 3}));
  EXPECT_THAT(values_of(model), ElementsAre(0, 0, 0, 0, 0, 0, 0, 1, 0));
  model.floats("one", {}, {1});
  model.add("Add", {"padded", "one"}, {"out"});
  EXPECT_THAT(values_of(model.output("out")), ElementsAre(1, 1, 1, 1, 1, 1, 1, 2, 1));
  OnnxModel mean = model;
  mean.add("GlobalAveragePool", {"out"}, {"mean"});
  EXPECT_THAT(values_of(mean.output("mean")), ElementsAre(10.0f / 9));
}

TEST(OnnxPadding, ReadByAConvolutionAndBySomethingElseIsALayer) {
  OnnxModel model;
  add_pad(model, "in", "padded", {1, 1, 1, 1});
  model.floats("w", {3, 3, 1, 1});
  model.add("Conv", {"padded", "w"}, {"conv"});
  model.add("Relu", {"padded"}, {"relu"});
  model.add("Add", {"conv", "relu"}, {"out"});
  const Graph graph = model.output("out").read();
  EXPECT_EQ(graph.nodes.back().out, (Shape{3, 7, 7}));
  EXPECT_EQ(graph.nodes.at(std::size_t(graph.find("padded"))).op, OpKind::kSelect);
}

TEST(OnnxPadding, InFrontOfAMaxPoolIsTakenOverWhereZerosAreNeverTheLargest) {
  OnnxModel model(13, {1, 2, 5, 5});
  model.add("Relu", {"in"}, {"map"});
  add_pad(model, "map", "padded", {1, 1, 1, 1});
  auto& pool = model.add("MaxPool", {"padded"}, {"out"});
  set_attribute(pool, "kernel_shape", std::vector<int>{3, 3});
  set_attribute(pool, "strides", std::vector<int>{2, 2});
  EXPECT_EQ(shape_of(model.output("out")), (Shape{2, 3, 3}));
  model.node(0).set_op_type("Identity");
  EXPECT_EQ(model.read().nodes.at(1).op, OpKind::kSelect);  // zeros may be the largest
}

TEST(OnnxPadding, InFrontOfAnAveragePoolCounts) {
  OnnxModel model(13, {1, 1, 2, 2});
  add_pad(model, "in", "padded", {1, 1, 1, 1});
  auto& pool = model.add("AveragePool", {"padded"}, {"out"});
  set_attribute(pool, "kernel_shape", std::vector<int>{2, 2});
  set_attribute(pool, "strides", std::vector<int>{2, 2});
  EXPECT_THAT(values_of(model.output("out")), ElementsAre(-0.5f, -0.25f, 0.0f, 0.25f));
  for (int i = 0; i < 2; ++i) model.node(1).mutable_attribute(0)->set_ints(i, 3);
  set_attribute(model.node(1), "pads", std::vector<int>{0, 0, 1, 1});
  EXPECT_EQ(model.read().nodes.at(1).op, OpKind::kSelect);  // of two kinds of padding one counts
  set_attribute(model.node(1), "count_include_pad", 1);
  EXPECT_EQ(model.read().nodes.at(1).op, OpKind::kAvgPool);
}

TEST(OnnxPadding, RepeatsOrMirrorsTheMapOrLeavesPartOfItOut) {
  const auto values = [](const char* mode, const std::vector<int>& sides) {
    OnnxModel model(19, {1, 1, 1, 4});  // -2, -1, 0, 1
    add_pad(model, "in", "padded", sides);
    set_attribute(model.node(0), "mode", mode);
    return values_of(model.output("padded"));
  };
  EXPECT_THAT(values("edge", {0, 2, 0, 1}), ElementsAre(-2, -2, -2, -1, 0, 1, 1));
  EXPECT_THAT(values("reflect", {0, 2, 0, 1}), ElementsAre(0, -1, -2, -1, 0, 1, 0));
  EXPECT_THAT(values("wrap", {0, 2, 0, 1}), ElementsAre(0, 1, -2, -1, 0, 1, -2));
  EXPECT_THAT(values("constant", {0, -1, 0, -1}), ElementsAre(-1, 0));
}

TEST(OnnxPadding, OfAFlattenedMapIsThatOfAVector) {
  OnnxModel model(13, {1, 2, 2, 2});  // -2, -1, 0, 1, 2, 3, 4, -2
  model.integers("vector", {1, -1});
  model.add("Reshape", {"in", "vector"}, {"flat"});
  model.integers("pads", {0, 2, 0, 1});
  model.add("Pad", {"flat", "pads"}, {"padded"});
  model.floats("w", {11, 1}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  model.add("Gemm", {"padded", "w"}, {"out"});
  EXPECT_THAT(values_of(model.output("out")), ElementsAre(45));
}

TEST(OnnxGather, TakesElementsOfAFlattenedMapInAnyOrder) {
  OnnxModel model(13, {1, 2, 2, 2});  // -2, -1, 0, 1, 2, 3, 4, -2
  model.integers("vector", {1, -1});
  model.add("Reshape", {"in", "vector"}, {"flat"});
  model.integers("places", {6, 0, 5, 5});
  set_attribute(model.add("Gather", {"flat", "places"}, {"some"}), "axis", 1);
  model.floats("w", {4, 1}, {1000, 100, 10, 1});
  model.add("Gemm", {"some", "w"}, {"out"});
  EXPECT_THAT(values_of(model.output("out")), ElementsAre(3833));
}

TEST(OnnxPadding, WithOtherThanZerosIsReadWhereAPoolTakesTheLargest) {
  OnnxModel model(13, {1, 1, 2, 2});
  add_pad(model, "in", "padded", {0, 0, 1, 1});
  model.floats("least", {}, {-3e38f});
  model.node(0).add_input("least");
  auto& pool = model.add("MaxPool", {"padded"}, {"out"});
  set_attribute(pool, "kernel_shape", std::vector<int>{2, 2});
  EXPECT_THAT(values_of(model.output("out")), ElementsAre(1, 1, 1, 1));
  EXPECT_NE(model.output("padded").error(), "no error");
}

TEST(OnnxPadding, TakesAxesSinceOpset18) {
  for (const int opset : {17, 18}) {
    OnnxModel model(opset);
    model.integers("pads", {1, 2, 3, 4});
    model.integers("axes", {-1, 2});
    model.add("Pad", {"in", "pads", "", "axes"}, {"padded"});
    model.floats("w", {1, 3, 1, 1});
    model.add("Conv", {"padded", "w"}, {"out"});
    model.output("out");
    if (opset == 17) {
      EXPECT_THAT(model.error(), HasSubstr("(Pad): has 4 inputs; expected 2 to 3"));
      continue;
    }
    const Window window = model.read().nodes.back().window;
    EXPECT_EQ(window.pad_left, 1);
    EXPECT_EQ(window.pad_top, 2);
    EXPECT_EQ(window.pad_right, 3);
    EXPECT_EQ(window.pad_bottom, 4);
  }
}

TEST(OnnxPadding, OfAnAxisThatIsNamedTwiceIsRefused) {
  OnnxModel model(18);
  constexpr std::int64_t kHuge = (std::int64_t{1} << 31) - 1;  // two of which no int holds
  model.integers("pads", {kHuge, kHuge, 0, 0});
  model.integers("axes", {-1, 3});
  model.add("Pad", {"in", "pads", "", "axes"}, {"padded"});
  EXPECT_THAT(model.output("padded").error(), HasSubstr("(Pad): names axis 3 twice"));
}

OnnxModel batch_norm(int opset, const std::vector<std::string>& outputs) {
  OnnxModel model(opset);
  model.floats("c", {3}, {1, 1, 1});
  model.add("BatchNormalization", {"in", "c", "c", "c", "c"}, outputs);
  return model.output("y"), model;
}

TEST(OnnxTraining, OfABatchNormIsRefused) {
  EXPECT_EQ(batch_norm(9, {"y"}).error(), "no error");
  EXPECT_EQ(batch_norm(14, {"y"}).error(), "no error");
  const std::string training = "(BatchNormalization): is in training mode";
  OnnxModel model = batch_norm(14, {"y", "mean", "variance"});
  set_attribute(model.node(0), "training_mode", 1);
  EXPECT_THAT(model.error(), HasSubstr(training));
  for (const int opset : {7, 9, 13}) {  // the outputs say so, though nobody reads them
    EXPECT_THAT(batch_norm(opset, {"y", "m", "v", "sm", "sv"}).error(), HasSubstr(training));
  }
  model = batch_norm(7, {"y"});
  set_attribute(model.node(0), "spatial", 0);  // of MXNet, with one number a channel all the same
  EXPECT_EQ(model.error(), "no error");
  model = batch_norm(9, {"y"});
  set_attribute(model.node(0), "spatial", 1);
  EXPECT_THAT(model.error(),
              HasSubstr("attribute 'spatial', which is none of BatchNormalization's in opset 9"));
  model = batch_norm(7, {"y"});
  set_attribute(model.node(0), "is_test", 1);
  EXPECT_THAT(model.error(), HasSubstr("attribute 'is_test', which is none of"));
}

TEST(OnnxTraining, OfADropoutIsRefusedAndSoIsTheUseOfItsMask) {
  OnnxModel model(12);
  model.floats("ratio", {}, {0.5f});
  model.add("Dropout", {"in", "ratio"}, {"out", "mask"});
  model.add("Relu", {"out"}, {"last"});
  EXPECT_EQ(model.output("last").error(), "no error");
  auto& training = *model.graph().add_initializer();
  training.set_name("training");
  training.set_data_type(onnx::TensorProto::BOOL);
  training.add_int32_data(0);
  model.node(0).add_input("training");
  EXPECT_EQ(model.error(), "no error");
  training.set_int32_data(0, 1);
  EXPECT_THAT(model.error(), HasSubstr("(Dropout): is in training mode"));
  training.set_int32_data(0, 0);
  model.node(1).set_input(0, "mask");
  EXPECT_THAT(model.error(), HasSubstr("(Dropout): its further output 'mask' is used"));
}

TEST(OnnxOutputs, ThatNobodyReadsDoNotMatter) {
  OnnxModel model;
  auto& pool = model.add("MaxPool", {"in"}, {"map", "indices"});
  set_attribute(pool, "kernel_shape", std::vector<int>{2, 2});
  set_attribute(pool, "storage_order", 1);
  model.add("Relu", {"map"}, {"out"});
  EXPECT_EQ(model.output("out").error(), "no error");
  model.output("indices");
  EXPECT_THAT(model.error(), HasSubstr("(MaxPool): its further output 'indices' is used"));
}

TEST(OnnxOutputs, AreNoConstant) {
  OnnxModel model;
  model.add("Relu", {"in"}, {"out"});
  model.floats("c", {3});
  model.output("c");
  EXPECT_THAT(model.error(), HasSubstr("its output 'c' is made by no node"));
  EXPECT_THAT(OnnxModel().output("in").error(), HasSubstr("has no layers"));
}

TEST(OnnxDomains, OtherThanOnnxsAreRefused) {
  OnnxModel model;
  model.add("Relu", {"in"}, {"out"}).set_domain("com.microsoft.nchwc");
  EXPECT_THAT(model.output("out").error(),
              HasSubstr("node 'out' (Relu): is of the domain 'com.microsoft.nchwc'; expected"));
  model.node(0).set_domain("ai.onnx");
  EXPECT_EQ(model.error(), "no error");
  auto& imported = *model.proto.add_opset_import();
  imported.set_domain("com.microsoft");
  imported.set_version(1);
  EXPECT_EQ(model.error(), "no error");  // and not used
  auto& function = *model.proto.add_functions();
  function.set_name("Relu");
  EXPECT_THAT(model.error(), HasSubstr("(Relu): is a function of the file"));
  function.set_domain("com.microsoft");
  EXPECT_EQ(model.error(), "no error");
}

TEST(OnnxDomains, AreImportedOnceAndInAKnownVersion) {
  OnnxModel model;
  model.add("Relu", {"in"}, {"out"});
  model.output("out");
  for (const int opset : {kFirstOpset, kLastOpset}) {
    model.proto.mutable_opset_import(0)->set_version(opset);
    EXPECT_EQ(model.error(), "no error");
  }
  for (const int opset : {kFirstOpset - 1, kLastOpset + 1}) {
    model.proto.mutable_opset_import(0)->set_version(opset);
    EXPECT_THAT(model.error(), HasSubstr("opset " + std::to_string(opset) + "; expected 7 to 28"));
  }
  model.proto.mutable_opset_import(0)->set_version(13);
  auto& other = *model.proto.add_opset_import();
  other.set_domain("ai.onnx");
  other.set_version(12);
  EXPECT_THAT(model.error(), HasSubstr("names two opsets of ONNX"));
  model.proto.clear_opset_import();
  EXPECT_THAT(model.error(), HasSubstr("names no opset"));
}

OnnxModel gemm(const std::vector<int>& bias) {
  OnnxModel model(13, {1, 2, 1, 1});
  model.add("Flatten", {"in"}, {"vector"});
  model.floats("b", {2, 3});
  model.floats("c", bias);
  model.add("Gemm", {"vector", "b", "c"}, {"out"});
  model.output("out");
  return model;
}

TEST(OnnxGemm, BroadcastsItsBiasAsOnnxDoes) {
  EXPECT_THAT(gemm({3}).read().nodes.back().bias, ElementsAre(0, 1, 2));
  EXPECT_THAT(gemm({1, 3}).read().nodes.back().bias, ElementsAre(0, 1, 2));
  for (const std::vector<int>& dims : {std::vector<int>{}, {1}, {1, 1}}) {
    OnnxModel model = gemm(dims);
    model.graph().mutable_initializer(1)->set_float_data(0, 5);
    EXPECT_THAT(model.read().nodes.back().bias, ElementsAre(5, 5, 5));
  }
  for (const std::vector<int>& dims :
       {std::vector<int>{3, 1}, {2}, {0}, {3, 3}, {1, 1, 3}, {1, 2}, {2, 1}}) {
    EXPECT_THAT(gemm(dims).error(), HasSubstr("(Gemm): has a bias of shape ["));
  }
}

TEST(OnnxGemm, FoldsAlphaAndBeta) {
  OnnxModel model = gemm({3});
  set_attribute(model.node(1), "alpha", 0.5f);
  set_attribute(model.node(1), "beta", -2.0f);
  EXPECT_THAT(model.read().nodes.back().bias, ElementsAre(0, -2, -4));
  EXPECT_THAT(model.read().nodes.back().weights, ElementsAre(0, 1.5f, 0.5f, 2, 1, 2.5f));
  set_attribute(model.node(1), "transA", 1);
  EXPECT_THAT(model.error(), HasSubstr("(Gemm): has transA"));
}

TEST(OnnxGemm, NeedsAMatrixThatFitsAndBeforeOpset11ABias) {
  OnnxModel model = gemm({3});
  model.proto.mutable_graph()->mutable_node(1)->mutable_input()->RemoveLast();
  EXPECT_EQ(model.error(), "no error");
  model.proto.mutable_opset_import(0)->set_version(9);
  EXPECT_THAT(model.error(), HasSubstr("(Gemm): has 2 inputs; expected 3"));
  model = gemm({1});
  set_attribute(model.node(1), "transB", 1);
  EXPECT_THAT(model.error(), HasSubstr("multiplies a vector of 2 values by a matrix for 3"));
}

TEST(OnnxConvolution, WithWeightsOrABiasOfAnotherSizeIsRefused) {
  const auto error = [](const std::vector<int>& weights, const std::vector<int>& bias, int group) {
    OnnxModel model(13, {1, 4, 5, 5});
    model.floats("w", weights);
    model.floats("b", bias);
    set_attribute(model.add("Conv", {"in", "w", "b"}, {"out"}), "group", group);
    return model.output("out").error();
  };
  EXPECT_EQ(error({6, 2, 3, 3}, {6}, 2), "no error");
  EXPECT_THAT(error({6, 4, 3, 3}, {6}, 2),
              HasSubstr("(Conv): has weights for 4 channels in each of 2 groups; its input has 4"));
  EXPECT_THAT(error({6, 1, 3, 3}, {6}, 3), HasSubstr("in each of 3 groups; its input has 4"));
  EXPECT_THAT(error({6, 0, 3, 3}, {6}, 1), HasSubstr("has weights for 0 channels"));
  EXPECT_THAT(error({5, 2, 3, 3}, {5}, 2), HasSubstr("groups do not divide"));
  EXPECT_THAT(error({6, 4, 3, 3}, {5}, 1), HasSubstr("has a bias of 5 values; expected a list"));
  EXPECT_THAT(error({6, 4, 3, 3}, {0}, 1), HasSubstr("has a bias of 0 values; expected a list"));
  EXPECT_THAT(error({6, 4, 3, 3}, {6, 1}, 1), HasSubstr("has a bias of 6 values"));
}

TEST(OnnxConvolution, IsDilatedWhereThatSaysSomething) {
  OnnxModel model(13, {1, 1, 5, 5});
  model.floats("w", {1, 1, 1, 3});
  auto& conv = model.add("Conv", {"in", "w"}, {"out"});
  set_attribute(conv, "dilations", std::vector<int>{2, 1});
  EXPECT_EQ(shape_of(model.output("out")), (Shape{1, 5, 3}));
  EXPECT_FALSE(model.read().nodes.back().window.is_dilated());
  model.node(0).mutable_attribute(0)->set_ints(1, 2);
  EXPECT_EQ(shape_of(model), (Shape{1, 5, 1}));
  EXPECT_EQ(model.read().nodes.back().window.dilation_w, 2);
}

TEST(OnnxAttributes, ThatTheOperatorDoesNotHaveAreRefusedByName) {
  OnnxModel model;
  auto& pool = model.add("MaxPool", {"in"}, {"out"});
  set_attribute(pool, "kernel_shape", std::vector<int>{2, 2});
  set_attribute(pool, "cell_mode", 1);
  EXPECT_THAT(model.output("out").error(),
              HasSubstr("(MaxPool): has the attribute 'cell_mode', which is none of MaxPool's in "
                        "opset 13; did the file mean 'ceil_mode'?"));
  model.node(0).mutable_attribute(1)->set_name("ceil_mode");
  EXPECT_EQ(shape_of(model), (Shape{3, 4, 4}));
  model.proto.mutable_opset_import(0)->set_version(9);
  EXPECT_THAT(model.error(), HasSubstr("'ceil_mode', which is none of MaxPool's in opset 9"));
  model.proto.mutable_opset_import(0)->set_version(13);
  model.node(0).mutable_attribute(1)->set_type(onnx::AttributeProto::FLOAT);
  EXPECT_THAT(model.error(), HasSubstr("its attribute 'ceil_mode' is not of type INT"));
  model.node(0).mutable_attribute(1)->set_type(onnx::AttributeProto::INT);
  set_attribute(model.node(0), "ceil_mode", 0);
  EXPECT_THAT(model.error(), HasSubstr("has the attribute 'ceil_mode' twice"));
}

TEST(OnnxAttributes, ThatAreNoYesOrNoAreRefused) {
  OnnxModel model;
  auto& pool = model.add("AveragePool", {"in"}, {"out"});
  set_attribute(pool, "kernel_shape", std::vector<int>{2, 2});
  set_attribute(pool, "count_include_pad", 2);
  EXPECT_THAT(model.output("out").error(), HasSubstr("count_include_pad is 2; expected 0 or 1"));
}

OnnxModel reshape(const std::vector<int>& input, const std::vector<int>& shape) {
  OnnxModel model(14, input);
  model.add("Relu", {"in"}, {"map"});
  model.integers("shape", shape);
  model.add("Reshape", {"map", "shape"}, {"out"});
  model.output("out");
  return model;
}

TEST(OnnxReshape, IsOneOfEachImage) {
  for (const std::vector<int>& shape :
       {std::vector<int>{0, -1}, {-1, 12}, {1, -1}, {1, 12}, {0, 12}, {1, -1, 1, 1}}) {
    EXPECT_EQ(shape_of(reshape({1, 3, 2, 2}, shape)), (Shape{12, 1, 1}));
  }
  EXPECT_EQ(reshape({1, 3, 2, 2}, {0, 0, 2, -1}).read().nodes.size(), 2u);  // as it was
  EXPECT_EQ(shape_of(reshape({4, 3, 2, 2}, {4, -1})), (Shape{12, 1, 1}));
  EXPECT_THAT(reshape({4, 3, 2, 2}, {1, -1}).error(),
              HasSubstr("(Reshape): joins or splits images"));
  EXPECT_THAT(reshape({1, 3, 2, 2}, {-1, -1}).error(), HasSubstr("(Reshape): has two sizes of -1"));
  EXPECT_THAT(reshape({1, 3, 2, 2}, {1, -1, 5}).error(),
              HasSubstr("makes [1, 2, 5] of [1, 3, 2, 2]"));
  OnnxModel zero = reshape({1, 3, 2, 2}, {0, -1});
  set_attribute(zero.node(1), "allowzero", 1);
  EXPECT_THAT(zero.error(), HasSubstr("(Reshape): makes [0, 0]"));
}

TEST(OnnxSizes, TakePartOfAShapeSinceOpset15) {
  OnnxModel model(15, {2, 3, 2, 2});
  set_attribute(model.add("Shape", {"in"}, {"images"}), "end", 1);
  model.integers("rest", {-1});
  set_attribute(model.add("Concat", {"images", "rest"}, {"shape"}), "axis", -1);
  model.add("Reshape", {"in", "shape"}, {"out"});
  EXPECT_EQ(shape_of(model.output("out")), (Shape{12, 1, 1}));
}

TEST(OnnxSqueeze, OfAMapOfOnePositionIsAFlatten) {
  OnnxModel model(13, {1, 3, 4, 4});
  model.add("GlobalAveragePool", {"in"}, {"mean"});
  model.integers("axes", {-1, -2});
  model.add("Squeeze", {"mean", "axes"}, {"out"});
  EXPECT_EQ(shape_of(model.output("out")), (Shape{3, 1, 1}));
  model.integers("map_axes", {2});
  model.node(1).set_input(0, "in");
  model.node(1).set_input(1, "map_axes");
  EXPECT_THAT(model.error(), HasSubstr("(Squeeze): removes axis 2, which has 4 values"));
}

TEST(OnnxAxes, CountFromTheEndOfTheValueTheyAreOf) {
  for (const int axis : {1, -1}) {
    OnnxModel model;
    model.add("GlobalAveragePool", {"in"}, {"mean"});
    model.add("Flatten", {"mean"}, {"vector"});
    set_attribute(model.add("Concat", {"vector", "vector"}, {"out"}), "axis", axis);
    EXPECT_EQ(shape_of(model.output("out")), (Shape{6, 1, 1}));
  }
  for (const char* op : {"Concat", "Softmax", "Flatten"}) {
    OnnxModel model;
    model.add("GlobalAveragePool", {"in"}, {"mean"});
    model.add("Flatten", {"mean"}, {"vector"});
    set_attribute(model.add(op, {"vector"}, {"out"}), "axis", -3);  // 1 of a map, none of a vector
    EXPECT_THAT(model.output("out").error(), HasSubstr(std::string("(") + op + "): "));
  }
  OnnxModel model;
  model.add("Concat", {"in", "in"}, {"out"});
  EXPECT_THAT(model.output("out").error(), HasSubstr("(Concat): has no axis"));
}

TEST(OnnxReduceMean, IsOverHeightAndWidthWhereverItsAxesStand) {
  for (const int opset : {13, 18}) {
    for (const int keepdims : {0, 1}) {
      OnnxModel model(opset);
      auto& mean = model.add("ReduceMean", {"in"}, {"out"});
      if (opset < 18) {
        set_attribute(mean, "axes", std::vector<int>{-1, 2});
      } else {
        model.integers("axes", {-1, 2});
        mean.add_input("axes");
      }
      set_attribute(mean, "keepdims", keepdims);
      EXPECT_EQ(shape_of(model.output("out")), (Shape{3, 1, 1}));
      model.floats("w", {3, 2});
      model.add("MatMul", {"out", "w"}, {"last"});
      EXPECT_EQ(model.output("last").error() == "no error", keepdims == 0);
    }
  }
  OnnxModel all;
  all.add("ReduceMean", {"in"}, {"out"});
  EXPECT_THAT(all.output("out").error(), HasSubstr("reduces the whole value; expected height"));
  OnnxModel noop(18);
  set_attribute(noop.add("ReduceMean", {"in"}, {"out"}), "noop_with_empty_axes", 1);
  EXPECT_THAT(noop.output("out").error(), HasSubstr("reduces the whole value; expected height"));
}

TEST(OnnxAdd, BroadcastsChannelsRowsAndSingleNumbers) {
  OnnxModel model(13, {1, 2, 1, 2});  // -2, -1; 0, 1
  model.add("GlobalAveragePool", {"in"}, {"mean"});
  model.add("Add", {"in", "mean"}, {"out"});
  EXPECT_THAT(values_of(model.output("out")), ElementsAre(-3.5f, -2.5f, 0.5f, 1.5f));
  model.node(1).set_op_type("Mul");
  EXPECT_THAT(values_of(model), ElementsAre(3, 1.5f, 0, 0.5f));
  OnnxModel other(13, {1, 3, 4, 5});
  other.integers("axes", {2});
  auto& pool = other.add("MaxPool", {"in"}, {"small"});
  set_attribute(pool, "kernel_shape", std::vector<int>{2, 2});
  other.add("Add", {"in", "small"}, {"out"});
  EXPECT_THAT(other.output("out").error(), HasSubstr("(Add): combines maps of different shape"));
}

TEST(OnnxClip, LeavesOutWhatIsNotGiven) {
  OnnxModel model;
  model.floats("high", {}, {2});
  model.add("Clip", {"in", "", "high"}, {"out"});
  const Node clip = model.output("out").read().nodes.back();
  EXPECT_EQ(clip.clip_max, 2);
  EXPECT_LT(clip.clip_min, -3e38f);
  model.proto.mutable_opset_import(0)->set_version(10);
  EXPECT_THAT(model.error(), HasSubstr("(Clip): has 3 inputs; expected 1"));
}

TEST(OnnxConstants, AreReadInEveryForm) {
  OnnxModel model(13, {1, 3, 2, 2});
  auto& shape = *model.add("Constant", {}, {"shape"}).add_attribute();
  shape.set_name("value_ints");
  shape.set_type(onnx::AttributeProto::INTS);
  shape.add_ints(-1);
  shape.add_ints(12);
  set_attribute(model.add("Constant", {}, {"low"}), "value_float", -1.0f);
  model.add("Reshape", {"in", "shape"}, {"vector"});
  model.add("Clip", {"vector", "low"}, {"out"});
  EXPECT_EQ(model.output("out").read().nodes.back().clip_min, -1);
  model.node(1).mutable_attribute(0)->set_name("value_string");
  EXPECT_THAT(model.error(), HasSubstr("node 'low' (Constant): its attribute 'value_string'"));
  model.node(1).mutable_attribute(0)->set_type(onnx::AttributeProto::STRING);
  EXPECT_THAT(model.error(), HasSubstr("its attribute 'value_string' is not supported"));
}

TEST(OnnxNames, StandForOneValueOnly) {
  OnnxModel model;
  model.add("Relu", {"in"}, {"out"});
  model.floats("out", {3});
  EXPECT_THAT(model.output("out").error(), HasSubstr("makes 'out', which is there already"));
  OnnxModel twice;
  twice.floats("c", {3});
  twice.floats("c", {4});
  twice.add("Relu", {"in"}, {"out"});
  EXPECT_THAT(twice.output("out").error(), HasSubstr("two values are called 'c'"));
  OnnxModel again;
  again.add("Relu", {"in"}, {"map"});
  again.add("Relu", {"map"}, {"map"});
  EXPECT_THAT(again.output("map").error(), HasSubstr("(Relu): makes 'map', which is there"));
}

TEST(OnnxNodes, ThatDoNotLeadToTheOutputAreLeftOutWithAWord) {
  OnnxModel model;
  model.floats("w", {7, 3, 3, 3});
  model.add("Relu", {"in"}, {"map"});
  model.add("Conv", {"map", "w"}, {"other"});
  model.add("LSTM", {"other"}, {"another"});
  model.add("Clip", {"map"}, {"out"});
  const Graph graph = model.output("out").read();
  EXPECT_EQ(graph.nodes.size(), 3u);
  EXPECT_EQ(graph.dense_macs(), 0);
  EXPECT_THAT(graph.warnings,
              ElementsAre("model.onnx: leaves out what does not lead to the output: 'other' "
                          "(Conv), 'another' (LSTM)"));
}

TEST(OnnxInput, LeftOpenIsNamedAndTakesTheSizeAskedFor) {
  OnnxModel model;
  model.add("Relu", {"in"}, {"out"});
  model.output("out");
  auto& shape = model.input_shape();
  shape.mutable_dim(0)->set_dim_param("batch");
  EXPECT_EQ(model.error(), "no error");
  shape.mutable_dim(2)->set_dim_param("height");
  EXPECT_THAT(model.error(), HasSubstr("model.onnx: leaves the height H of its input open "
                                       "('height'); give its size with --input-shape CxHxW"));
  shape.mutable_dim(3)->clear_dim_value();
  EXPECT_EQ(model.read({Shape{3, 8, 6}}).nodes.back().out, (Shape{3, 8, 6}));
  EXPECT_THAT(model.error({Shape{4, 8, 6}}),
              HasSubstr("its input has a fixed C of 3, not the 4 of --input-shape"));
  shape.mutable_dim(2)->set_dim_value(-1);
  EXPECT_THAT(model.error(), HasSubstr("leaves the height H of its input open; give"));
}

TEST(OnnxInput, OfAnotherTypeIsRefused) {
  OnnxModel model;
  model.add("Relu", {"in"}, {"out"});
  model.output("out");
  model.graph().mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(
      onnx::TensorProto::UINT8);
  EXPECT_THAT(model.error(), HasSubstr("its input is of ONNX type UINT8; expected float32"));
}

TEST(OnnxOutputShape, OtherThanTheFileSaysIsSaid) {
  OnnxModel model;
  model.add("Relu", {"in"}, {"out"});
  model.output("out");
  auto& shape =
      *model.graph().mutable_output(0)->mutable_type()->mutable_tensor_type()->mutable_shape();
  for (const int extent : {1, 3, 5, 5}) shape.add_dim()->set_dim_value(extent);
  EXPECT_THAT(model.read().warnings, IsEmpty());
  shape.mutable_dim(3)->set_dim_value(6);
  EXPECT_THAT(model.read().warnings,
              ElementsAre("model.onnx: says of its output another shape than [N, 3, 5, 5]"));
}

}  // namespace
}  // namespace escalate
