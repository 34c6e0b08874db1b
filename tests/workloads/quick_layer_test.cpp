#include "workloads/quick_layer.h"

#include "../support/expect_user_error.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(QuickLayer, FillsInWhatIsNotSaid) {
  const Graph graph = parse_quick_layer("C=64,K=32,H=56,R=3");
  const Node& layer = graph.nodes.at(1);
  EXPECT_EQ(graph.nodes[0].out, (Shape{64, 56, 56}));
  EXPECT_EQ(layer.out, (Shape{32, 56, 56}));
  EXPECT_EQ(layer.window.s, 3);
  EXPECT_EQ(layer.form, LayerForm::kDecomposed);
  EXPECT_EQ(layer.terms, 0);
  EXPECT_EQ(layer.drawn->coefficient, 1);
  EXPECT_FALSE(layer.drawn->signed_input);
}

TEST(QuickLayer, TakesEveryKey) {
  const Graph graph = parse_quick_layer(
      "C=8,K=16,H=10,W=12,R=3,S=5,stride=2,pad=1,groups=2,M=4,coefficient_density=0.125,"
      "weight_density=0.25,activation_density=0.5,form=direct,seed=9");
  const Node& layer = graph.nodes.at(1);
  EXPECT_EQ(layer.out, (Shape{16, 5, 5}));
  EXPECT_EQ(layer.groups, 2);
  EXPECT_EQ(layer.terms, 4);
  EXPECT_EQ(layer.drawn->coefficient, 0.125);
  EXPECT_EQ(layer.drawn->weight, 0.25);
  EXPECT_EQ(layer.drawn->activation, 0.5);
  EXPECT_EQ(layer.form, LayerForm::kDirect);
  EXPECT_EQ(graph.seed, 9u);
}

TEST(QuickLayer, PadsHeightAndWidthToTheSameSizeByDefault) {
  EXPECT_EQ(parse_quick_layer("C=1,K=1,H=9,R=1,S=7").nodes.at(1).out, (Shape{1, 9, 9}));
}

TEST(QuickLayer, KeepsTheSizeForEveryKernelAndAtAStrideRoundsItUp) {
  for (int r = 1; r <= 12; ++r) {
    for (int s = 1; s <= 5; ++s) {
      for (int stride = 1; stride <= 3; ++stride) {
        const Node layer =
            parse_quick_layer("C=1,K=1,H=8,W=5,R=" + std::to_string(r) + ",S=" + std::to_string(s) +
                              ",stride=" + std::to_string(stride))
                .nodes.at(1);
        EXPECT_EQ(layer.out, (Shape{1, (8 + stride - 1) / stride, (5 + stride - 1) / stride}));
      }
    }
  }
}

TEST(QuickLayer, MakesADepthwiseLayerDirectUnlessToldOtherwise) {
  EXPECT_EQ(parse_quick_layer("C=8,K=8,H=4,R=3,groups=8").nodes[1].form, LayerForm::kDirect);
  EXPECT_EQ(parse_quick_layer("C=8,K=8,H=4,R=3,groups=8,form=decomposed").nodes[1].form,
            LayerForm::kDecomposed);
}

TEST(QuickLayer, SetsTheDensityOfWhicheverWeightsThereAre) {
  const Graph graph = parse_quick_layer("C=8,K=8,H=4,density=0.3");
  EXPECT_EQ(graph.nodes[1].drawn->coefficient, 0.3);
  EXPECT_EQ(graph.nodes[1].drawn->weight, 0.3);
}

TEST(QuickLayer, HasAsManyWeightsAsItsPatternLeaves) {
  const auto drawn = [](const std::string& more) {
    return *parse_quick_layer("C=64,K=32,H=8,weight_pattern=2:4" + more).nodes.at(1).drawn;
  };
  EXPECT_EQ(drawn("").weight_pattern, (NmPattern{2, 4}));
  EXPECT_EQ(drawn("").weight, 0.5);
  EXPECT_EQ(drawn(",weight_density=0.25").weight, 0.25);
  EXPECT_USER_ERROR(drawn(",weight_density=0.75"), HasSubstr("weight_pattern: leaves fewer"));
  EXPECT_USER_ERROR(parse_quick_layer("C=4,K=4,H=8,weight_pattern=4:2"),
                    AllOf(HasSubstr("weight_pattern: '4:2'"), HasSubstr("such as 2:4")));
}

TEST(QuickLayer, PadsByWholeKernels) {
  EXPECT_EQ(parse_quick_layer("C=8,K=8,H=8,pad=1").nodes[1].out, (Shape{8, 10, 10}));
  EXPECT_EQ(parse_quick_layer("C=8,K=8,H=8,R=2,S=3,pad=3").nodes[1].out, (Shape{8, 13, 12}));
}

TEST(QuickLayer, NamesTheKeyThatIsWrong) {
  EXPECT_USER_ERROR(parse_quick_layer("C=8,K=8"), HasSubstr("--layer: H: is required"));
  EXPECT_USER_ERROR(parse_quick_layer("C=8,K=8,H=8,stide=2"),
                    HasSubstr("--layer: stide: unknown key; did you mean 'stride'?"));
  EXPECT_USER_ERROR(parse_quick_layer("C=8,K=8,H=eight"),
                    HasSubstr("H: 'eight': expected an integer from 1"));
  EXPECT_USER_ERROR(parse_quick_layer("C=8,K=0,H=8"), HasSubstr("K: '0': expected an integer"));
  EXPECT_USER_ERROR(parse_quick_layer("C=8,K=8,H=8,C=9"), HasSubstr("C: is given twice"));
  EXPECT_USER_ERROR(parse_quick_layer("C=8,K=8,H"), HasSubstr("H: expected KEY=VALUE"));
  EXPECT_USER_ERROR(parse_quick_layer("C=8,K=8,H=8,density=1.5"),
                    HasSubstr("density: '1.5': expected a number from 0 to 1"));
  EXPECT_USER_ERROR(parse_quick_layer("C=8,K=8,H=8,density=1,weight_density=1"),
                    HasSubstr("weight_density: is set by 'density'"));
  EXPECT_USER_ERROR(parse_quick_layer("C=8,K=8,H=8,M=1,terms=1"), HasSubstr("M: "));
  EXPECT_USER_ERROR(parse_quick_layer("C=8,K=8,R=3,H=8,M=10"), HasSubstr("M: 10 terms"));
  EXPECT_USER_ERROR(parse_quick_layer("C=8,K=8,R=1,S=3,H=8,terms=4"), HasSubstr("at most 3"));
  EXPECT_EQ(parse_quick_layer("C=8,K=8,R=3,H=8,M=9").nodes[1].terms, 9);
  EXPECT_EQ(parse_quick_layer("C=8,K=8,R=1,H=8,M=4").nodes[1].terms, 4);  // ternary terms
  EXPECT_USER_ERROR(parse_quick_layer("C=8,K=8,H=8,form=sparse"),
                    HasSubstr("'sparse': expected decomposed or direct"));
  EXPECT_USER_ERROR(parse_quick_layer("C=8,K=8,H=2,R=5,pad=0"), HasSubstr("does not fit"));
}

}  // namespace
}  // namespace escalate
