#include "report/work.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/report/example_result.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Why the example and a changed one are other work; empty if they are the same.
template <class Change>
std::string difference(Change&& change) {
  Result result = example_result();
  for (LayerResult& layer : result.layers) layer.shape = "8x4x4 to 8x4x4, kernel 3x3, pad 1";
  Result changed = result;
  change(changed);
  const std::string there = unequal_work(result, changed).value_or("");
  const std::string back = unequal_work(changed, result).value_or("");
  EXPECT_EQ(there.empty(), back.empty());
  return there;
}

TEST(UnequalWork, IsNoneOfTheSameLayersInAnyOrder) {
  EXPECT_EQ(difference([](Result&) {}), "");
  EXPECT_EQ(difference([](Result& r) { std::swap(r.layers[0], r.layers[1]); }), "");
  EXPECT_EQ(difference([](Result& r) {
              r.accelerator = "scnn";
              r.network = "called otherwise";
              r.layers[0].kind = "conv";
              r.layers[0].cycles *= 3;
              r.config["blocks"] = 4;
              r.batch = 2;
            }),
            "");
}

TEST(UnequalWork, IsThatOfOtherShapesImagesOrLayers) {
  EXPECT_THAT(difference([](Result& r) { r.layers[1].shape = "8x4x4 to 9x4x4"; }),
              AllOf(HasSubstr("fc"), HasSubstr("8x4x4 to 9x4x4"), HasSubstr("kernel 3x3")));
  EXPECT_THAT(difference([](Result& r) { r.images = 4; }), HasSubstr("2 images and the other 4"));
  EXPECT_THAT(difference([](Result& r) { r.layers.pop_back(); }), HasSubstr("in one only"));
  EXPECT_THAT(difference([](Result& r) { r.layers[0].name = "conv2"; }), HasSubstr("in one only"));
  EXPECT_THAT(difference([](Result& r) { r.layers.push_back(r.layers[0]); }),
              HasSubstr("layers of one name"));
}

TEST(UnequalWork, IsToldByDenseMacsWhereThereAreNoShapes) {
  const auto without_shape = [](Result& r) { r.layers[0].shape = ""; };
  EXPECT_EQ(difference(without_shape), "");
  EXPECT_THAT(difference([&](Result& r) {
                without_shape(r);
                r.layers[0].macs_dense = 1;
              }),
              AllOf(HasSubstr("64,000 dense MACs"), HasSubstr("conv1")));
}

TEST(OtherTerms, AreThoseOfOtherValuesImagesAndEnergyTables) {
  Result a = example_result();
  a.source = {"a.onnx", "digest", "", "images"};
  Result b = a;
  EXPECT_THAT(other_terms(a, b), IsEmpty());
  b.source.images = "others";
  EXPECT_THAT(other_terms(a, b), ElementsAre(HasSubstr("other images")));
  b.source.network = "another";
  b.source.file = "b.onnx";
  EXPECT_THAT(other_terms(a, b), ElementsAre(HasSubstr("other values ('a.onnx' and 'b.onnx')")));
  b.source = {};
  EXPECT_THAT(other_terms(a, b), IsEmpty()) << "not known";
  a.config["energy"] = {{"node_nm", 45}, {"clock_ratio", 0.5}};
  b.config["energy"] = {{"node_nm", 22}, {"clock_ratio", 0.5}};
  EXPECT_THAT(other_terms(a, b), ElementsAre("energies are of energy.node_nm 45 and 22"));
  b.config["energy"] = {{"node_nm", 22}, {"clock_ratio", 0.25}};
  EXPECT_THAT(other_terms(a, b), ElementsAre("energies are of energy.node_nm 45 and 22, "
                                             "energy.clock_ratio 0.5 and 0.25"));
  EXPECT_EQ(other_machine(a, b), "");
  b.config = a.config;
  b.energy_sources = {{"user", NumberKind::kUser, "mine.yaml"}};
  EXPECT_THAT(other_terms(a, b), ElementsAre(HasSubstr("table of the user's")));
}

TEST(OtherTerms, AreThoseOfATableThatNoParameterNames) {
  Result a = example_result();
  a.energy_table = {{"dram", "dram", "read", "dram_read_bytes", 64, "made up"}};
  Result b = a;
  EXPECT_THAT(other_terms(a, b), IsEmpty());
  b.energy_table.back().pj_each *= 2;
  EXPECT_THAT(other_terms(a, b),
              ElementsAre(testing::StartsWith("energies are from other tables: ")));
  b.config["blocks"] = 1;
  EXPECT_THAT(other_terms(a, b), IsEmpty()) << "another machine has other energies";
}

TEST(OtherMachine, IsNamedByWhatDiffers) {
  Result a = example_result();
  a.config = {{"blocks", 8}, {"mac", {{"multipliers", 5}, {"kind", "x"}}}};
  Result b = a;
  EXPECT_EQ(other_machine(a, b), "");
  b.config["blocks"] = 4;
  b.config["mac"]["kind"] = "y";
  EXPECT_EQ(other_machine(a, b), "blocks 8 and 4, mac.kind x and y");
  for (int i = 0; i < 9; ++i) {
    a.config["p" + std::to_string(i)] = i;
    b.config["p" + std::to_string(i)] = -i - 1;
  }
  EXPECT_THAT(other_machine(a, b), testing::EndsWith("p5 5 and -6 and 3 more"));
  b.accelerator = "scnn";
  EXPECT_EQ(other_machine(a, b), "") << "they have other parameters";
}

TEST(OtherTerms, AreNoneOfFormsThatAreDrawnFromTheSameDensities) {
  Result ours = example_result();
  ours.source = {"n.yaml", "decomposed", "densities", ""};
  Result theirs = ours;
  theirs.accelerator = "scnn";
  theirs.source.network = "plain";
  EXPECT_THAT(other_terms(ours, theirs), IsEmpty());
  theirs.source.drawn_from = "other densities";
  EXPECT_THAT(other_terms(ours, theirs), ElementsAre(HasSubstr("other values")));
  // One accelerator has one form.
  theirs = ours;
  theirs.source.network = "of other terms";
  EXPECT_THAT(other_terms(ours, theirs), ElementsAre(HasSubstr("other values")));
}

TEST(WorksOf, GroupResultsByWorkAndNameTheirFiles) {
  Result a = example_result();
  a.network = "graph";
  Result b = a;
  b.layers.pop_back();
  Result c = a;
  c.accelerator = "scnn";
  const std::vector<Work> works = works_of({&a, &b, &c}, {"a.json", "b.json", "c.json"});
  ASSERT_EQ(works.size(), 2u);
  EXPECT_THAT(works[0].results, ElementsAre(0, 2));
  EXPECT_THAT(works[1].results, ElementsAre(1));
  EXPECT_EQ(works[0].title, "graph [a.json]");
  EXPECT_EQ(works[1].title, "graph [b.json]");
  EXPECT_EQ(works[1].network, "graph");
}

TEST(NetworkTitle, HasTheFileWhereThatIsCalledSomethingElse) {
  Result result = example_result();
  EXPECT_EQ(network_title(result), "example");
  result.source.file = "example.onnx";
  EXPECT_EQ(network_title(result), "example");
  result.source.file = "other.onnx";
  EXPECT_EQ(network_title(result), "example (other.onnx)");
}

}  // namespace
}  // namespace escalate
