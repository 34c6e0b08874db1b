#include "report/documents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/report/example_result.h"
#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(CsvDocument, HasOneLineALayerAndOneColumnAValue) {
  Result result;
  result.network = "net";
  LayerResult layer;
  layer.name = "a, b";
  layer.kind = "conv";
  layer.shape = "2x4x4 to 2x4x4";
  layer.bound_by = "ca";
  layer.cycles = 1234567;
  layer.macs_dense = 8;
  layer.energy_pj = {{"dram", 0.1}};
  layer.counters = {{"macs", 3}};
  result.layers = {layer, layer};
  result.layers[1].name = "c";
  result.layers[1].shape = "";
  result.source.file = "n.onnx";
  result.images = 3;
  result.layers[1].counters = {{"slots", 4}};
  EXPECT_EQ(csv_document({{"one", result}}),
            "result,accelerator,network,file,work,images,name,kind,shape,bound_by,binding,"
            "because_of,cycles,macs_dense,energy_pj.dram,counters.macs,counters.slots\n"
            "one,escalate,net,n.onnx,1,3,\"a, b\",conv,2x4x4 to 2x4x4,ca,ca,,1234567,8,0.1,3,\n"
            "one,escalate,net,n.onnx,1,3,c,conv,,ca,ca,,1234567,8,0.1,,4\n");
}

TEST(MarkdownDocument, ShowsSummaryLayersAndEnergy) {
  const std::string text = markdown_document({{"escalate, example", example_result()}});
  EXPECT_THAT(text, StartsWith("# escalate, example\n\n- example on escalate, transaction view"));
  EXPECT_THAT(text, HasSubstr("\n## Layers\n\n| layer | kind |"));
  EXPECT_THAT(text, HasSubstr("\n| dram | 15.4 nJ | 86.4% |\n"));
  EXPECT_THAT(text, Not(HasSubstr("Comparison")));
}

TEST(MarkdownDocument, EscapesWhatWouldBeMarkup) {
  Result result = example_result();
  result.network = "<b>_x_</b>";
  EXPECT_THAT(
      markdown_document({{"[l](u)", result}}),
      AllOf(HasSubstr("# \\[l\\](u)\n"), HasSubstr("- \\<b\\>\\_x\\_\\</b\\> on escalate")));
}

TEST(ComparisonTable, IsOfEachResultAndTheFirst) {
  Result slower = example_result();
  slower.total.seconds *= 4;
  slower.total.energy_pj *= 2;
  slower.area_mm2 = {};
  EXPECT_EQ(comparison_table({{"a", example_result()}, {"b", slower}}).csv(),
            "result,cycles,time,energy,EDP,area [mm2],speed-up over a,energy efficiency over a\n"
            "a,\"1,500\",1.88 us,17.8 nJ,33.3 fJ s,7.75,1.000x,1.000x\n"
            "b,\"1,500\",7.50 us,35.6 nJ,267 fJ s,-,0.250x,0.500x\n");
}

TEST(ComparisonTable, DividesOnlyResultsOfTheSameWork) {
  Result larger = example_result();
  larger.layers[0].macs_dense *= 64;
  const auto results = labelled({example_result(), larger, example_result()},
                                {"small.json", "large.json", "again.json"});
  const std::string table = comparison_table(results).csv();
  EXPECT_THAT(table, HasSubstr("\nsmall,\"1,500\",1.88 us,17.8 nJ,33.3 fJ s,7.75,1.000x,1.000x\n"));
  EXPECT_THAT(table, HasSubstr("\nlarge,\"1,500\",1.88 us,17.8 nJ,33.3 fJ s,7.75,-,-\n"));
  EXPECT_THAT(table, HasSubstr("\nagain,\"1,500\",1.88 us,17.8 nJ,33.3 fJ s,7.75,1.000x,1.000x\n"));
  const std::string remark = "'large' is not divided by 'small', being other work: layer 'conv1'";
  EXPECT_THAT(terminal_document(results, false, {}), HasSubstr(remark));
  EXPECT_THAT(markdown_document(results), HasSubstr("- 'large' is not divided by 'small'"));
}

TEST(Labelled, NamesTheFilesOfNetworksThatTheirExporterCalledTheSame) {
  Result first = example_result();
  first.network = "main_graph";
  first.source.file = "resnet.onnx";
  Result second = first;
  second.source.file = "vgg.onnx";
  second.layers.pop_back();
  const auto results = labelled({first, second}, {"1.json", "2.json"});
  EXPECT_EQ(results[0].title, "main_graph (resnet.onnx)");
  EXPECT_EQ(results[1].title, "main_graph (vgg.onnx)");
  EXPECT_NE(results[0].work, results[1].work);
  EXPECT_THAT(markdown_document({results[0]}), HasSubstr("main\\_graph (resnet.onnx) on escalate"));
}

TEST(Labelled, TellsResultsApart) {
  const Result a = example_result();
  Result b = a;
  b.network = "other";
  b.layers.pop_back();
  const auto labels = [](const std::vector<LabelledResult>& results) {
    std::vector<std::string> all;
    for (const LabelledResult& result : results) all.push_back(result.label);
    return all;
  };
  EXPECT_EQ(labels(labelled({a}, {"x/1.json"})), (std::vector<std::string>{"escalate, example"}));
  EXPECT_EQ(labels(labelled({a, b}, {"x/1.json", "x/2.json"})),
            (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(labels(labelled({a, b}, {"x/1.json", "x/1.json"})),
            (std::vector<std::string>{"escalate, example", "escalate, other"}));
  EXPECT_EQ(labels(labelled({a, a}, {"x/1.json", "x/2.json"})),
            (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(labels(labelled({a, a}, {"x/1.json", "y/1.json"})),
            (std::vector<std::string>{"x/1", "y/1"}));
  EXPECT_EQ(labels(labelled({a, a, a}, {"1.json", "1.json", "1.json"})),
            (std::vector<std::string>{"escalate, example", "escalate, example (2)",
                                      "escalate, example (3)"}));
}

TEST(Labelled, TakesGivenNames) {
  const Result a = example_result();
  Result b = a;
  b.layers.pop_back();
  const auto results = labelled({a, b, a, b}, {"1", "2", "3", "4"}, {"base", "base", "wide", "x"});
  EXPECT_EQ(results[0].label, "base, example [1]");
  EXPECT_EQ(results[2].label, "wide");
  EXPECT_EQ(results[0].contestant, "base");
  EXPECT_EQ(results[3].contestant, "x");
  EXPECT_USER_ERROR(labelled({a, a}, {"1", "2"}, {"base", "base"}), HasSubstr("called 'base'"));
}

}  // namespace
}  // namespace escalate
