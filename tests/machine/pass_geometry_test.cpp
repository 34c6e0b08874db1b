#include "machine/pass_geometry.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

namespace escalate {
namespace {

WindowAxis arbitrary_axis() {
  WindowAxis axis;
  axis.kernel = *rc::gen::inRange(1, 8);
  axis.stride = *rc::gen::inRange(1, 5);
  axis.pad = *rc::gen::inRange(0, axis.kernel);
  axis.input = *rc::gen::inRange(axis.kernel, 40);
  const int outputs = (axis.input + 2 * axis.pad - axis.kernel) / axis.stride + 1;
  axis.out_begin = *rc::gen::inRange(0, outputs);
  axis.out_end = *rc::gen::inRange(axis.out_begin + 1, outputs + 1);
  return axis;
}

TEST(PassGeometry, CountsTheTapsThatABruteForceScanFinds) {
  EXPECT_TRUE(rc::check("taps equal a scan over outputs and kernel positions", [] {
    const WindowAxis axis = arbitrary_axis();
    for (int at = 0; at < axis.input; ++at) {
      int taps = 0;
      for (int out = axis.out_begin; out < axis.out_end; ++out) {
        for (int k = 0; k < axis.kernel; ++k) taps += out * axis.stride - axis.pad + k == at;
      }
      RC_ASSERT(axis.taps(at) == taps);
      const bool needed = at >= axis.first_input() && at < axis.end_input();
      if (!needed) RC_ASSERT(taps == 0);
    }
  }));
}

TEST(PassGeometry, NamesTheLastInputOfEachOutput) {
  EXPECT_TRUE(rc::check("the last input meets the output and no later one does", [] {
    const WindowAxis axis = arbitrary_axis();
    for (int out = axis.out_begin; out < axis.out_end; ++out) {
      int last = -1;
      for (int k = 0; k < axis.kernel; ++k) {
        const int at = out * axis.stride - axis.pad + k;
        if (at >= 0 && at < axis.input) last = at;
      }
      if (last < 0) continue;  // a window wholly in the padding
      RC_ASSERT(axis.last_input(out) == last);
      RC_ASSERT(axis.sends(last));
    }
  }));
}

TEST(PassGeometry, NamesTheMostOutputsThatAnInputMeets) {
  EXPECT_TRUE(rc::check("no input meets more, and in the middle of a map one meets as many", [] {
    WindowAxis axis = arbitrary_axis();
    for (int at = 0; at < axis.input; ++at) RC_ASSERT(axis.taps(at) <= axis.outputs_of_input());
    axis.pad = 0;
    axis.input = axis.out_end = 1000;
    axis.out_begin = 0;
    int most = 0;
    for (int at = 100; at < 100 + axis.stride; ++at) most = std::max(most, axis.taps(at));
    RC_ASSERT(most == axis.outputs_of_input());
  }));
}

TEST(PassGeometry, DoesNotSendThePositionsThatAStrideSkips) {
  const WindowAxis axis{
      .kernel = 1, .stride = 2, .pad = 0, .input = 8, .out_begin = 0, .out_end = 4};
  for (int at = 0; at < 8; ++at) EXPECT_EQ(axis.sends(at), at % 2 == 0);
}

}  // namespace
}  // namespace escalate
