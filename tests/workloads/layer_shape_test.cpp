#include "workloads/layer_shape.h"

#include <gtest/gtest.h>

#include "workloads/draw.h"
#include "workloads/quick_layer.h"

namespace escalate {
namespace {

TEST(LayerShape, LeavesOutWhatIsPlain) {
  EXPECT_EQ(shape_text({3, 8, 8}, {4, 8, 8}, {}, 1), "3x8x8 to 4x8x8, kernel 1x1");
  EXPECT_EQ(shape_text({8, 8, 8}, {8, 4, 4}, {3, 3, 2, 2, 1, 1, 1, 1}, 8),
            "8x8x8 to 8x4x4, kernel 3x3, stride 2, pad 1, groups 8");
}

TEST(LayerShape, DiffersWhereAnythingOfTheGeometryDoes) {
  const Window window = {3, 5, 1, 2, 0, 1, 2, 3};
  const std::string text = shape_text({2, 9, 9}, {4, 9, 5}, window, 2);
  EXPECT_EQ(text,
            "2x9x9 to 4x9x5, kernel 3x5, stride 1x2, pad 0 above, 1 left, 2 below, 3 right, "
            "groups 2");
  for (int Window::*member :
       {&Window::r, &Window::s, &Window::stride_h, &Window::stride_w, &Window::pad_top,
        &Window::pad_left, &Window::pad_bottom, &Window::pad_right}) {
    Window other = window;
    other.*member += 5;
    EXPECT_NE(shape_text({2, 9, 9}, {4, 9, 5}, other, 2), text);
  }
  EXPECT_NE(shape_text({2, 9, 9}, {4, 9, 5}, window, 1), text);
  EXPECT_NE(shape_text({2, 9, 8}, {4, 9, 5}, window, 2), text);
  EXPECT_NE(shape_text({2, 9, 9}, {4, 9, 6}, window, 2), text);
}

TEST(LayerShape, OfANodeNamesAllItsInputs) {
  IntegerNetwork network =
      draw_network(parse_quick_layer("C=4,K=8,R=3,H=6,activation_density=0.5"), {}).network;
  EXPECT_EQ(shape_text(network, 1), "4x6x6 to 8x6x6, kernel 3x3, pad 1");
  IntegerNode add;
  add.op = IntegerOp::kAdd;
  add.inputs = {1, 1};
  add.out = {8, 6, 6};
  network.nodes.push_back(add);
  EXPECT_EQ(shape_text(network, 2), "8x6x6 + 8x6x6 to 8x6x6");
}

}  // namespace
}  // namespace escalate
