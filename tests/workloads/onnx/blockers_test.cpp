#include "workloads/onnx/blockers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../support/expect_user_error.h"
#include "../../support/onnx_model.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(OnnxRefusal, NamesAllThatStandsAgainstAFile) {
  OnnxModel model;
  model.floats("w", {3, 3, 1, 1});
  model.add("Conv", {"in", "w"}, {"a"});
  model.add("RNN", {"a"}, {"b"});
  model.add("Conv", {"b", "w"}, {"c"});
  model.add("GridSample", {"c"}, {"d"});
  model.add("RNN", {"c"}, {"e"});
  model.add("Add", {"d", "e"}, {"out"});
  EXPECT_THAT(model.output("out").error(),
              AllOf(HasSubstr("node 'b' (RNN)"), HasSubstr("in the network"),
                    HasSubstr("node 'd' (GridSample)"), HasSubstr("in the tail")));
}

TEST(OnnxRefusal, NamesWhatStandsBehindAnotherFault) {
  OnnxModel model;
  model.floats("w", {3, 3, 1, 1});
  model.add("Conv", {"in", "w"}, {"a"});
  model.add("Sin", {"a"}, {"b"});
  model.add("Relu", {"b"}, {"c"});
  model.add("Cos", {"c"}, {"d"});
  model.add("Conv", {"d", "w"}, {"out"});
  EXPECT_THAT(model.output("out").error(),
              AllOf(HasSubstr("node 'b' (Sin)"), HasSubstr("node 'd' (Cos)")));
}

onnx::NodeProto node(const std::string& op, const std::string& name) {
  onnx::NodeProto made;
  made.set_op_type(op);
  made.set_name(name);
  return made;
}

TEST(OnnxBlockers, CountWhatIsMetAgainAtTheSamePlace) {
  OnnxBlockers blockers;
  blockers.refuse_if_any();
  blockers.add(node("LSTM", "a"), "is none", OnnxBlockers::Where::kNetwork);
  EXPECT_USER_ERROR(blockers.refuse_if_any(), testing::StrEq("node 'a' (LSTM): is none"));
  blockers.add(node("LSTM", "b"), "is another", OnnxBlockers::Where::kNetwork);
  blockers.add(node("LSTM", "c"), "is behind", OnnxBlockers::Where::kTail);
  EXPECT_USER_ERROR(blockers.refuse_if_any(),
                    AllOf(HasSubstr("is none (in the network, 2 times)"),
                          HasSubstr("node 'c' (LSTM): is behind (in the tail)")));
}

}  // namespace
}  // namespace escalate
