#include "pe/pick_fault.h"

#include <gtest/gtest.h>

namespace escalate {
namespace {

TEST(PickFault, LosesThePickOfItsNumberAndNoOther) {
  PickFault fault(2);
  for (int pick = 0; pick < 10; ++pick) EXPECT_EQ(fault.loses_next(), pick == 2) << pick;
}

TEST(PickFault, LosesNothingWithoutANumber) {
  PickFault fault(-1);
  for (int pick = 0; pick < 10; ++pick) EXPECT_FALSE(fault.loses_next());
}

}  // namespace
}  // namespace escalate
