#include "workloads/yaml_reader.h"

#include <fstream>
#include <sstream>
#include <string>

#include "../support/expect_user_error.h"
#include "../support/npy_text.h"
#include "../support/temporary_folder.h"
#include "tests/support/places.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class YamlWorkload : public testing::Test {
 protected:
  Graph read(const std::string& text) { return read_yaml_workload(folder_.write("w.yaml", text)); }
  std::string error(const std::string& text) {
    return user_error([&] { read(text); });
  }
  TemporaryFolder folder_;
  const std::string head_ =
      "name: t\ninput: [4, 8, 8]\n"
      "defaults: {coefficient_density: 0.5, weight_density: 0.5, activation_density: "
      "0.5}\nlayers:\n";
};

TEST_F(YamlWorkload, MakesTheFirstAndDepthwiseConvolutionsDirectAndOthersDecomposed) {
  const Graph graph = read(head_ +
                           "  - {conv: a, K: 8, kernel: 3}\n"
                           "  - {conv: b, K: 8, kernel: 3, groups: 8}\n"
                           "  - {conv: c, K: 8, kernel: 1}\n"
                           "  - {conv: d, K: 8, kernel: 1, form: direct}\n");
  EXPECT_EQ(graph.nodes[graph.find("a")].form, LayerForm::kDirect);
  EXPECT_EQ(graph.nodes[graph.find("b")].form, LayerForm::kDirect);
  EXPECT_EQ(graph.nodes[graph.find("c")].form, LayerForm::kDecomposed);
  EXPECT_EQ(graph.nodes[graph.find("d")].form, LayerForm::kDirect);
}

TEST_F(YamlWorkload, RefusesAShortTextThatStandsForAnEndlessNetwork) {
  EXPECT_THAT(error("name: t\ninput: [4, 8, 8]\n"
                    "blocks:\n  b:\n    - {use: b, name: s, repeat: 1000}\n    - {relu: r}\n"
                    "layers:\n  - {use: b, name: s}\n"),
              HasSubstr("w.yaml:5: use: blocks are nested too deep"));
  EXPECT_THAT(error("name: t\ninput: [4, 8, 8]\n"
                    "blocks:\n"
                    "  b: [{relu: r}, {relu: s}]\n"
                    "  c: [{use: b, name: s, repeat: 1000}]\n"
                    "layers:\n  - {use: c, name: s, repeat: 1000}\n"),
              HasSubstr("w.yaml:4: relu: the network has more than 10000 layers"));
  EXPECT_THAT(error("name: t\nlayers: &all\n  - *all\n"),
              HasSubstr("w.yaml:3: malformed YAML: al"));
}

TEST_F(YamlWorkload, RefusesMoreThanOneDocument) {
  EXPECT_THAT(error("name: t\n---\nname: u\n"), HasSubstr("expected one YAML document"));
  EXPECT_THAT(error(", name: t\n"), HasSubstr("expected one YAML document"));
}

TEST_F(YamlWorkload, ChainsTheCopiesOfABlock) {
  const Graph graph = read(
      "name: t\ninput: [4, 8, 8]\n"
      "defaults: {coefficient_density: 0.5, weight_density: 0.5, activation_density: 0.5}\n"
      "blocks:\n  two:\n    - {conv: x, K: $k, kernel: 3}\n    - {add: y, from: [x, input]}\n"
      "layers:\n  - {use: two, name: s, repeat: 2, k: 4}\n");
  ASSERT_EQ(graph.nodes.size(), 5u);
  EXPECT_EQ(graph.nodes[3].name, "s.1.x");
  EXPECT_EQ(graph.nodes[3].inputs, std::vector<int>{graph.find("s.0.y")});
}

TEST_F(YamlWorkload, ReadsWindowsPoolsAndPads) {
  const Graph graph = read(head_ +
                           "  - {conv: a, K: 8, kernel: [3, 1], stride: [2, 1], pad: [1, 0]}\n"
                           "  - {maxpool: b, kernel: 3, stride: 2, ceil: true}\n"
                           "  - {avgpool: c, kernel: 2, count_include_pad: true}\n"
                           "  - {channel_pad: d, before: 1, after: 2}\n"
                           "  - {conv: e, K: 4, kernel: 2, pad: [0, 0, 1, 1]}\n");
  EXPECT_EQ(graph.nodes[1].out, (Shape{8, 4, 8}));
  EXPECT_EQ(graph.nodes[2].out, (Shape{8, 2, 4}));
  EXPECT_TRUE(graph.nodes[3].count_include_pad);
  EXPECT_EQ(graph.nodes[3].window.stride_w, 2);
  EXPECT_EQ(graph.nodes[4].out, (Shape{11, 1, 2}));
  EXPECT_EQ(graph.nodes[5].window.pad_bottom, 1);
  EXPECT_EQ(graph.nodes[5].out, (Shape{4, 1, 2}));
}

TEST_F(YamlWorkload, PadsAConvolutionByWholeKernels) {
  const Graph graph = read(head_ +
                           "  - {conv: a, K: 8, kernel: 1, pad: 1}\n"
                           "  - {conv: b, K: 8, kernel: [3, 1], pad: [0, 0, 4, 0]}\n");
  EXPECT_EQ(graph.nodes[1].out, (Shape{8, 10, 10}));
  EXPECT_EQ(graph.nodes[2].out, (Shape{8, 12, 10}));
}

TEST_F(YamlWorkload, TakesDensitiesFromTheLayerThenTheUseThenTheDefaults) {
  const Graph graph = read(
      "name: t\ninput: [4, 8, 8]\n"
      "defaults: {coefficient_density: 0.1, weight_density: 0.2, activation_density: 0.3, "
      "terms: 5, pointwise_terms: 2}\n"
      "blocks:\n  b:\n    - {conv: x, K: 4, kernel: 3}\n"
      "    - {conv: y, K: 4, kernel: 1, activation_density: 0.9}\n"
      "layers:\n  - {use: b, name: s, activation_density: 0.7, terms: 3}\n"
      "  - {conv: z, K: 4, kernel: 3, then: relu6}\n  - {fc: f, K: 2}\n");
  const auto drawn = [&](const char* name) { return *graph.nodes[graph.find(name)].drawn; };
  EXPECT_EQ(drawn("s.x").activation, 0.7);
  EXPECT_EQ(drawn("s.y").activation, 0.9);
  EXPECT_EQ(drawn("z").activation, 0.3);
  EXPECT_EQ(drawn("z").coefficient, 0.1);
  EXPECT_EQ(drawn("z").weight, 0.2);
  EXPECT_EQ(graph.nodes[graph.find("s.x")].terms, 3);
  EXPECT_EQ(graph.nodes[graph.find("s.y")].terms, 2);
  EXPECT_EQ(graph.nodes[graph.find("z")].terms, 5);
  EXPECT_EQ(graph.nodes[graph.find("f")].terms, 2);
  EXPECT_TRUE(drawn("z").signed_input);
  EXPECT_FALSE(drawn("f").signed_input);
}

TEST_F(YamlWorkload, TakesThePatternOfWeightsFromTheLayerOrTheDefaults) {
  const std::string head =
      "name: t\ninput: [4, 8, 8]\ndefaults: {activation_density: 0.5, weight_pattern: 2:4}\n"
      "layers:\n";
  const Graph graph = read(head +
                           "  - {conv: a, K: 8, kernel: 3, form: direct}\n"
                           "  - {conv: b, K: 8, kernel: 1, form: direct, weight_pattern: 1:4}\n"
                           "  - {fc: c, K: 8, form: direct, weight_density: 0.25}\n");
  const auto drawn = [&](const char* name) { return *graph.nodes[graph.find(name)].drawn; };
  EXPECT_EQ(drawn("a").weight_pattern, (NmPattern{2, 4}));
  EXPECT_EQ(drawn("a").weight, 0.5);
  EXPECT_EQ(drawn("b").weight_pattern, (NmPattern{1, 4}));
  EXPECT_EQ(drawn("b").weight, 0.25);
  EXPECT_EQ(drawn("c").weight, 0.25);
  EXPECT_THAT(error(head + "  - {conv: a, K: 8, kernel: 1, weight_density: 0.6}\n"),
              AllOf(HasSubstr("w.yaml:5: weight_density"), HasSubstr("the pattern 2:4 leaves")));
  EXPECT_THAT(error(head + "  - {conv: a, K: 8, kernel: 1, weight_pattern: 2-4}\n"),
              AllOf(HasSubstr("w.yaml:5: weight_pattern"), HasSubstr("such as 2:4")));
}

TEST_F(YamlWorkload, ReadsTransformSeedAndDefinition) {
  const Graph graph = read(
      "name: t\ndefinition: of a test\nseed: 42\ninput: [3, 8, 8]\n"
      "transform: {mean: [0.1, 0.2, 0.3], std: [1, 2, 3], channels: bgr}\n"
      "layers:\n  - {global_avgpool: p}\n");
  EXPECT_EQ(graph.definition, "of a test");
  EXPECT_EQ(graph.seed, 42u);
  EXPECT_EQ(graph.transform.mean, (std::vector<float>{0.1f, 0.2f, 0.3f}));
  EXPECT_TRUE(graph.transform.bgr);
}

TEST_F(YamlWorkload, NamesMissingFilesFoldersAndBrokenYaml) {
  EXPECT_USER_ERROR(read_yaml_workload("no/such.yaml"), HasSubstr("no/such.yaml: cannot read"));
  EXPECT_USER_ERROR(read_yaml_workload(folder_.path().string()), HasSubstr("is a folder"));
  EXPECT_THAT(error("name: t\ninput: [1, 2\nlayers: x\n"),
              AllOf(HasSubstr("w.yaml:3: malformed YAML"), Not(HasSubstr("\n"))));
  EXPECT_THAT(error(""), HasSubstr("expected a mapping"));
}

struct Fault {
  std::string layers;   ///< from line 5 of the file on
  std::string message;  ///< part of the error, from the line's number on
};

class YamlLayerFault : public YamlWorkload, public testing::WithParamInterface<Fault> {};

TEST_P(YamlLayerFault, IsNamedWithFileLineAndKey) {
  EXPECT_THAT(error(head_ + GetParam().layers),
              AllOf(HasSubstr("w.yaml:" + GetParam().message), Not(HasSubstr("\n"))));
}

const std::string kFirst = "  - {conv: a, K: 8, kernel: 3}\n";

INSTANTIATE_TEST_SUITE_P(
    All, YamlLayerFault,
    testing::Values(
        Fault{"  - {conv: a, K: 8, kernel: 3, strid: 2}\n",
              "5: strid: unknown key; did you mean 'stride'?"},
        Fault{"  - {conv: a, K: 8, kernel: 3, zzzzzzzz: 2}\n",
              "5: zzzzzzzz: unknown key; expected one of conv, from,"},
        Fault{"  - conv: a\n    K: 8\n    kernel: 3\n    pad: -1\n",
              "8: pad: '-1': expected an integer from 0"},
        Fault{"  - {conv: a, K: 8}\n", "5: kernel: is required and missing"},
        Fault{"  - {conv: a, kernel: 3}\n", "5: K: is required and missing"},
        Fault{"  - {conv: a, K: many, kernel: 3}\n", "5: K: 'many': expected an integer from 1"},
        Fault{"  - {conv: a, K: 8, kernel: 2}\n", "5: pad: is required with an even kernel"},
        Fault{"  - {maxpool: a, kernel: 3, pad: 3}\n", "5: pad: padding of a whole 3x3 window"},
        Fault{"  - {avgpool: a, kernel: [3, 2], pad: [0, 2]}\n",
              "5: pad: padding of a whole 3x2 window"},
        Fault{"  - {conv: a, K: 8, kernel: [3, 3, 3]}\n",
              "5: kernel: expected one integer or a list of up to 2"},
        Fault{"  - {conv: a, K: 8, kernel: 3, weight_density: 1.5}\n",
              "5: weight_density: '1.5': expected a number from 0 to 1"},
        Fault{"  - {conv: a, K: 8, kernel: 3, form: sparse}\n",
              "5: form: 'sparse': expected decomposed or direct"},
        Fault{"  - {conv: a, K: 8, kernel: 3, then: gellu}\n",
              "5: then: 'gellu' is no step of a function"},
        Fault{"  - {conv: a, K: 8, kernel: 3, K: 9}\n", "5: K: is given twice"},
        Fault{"  - {convv: a, K: 8}\n", "5: convv: unknown kind; did you mean 'conv'?"},
        Fault{"  - {conv: a, fc: b, K: 8}\n", "5: fc: this layer is already 'conv'"},
        Fault{"  - {K: 8}\n", "5: layer: no kind; expected one of the keys conv, fc"},
        Fault{"  - conv\n", "5: layer: expected a mapping"},
        Fault{kFirst + kFirst, "6: conv: there is already a layer 'a'"},
        Fault{kFirst + "  - {relu: r, from: aa}\n",
              "6: from: 'aa' is not an earlier layer; did you mean 'a'?"},
        Fault{kFirst + "  - {add: s, from: [a, input, a]}\n", "6: from: expected up to 2 layers"},
        Fault{kFirst + "  - {add: s}\n", "6: from: expected at least two layers"},
        Fault{kFirst + "  - {add: s, from: [a, input]}\n", "6: add: "},
        Fault{kFirst + "  - {conv: b, K: 9, kernel: 3, groups: 2}\n", "6: conv: "},
        Fault{kFirst + "  - {maxpool: p, kernel: 9}\n", "6: maxpool: "},
        Fault{kFirst + "  - {maxpool: p, kernel: 2, ceil: maybe}\n",
              "6: ceil: 'maybe': expected true or false"},
        Fault{"  - {conv: a, K: 8, kernel: $k}\n",
              "5: kernel: '$k' is a block's parameter and has no meaning outside a block"},
        Fault{"  - {use: bloc, name: x}\n", "5: use: 'bloc' is not among the blocks"},
        Fault{"  - {conv: a, K: 8, kernel: 3, weights: none.npy}\n", "5: weights: "},
        Fault{"  - {conv: a, K: 8, kernel: 3, weights: w.yaml, weight_density: 1}\n",
              "5: weights: "}),
    [](const auto& test) { return "Case" + std::to_string(test.index); });

class YamlBlockFault : public YamlWorkload {
 protected:
  std::string of(const std::string& use,
                 const std::string& block = "    - {conv: x, K: $k, kernel: 1}\n") {
    return error(
        "name: t\ninput: [4, 8, 8]\n"
        "defaults: {coefficient_density: 1, weight_density: 1, activation_density: 1}\n"
        "blocks:\n  b:\n" +
        block + "layers:\n" + use);
  }
};

TEST_F(YamlBlockFault, IsNamedWhereTheBlockIsUsedOrDefined) {
  EXPECT_THAT(of("  - {use: b, name: s}\n"), HasSubstr("w.yaml:8: k: block 'b' needs a value"));
  EXPECT_THAT(of("  - {use: b, name: s, k: 4, kk: 5}\n"),
              HasSubstr("w.yaml:8: kk: unknown key; did you mean 'k'?"));
  EXPECT_THAT(of("  - {use: c, name: s, k: 4}\n"),
              HasSubstr("w.yaml:8: use: 'c' is not among the blocks"));
  EXPECT_THAT(of("  - {use: b, name: s, k: four}\n"),
              HasSubstr("w.yaml:6: K: 'four': expected an integer"));
  EXPECT_THAT(of("  - {use: b, name: s, k: 4, first: 1}\n"),
              HasSubstr("w.yaml:8: first: has no meaning without 'repeat'"));
  EXPECT_THAT(of("  - {use: b, name: s, k: 4}\n  - {use: b, name: s, k: 4}\n"),
              HasSubstr("w.yaml:9: name: there is already a layer 's'"));
  EXPECT_THAT(of("  - {use: b, name: s}\n", "    - {use: b, name: again}\n"),
              HasSubstr("w.yaml:6: use: blocks are nested too deep"));
  EXPECT_THAT(of("  - {use: b, name: s}\n", "    - {relu: x, from: $from}\n"),
              HasSubstr("'$from' is a key of `use` and cannot be a parameter"));
}

TEST_F(YamlWorkload, DemandsTheDensitiesThatALayerNeeds) {
  const std::string start = "name: t\ninput: [4, 8, 8]\nlayers:\n";
  EXPECT_THAT(error(start + "  - {conv: a, K: 8, kernel: 3, weight_density: 1}\n"),
              HasSubstr("w.yaml:4: activation_density: is missing"));
  EXPECT_THAT(error(start + "  - {conv: a, K: 8, kernel: 3, activation_density: 1}\n"),
              HasSubstr("w.yaml:4: weight_density: is missing for the direct layer 'a'"));
  EXPECT_THAT(
      error(start + "  - {conv: a, K: 8, kernel: 3, activation_density: 1, weight_density: 1}\n"
                    "  - {fc: b, K: 8, activation_density: 1, weight_density: 1}\n"),
      HasSubstr("w.yaml:5: coefficient_density: is missing for the decomposed layer 'b'"));
}

TEST_F(YamlWorkload, LetsTensorsSettleFormAndPlace) {
  folder_.write("t.npy", npy_int8("(8, 2, 4)", std::vector<std::int8_t>(64, 1)));
  const std::string layer = "  - {conv: a, K: 8, kernel: 1, ";
  const Graph graph = read(head_ + layer + "coefficients: t.npy}\n");
  EXPECT_EQ(graph.nodes[1].form, LayerForm::kDecomposed);  // though it is the first convolution
  EXPECT_EQ(graph.nodes[1].npy_files.at("coefficients"), folder_.file("t.npy"));
  EXPECT_THAT(error(head_ + layer + "coefficients: t.npy, form: direct}\n"),
              HasSubstr("w.yaml:5: form: the tensors named here are for form decomposed"));
  EXPECT_THAT(error(head_ + layer + "coefficients: t.npy, weights: t.npy}\n"),
              HasSubstr("w.yaml:5: weights: are for form direct"));
  EXPECT_THAT(error(head_ + layer + "coefficients: t.npy, coefficient_density: 0.1}\n"),
              HasSubstr("w.yaml:5: coefficients: stands in place of 'coefficient_density'"));
  EXPECT_THAT(error(head_ + layer + "mask: no.npy}\n"),
              AllOf(HasSubstr("w.yaml:5: mask: "), HasSubstr("no.npy: cannot open")));
}

TEST_F(YamlWorkload, NamesFaultsOfTheTopLevel) {
  const std::string layers = "layers:\n  - {global_avgpool: p}\n";
  EXPECT_THAT(error("name: t\ninputs: [4, 8, 8]\n" + layers),
              HasSubstr("w.yaml:2: inputs: unknown key; did you mean 'input'?"));
  EXPECT_THAT(error("name: t\ninput: [4, 8]\n" + layers),
              HasSubstr("w.yaml:2: input: expected [C, H, W]"));
  EXPECT_THAT(error("input: [4, 8, 8]\n" + layers), HasSubstr("name: is required and missing"));
  EXPECT_THAT(error("name: t\ninput: [4, 8, 8]\nlayers: []\n"),
              HasSubstr("w.yaml:3: layers: expected a list of layers"));
  EXPECT_THAT(error("name: t\ninput: [1, 8, 8]\ntransform: {mean: [0], std: [0]}\n" + layers),
              HasSubstr("w.yaml:3: std: expected numbers above 0"));
  EXPECT_THAT(error("name: t\ninput: [2, 8, 8]\ntransform: {mean: [0], std: [1, 1]}\n" + layers),
              HasSubstr("w.yaml:3: mean: expected 2 numbers, one a channel"));
  EXPECT_THAT(error("name: t\nseed: -1\ninput: [2, 8, 8]\n" + layers),
              HasSubstr("w.yaml:2: seed: '-1': expected an integer of at least 0"));
}

TEST_F(YamlWorkload, ReadsTheExampleOfTheDocumentation) {
  std::ifstream page(source_folder() + "/docs/file-formats.md");
  std::stringstream text;
  text << page.rdbuf();
  const std::string all = text.str();
  const std::string fence = "```yaml\n";
  const auto begin = all.find(fence, all.find("\n## YAML workloads\n")) + fence.size();
  const Graph graph = read(all.substr(begin, all.find("```", begin) - begin));
  EXPECT_EQ(graph.nodes.back().out, (Shape{10, 1, 1}));
}

}  // namespace
}  // namespace escalate
