#include "pe/cycle/sum_registers.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>

#include "common/error.h"

namespace escalate {
namespace {

TEST(SumRegistersClocked, HoldThePassesThatFit) {
  PassGeometry pass;
  pass.rows.kernel = pass.columns.kernel = 3;
  EXPECT_FALSE(SumRegistersClocked(0).hold(pass));
  EXPECT_FALSE(SumRegistersClocked(8).hold(pass));
  EXPECT_TRUE(SumRegistersClocked(9).hold(pass));
  pass.rows.stride = pass.columns.stride = 2;
  EXPECT_TRUE(SumRegistersClocked(4).hold(pass)) << "an input meets two rows and two columns";
}

TEST(SumRegistersClocked, RefuseMoreSumsThanThereAre) {
  SumRegistersClocked registers(2);
  registers.add(0, 0, 1);
  registers.add(0, 1, 1);
  registers.add(0, 1, 1);
  EXPECT_THROW(registers.add(0, 2, 1), InternalError);
  registers.leave(1, [](const SumRegistersClocked::Sum&) {});
  EXPECT_NO_THROW(registers.add(0, 2, 1));
}

TEST(SumRegistersClocked, GiveEachSumOnceWhenItsColumnIsLeft) {
  EXPECT_TRUE(rc::check("the sums of all products", [] {
    SumRegistersClocked registers(9);
    std::map<std::pair<int, int>, int> wanted, given;
    const auto take = [&](const SumRegistersClocked::Sum& sum) {
      RC_ASSERT(given.emplace(std::pair(sum.p, sum.q), sum.value).second);
    };
    for (int column = 0; column < 10; ++column) {
      registers.leave(column, take);
      for (const auto& [of_output, value] : given) RC_ASSERT(of_output.second < column);
      for (int i = *rc::gen::inRange(0, 12); i > 0; --i) {
        const int p = *rc::gen::inRange(0, 3), q = column + *rc::gen::inRange(0, 3);
        const int value = *rc::gen::inRange(-9, 10);
        registers.add(p, q, value);
        wanted[{p, q}] += value;
      }
    }
    registers.leave(100, take);
    RC_ASSERT(given == wanted);
  }));
}

}  // namespace
}  // namespace escalate
