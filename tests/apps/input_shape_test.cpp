// --input-shape, and what commands say of an ONNX file that is not read as it stands.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "../support/command_run.h"
#include "../support/onnx_model.h"
#include "../support/temporary_folder.h"

namespace escalate {
namespace {

using testing::HasSubstr;

class InputShape : public testing::Test {
 protected:
  InputShape() {
    OnnxModel model;
    model.floats("w", {4, 3, 3, 3});
    model.add("Conv", {"in", "w"}, {"map"});
    model.add("Relu", {"map"}, {"aside"});
    model.add("GlobalAveragePool", {"map"}, {"out"});
    model.output("out");
    for (const int i : {0, 2, 3}) model.input_shape().mutable_dim(i)->set_dim_param("open");
    path_ = folder_.write("open.onnx", model.proto.SerializeAsString());
  }
  CommandRun run(const std::string& command, const std::vector<std::string>& more) const {
    std::vector<std::string> args = {command, path_};
    args.insert(args.end(), more.begin(), more.end());
    return command_run(args);
  }

  TemporaryFolder folder_;
  std::string path_;
};

TEST_F(InputShape, IsAskedForWhereTheFileLeavesItOpen) {
  const CommandRun found = run("compress", {"-o", folder_.file("out.onnx")});
  EXPECT_EQ(found.status, 2);
  EXPECT_THAT(found.error, HasSubstr("open.onnx: leaves the height H of its input open ('open'); "
                                     "give its size with --input-shape CxHxW"));
}

TEST_F(InputShape, IsThatOfTheNetworkFromThereOn) {
  const CommandRun evaluated =
      run("evaluate", {"--input-shape", "3x9x7", "--input", "synthetic", "--images", "1"});
  EXPECT_EQ(evaluated.status, 0) << evaluated.error;
  EXPECT_THAT(evaluated.out, HasSubstr("3x9x7"));
  EXPECT_THAT(evaluated.error, HasSubstr("warning: "));
  EXPECT_THAT(evaluated.error,
              HasSubstr("open.onnx: leaves out what does not lead to the output: 'aside' (Relu)"));
  const std::string out = folder_.file("out.onnx");
  const CommandRun compressed =
      run("compress", {"--input-shape", "3x9x7", "-o", out, "--calibrate", "synthetic",
                       "--calibration-images", "2", "--quiet"});
  EXPECT_EQ(compressed.status, 0) << compressed.error;
  EXPECT_EQ(compressed.error, "");
  EXPECT_EQ(read_onnx(out).nodes[0].out, (Shape{3, 9, 7}));
  EXPECT_EQ(command_run({"simulate", out, "--quiet"}).status, 0);
}

TEST_F(InputShape, IsAShapeAndForAnOnnxFile) {
  for (const char* text : {"3x9", "3x9x7x1", "3x9x", "axbxc", "3x0x7", "3x9x-7", ""}) {
    const CommandRun found = run("compress", {"-o", folder_.file("o.onnx"), "--input-shape", text});
    EXPECT_EQ(found.status, 2) << text;
  }
  const CommandRun layer =
      command_run({"simulate", "--layer", "C=1,K=1,H=4", "--input-shape", "1x4x4"});
  EXPECT_EQ(layer.status, 2);
  EXPECT_THAT(layer.error, HasSubstr("--input-shape: expected an ONNX file; --layer says how"));
}

}  // namespace
}  // namespace escalate
