#include "workloads/given_tensors.h"

#include <gtest/gtest.h>

#include <cmath>

#include "../support/expect_user_error.h"
#include "../support/npy_text.h"
#include "../support/temporary_folder.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class GivenTensors : public testing::Test {
 protected:
  NpyFile file(const std::string& content) { return NpyFile(folder_.write("t.npy", content)); }

  TemporaryFolder folder_;
};

TEST_F(GivenTensors, HaveTheShapeThatTheLayerWants) {
  Node node;
  node.name = "a";
  node.npy_files["weights"] = folder_.write("w.npy", npy_int8("(2, 2)", {1, 2, 3, 4}));
  EXPECT_EQ(open_tensor(node, "weights", {2, 2}).num_elements(), 4);
  EXPECT_USER_ERROR(
      open_tensor(node, "weights", {4}),
      AllOf(HasSubstr("w.npy: "), HasSubstr("weights of layer 'a': is int8 [2][2]; expected [4]")));
}

TEST_F(GivenTensors, AreScaledToTheLargestInt8IfTheyAreFloats) {
  EXPECT_THAT(read_scaled(file(npy_int8("(2,)", {-5, 100})), "it"), ElementsAre(-5, 100));
  EXPECT_THAT(read_scaled(file(npy_float("(3,)", {-0.5f, 0.25f, 0})), "it"),
              ElementsAre(-127, 64, 0));
  EXPECT_THAT(read_scaled(file(npy_float("(2,)", {0, 0})), "it"), ElementsAre(0, 0));
  EXPECT_USER_ERROR(read_scaled(file(npy_float("(1,)", {std::nanf("")})), "it"),
                    HasSubstr("it: holds a value that is not finite"));
  EXPECT_USER_ERROR(read_scaled(file(npy<std::uint8_t>("|u1", "(1,)", {1})), "it"),
                    HasSubstr("expected int8 or float32"));
}

TEST_F(GivenTensors, AreWholeNumbersInARange) {
  EXPECT_THAT(read_whole(file(npy_float("(2,)", {7, -127})), "it", 127), ElementsAre(7, -127));
  EXPECT_USER_ERROR(read_whole(file(npy_int8("(2,)", {1, 2})), "it", 1),
                    HasSubstr("it: element 1 is 2; expected a whole number from -1 to 1"));
  EXPECT_USER_ERROR(read_whole(file(npy_float("(1,)", {0.5f})), "it", 1), HasSubstr("is 0.5"));
}

}  // namespace
}  // namespace escalate
