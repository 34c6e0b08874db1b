#include "compiler/bank_image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace escalate {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

/// Two groups of 5 input and 2 output channels.
class BankImage : public testing::Test {
 protected:
  BankImage() {
    node_.groups = 2;
    layer_.node = &node_;
    layer_.in.c = 10;
    layer_.out.c = 4;
  }

  IntegerNode node_;
  ConvLayer layer_;
};

TEST_F(BankImage, HoldsMapsAndPackedSignsOfEachRowBehindTheBasisKernels) {
  node_.window.r = 1;
  node_.window.s = 2;
  node_.basis = {1, 2, 3, 4, 5, 6};
  layer_.terms = 3;
  layer_.coefficients = {// output 0, of the first group: terms 0, 1, 2
                         1, 0, -1, 0, 0, 0, 0, 0, 0, 1, -1, -1, -1, -1, -1,  //
                                                                             // output 1
                         0, 1, 0, 1, 0, 0, -1, 0, 1, 0, 0, 0, 0, 0,
                         -1,  //
                              // outputs 2 and 3, of the second group
                         -1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0,  //
                         0, 0, 0, 0, 0, 1, 0, -1, 0, 1, 0, 0, 0, 0, 0};
  // Kernels 1 and 2; maps of ten channels, two bytes, the lowest channel first.
  EXPECT_THAT(bank_image(layer_, {1, 3}, {1, 3}, {0, 10}),
              ElementsAre(3, 4, 5, 6,           //
                          0b01010, 0, 0b01,     // output 1, term 1: channels 1 (-) and 3
                          0b10000, 0, 0b1,      // term 2: channel 4 (-)
                          0b11100000, 0b11, 0,  // output 2, term 1: channels 5 to 9
                          0, 0));               // term 2: no sign at all
  // Only some channels: those of the other group are zero.
  EXPECT_THAT(bank_image(layer_, {0, 1}, {0, 1}, {2, 7}), ElementsAre(1, 2, 0b00001, 0b1));
  EXPECT_THAT(bank_image(layer_, {3, 4}, {1, 2}, {4, 9}), ElementsAre(3, 4, 0b01010, 0b10));
}

TEST_F(BankImage, HoldsMapsAndKernelsThatAreNotZeroInDirectMode) {
  layer_.direct = true;
  node_.window.r = 1;
  node_.window.s = 2;
  layer_.coefficients.assign(4 * 5 * 2, 0);
  const auto set = [&](int k, int c, std::int8_t left, std::int8_t right) {
    layer_.coefficients.set(std::size_t(k * 5 + c) * 2, left);
    layer_.coefficients.set(std::size_t(k * 5 + c) * 2 + 1, right);
  };
  set(1, 0, 7, 0);
  set(1, 4, 0, -8);
  set(2, 1, 9, 10);
  EXPECT_THAT(bank_image(layer_, {1, 4}, {0, 1}, {0, 10}),
              ElementsAre(0b10001, 0, 7, 0, 0, 248,  // output 1: channels 0 and 4
                          0b01000000, 0, 9, 10,      // output 2: channel 6
                          0, 0));                    // output 3: nothing
  EXPECT_THAT(bank_image(layer_, {1, 3}, {0, 1}, {3, 8}),
              ElementsAre(0b00010, 0, 248, 0b01000, 9, 10));
}

TEST_F(BankImage, IsAsLongAsTheMapperReckonsButForTheBasisKernelsAndSignsOfZeros) {
  layer_.direct = true;
  node_.window.r = node_.window.s = 3;
  layer_.coefficients.assign(4 * 5 * 9, 0);
  for (const int kernel : {0, 3, 4, 7, 12, 13, 19}) {
    layer_.coefficients.set(std::size_t(kernel) * 9 + 8, 1);
  }
  for (int begin = 0; begin < 10; ++begin) {
    for (int end = begin + 1; end <= 10; ++end) {
      for (int k = 0; k < 4; ++k) {
        EXPECT_EQ(std::int64_t(bank_image(layer_, {k, 4}, {0, 1}, {begin, end}).size()),
                  bank_bytes(layer_, {k, 4}, {0, 1}, {begin, end}));
      }
    }
  }
  layer_.direct = false;
  layer_.terms = 9;
  layer_.coefficients.assign(4 * 9 * 5, 1);
  node_.groups = 1;
  layer_.in.c = 5;
  node_.basis.assign(81, 1);
  // Where no coefficient is zero, signs are as long as maps.
  EXPECT_EQ(std::int64_t(bank_image(layer_, {0, 4}, {2, 9}, {0, 5}).size()) - 7 * 9,
            bank_bytes(layer_, {0, 4}, {2, 9}, {0, 5}));
}

TEST(ParameterImage, HoldsBiasMultiplierAndShiftOfEachChannelInLittleEndianOrder) {
  IntegerNode node;
  node.bias = {1, -2, 0x01020304};
  node.requant = {{5, 6}, {0x0a0b0c0d, 33}, {-1, 62}};
  EXPECT_THAT(parameter_image(node, {1, 3}),
              ElementsAreArray({0xfe, 0xff, 0xff, 0xff, 0x0d, 0x0c, 0x0b, 0x0a, 33,  //
                                0x04, 0x03, 0x02, 0x01, 0xff, 0xff, 0xff, 0xff, 62}));
  EXPECT_THAT(parameter_image(node, {1, 1}), IsEmpty());
}

TEST(ParameterImage, HoldsTheFactorOfSumsBelow0BehindTheOtherWhereThereIsOne) {
  IntegerNode node;
  node.bias = {1, -2};
  node.requant = {{5, 6}, {0x0a0b0c0d, 33}};
  node.negative_requant = {{7, 8}, {-2, 61}};
  EXPECT_THAT(parameter_image(node, {1, 2}),
              ElementsAreArray({0xfe, 0xff, 0xff, 0xff, 0x0d, 0x0c, 0x0b, 0x0a, 33,  //
                                0xfe, 0xff, 0xff, 0xff, 61}));
}

}  // namespace
}  // namespace escalate
