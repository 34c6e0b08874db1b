#include "workloads/dilated_phases.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "common/random.h"

namespace escalate {
namespace {

int between(int low, int high) { return *rc::gen::inRange(low, high + 1); }

/// A direct 8-bit convolution that may be dilated, of a random input.
struct Dilated {
  IntegerNetwork network;
  IntegerNode layer;
  Activations input;

  Dilated() {
    IntegerNode in;
    in.name = "input";
    in.out = {between(1, 3), between(1, 12), between(1, 12)};
    layer.name = "layer";
    layer.op = IntegerOp::kConv;
    layer.inputs = {0};
    layer.form = WeightForm::kDirect;
    Window& w = layer.window;
    for (int* extent : {&w.r, &w.s, &w.stride_h, &w.stride_w, &w.dilation_h, &w.dilation_w}) {
      *extent = between(1, 4);
    }
    for (int* pad : {&w.pad_top, &w.pad_left, &w.pad_bottom, &w.pad_right}) *pad = between(0, 6);
    layer.out = {between(1, 3), w.out_h(in.out.h), w.out_w(in.out.w)};
    RC_PRE(layer.out.h > 0 && layer.out.w > 0);
    Random random(std::uint64_t(between(1, 1 << 20)));
    const auto values = [&](std::int64_t count) {
      std::vector<std::int8_t> made;
      for (std::int64_t i = 0; i < count; ++i) {
        made.push_back(std::int8_t(int(random.below(255)) - 127));
      }
      return made;
    };
    layer.weights = values(std::int64_t{layer.out.c} * in.out.c * w.r * w.s);
    layer.bias.assign(std::size_t(layer.out.c), 3);
    layer.requant.assign(std::size_t(layer.out.c), to_fixed_point(0.01));
    input = {in.out, values(in.out.size())};
    network.nodes = {in};
  }

  // Tap by tap, with nothing of the layer's own execution.
  std::int32_t sum(int k, int p, int q) const {
    const Window& w = layer.window;
    std::int32_t total = 0;
    std::size_t tap = std::size_t(k) * input.shape.c * w.r * w.s;
    for (int c = 0; c < input.shape.c; ++c) {
      for (int r = 0; r < w.r; ++r) {
        for (int s = 0; s < w.s; ++s, ++tap) {
          const int h = p * w.stride_h + r * w.dilation_h - w.pad_top;
          const int x = q * w.stride_w + s * w.dilation_w - w.pad_left;
          if (h < 0 || h >= input.shape.h || x < 0 || x >= input.shape.w) continue;
          total += layer.weights[tap] * input.at(c, h, x);
        }
      }
    }
    return total;
  }
};

TEST(DilatedPhases, MakeEveryOutputOfTheDilatedConvolution) {
  EXPECT_TRUE(rc::check("phases, joined, are the dilated convolution", [] {
    Dilated of;
    const int last = append_phases(of.layer, of.network.nodes);
    RC_ASSERT(last == int(of.network.nodes.size()) - 1);
    of.network.validate();
    const Activations made = run_network(of.network, of.input).back();
    RC_ASSERT(made.shape == of.layer.out);
    RC_ASSERT(of.network.nodes.back().name == "layer");
    for (int k = 0; k < made.shape.c; ++k) {
      for (int p = 0; p < made.shape.h; ++p) {
        for (int q = 0; q < made.shape.w; ++q) {
          const std::int8_t expected = requantize(of.sum(k, p, q), of.layer.bias[std::size_t(k)],
                                                  of.layer.requant[std::size_t(k)], -128, 127);
          RC_ASSERT(made.at(k, p, q) == expected);
        }
      }
    }
  }));
}

TEST(DilatedPhases, MultiplyAsOftenAsTheDilatedConvolution) {
  EXPECT_TRUE(rc::check("multiplications of phases add up", [] {
    Dilated of;
    append_phases(of.layer, of.network.nodes);
    std::int64_t macs = 0;
    for (int i = 0; i < int(of.network.nodes.size()); ++i) macs += of.network.dense_macs(i);
    const Window& w = of.layer.window;
    RC_ASSERT(macs == of.layer.out.size() * of.input.shape.c * w.r * w.s);
  }));
}

}  // namespace
}  // namespace escalate
