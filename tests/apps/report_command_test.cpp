#include "apps/report_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/simulate_command.h"
#include "common/atomic_file.h"
#include "report/comparison.h"
#include "report/documents.h"
#include "report/html_page.h"
#include "tests/report/example_result.h"
#include "tests/report/example_sweep.h"
#include "tests/support/expect_user_error.h"
#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string printed(const std::vector<std::string>& args) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(run_report(args), 0);
  return testing::internal::GetCapturedStdout();
}

class ReportCommand : public testing::Test {
 protected:
  ReportCommand() { write_result(file_, charged_example()); }

  TemporaryFolder folder_;
  std::string file_ = folder_.file("run.json");
};

TEST_F(ReportCommand, ShowsLayersAndSummaryOnTheTerminal) {
  EXPECT_THAT(printed({file_}), AllOf(HasSubstr("\nconv1 "), HasSubstr("made-up on escalate"),
                                      Not(HasSubstr("speed-up"))));
}

TEST_F(ReportCommand, ComparesSeveralResults) {
  write_result(folder_.file("b.json"), charged_example(3));
  EXPECT_THAT(
      printed({file_, folder_.file("b.json")}),
      AllOf(StartsWith("result"), HasSubstr("speed-up"), HasSubstr("\nrun "), HasSubstr("\nb "),
            HasSubstr("\nb: made-up on escalate"), Not(HasSubstr("conv1"))));
  EXPECT_THAT(printed({file_, folder_.file("b.json"), "--layers", "*"}),
              AllOf(StartsWith("result"), HasSubstr("\nconv1 "), HasSubstr("images/s")));
  EXPECT_THAT(
      printed({file_, folder_.file("b.json"), "--layers", "conv1"}),
      AllOf(HasSubstr("1 of 6 layers"), HasSubstr("1 of 3 layers"), Not(HasSubstr("images/s"))));
}

TEST_F(ReportCommand, DividesNoResultsOfUnequalWork) {
  const auto run = [&](const std::string& name, const std::vector<std::string>& args) {
    const std::string file = folder_.file(name + ".json");
    std::vector<std::string> all = {"--quiet", "--jobs", "2", "-o", file};
    all.insert(all.end(), args.begin(), args.end());
    EXPECT_EQ(run_simulate(all), 0);
    return file;
  };
  const std::string small = run("small", {"--layer", "C=16,K=8,R=3,H=8,density=0.3"});
  const auto told = [&](const std::string& other) {
    const std::string page = folder_.file("p.html");
    printed({small, other, "-o", page});
    const std::string text = printed({small, other});
    const bool is_divided = text.find("1.000x") != std::string::npos;
    EXPECT_NE(is_divided, text.find("is not divided by") != std::string::npos) << text;
    return text;
  };
  EXPECT_THAT(told(run("large", {"--layer", "C=16,K=64,R=3,H=8,density=0.3"})),
              HasSubstr("layer 'layer' is 16x8x8 to 8x8x8, kernel 3x3, pad 1 in one and 16x8x8 to "
                        "64x8x8, kernel 3x3, pad 1 in the other"));
  EXPECT_THAT(told(run("two", {"--layer", "C=16,K=8,R=3,H=8,density=0.3", "--images", "2"})),
              HasSubstr("one ran 1 image and the other 2"));
  // The same work on other values is divided, and that they are others is said.
  for (const char* spec : {"C=16,K=8,R=3,H=8,density=0.9", "C=16,K=8,R=3,H=8,density=0.3,M=4"}) {
    EXPECT_THAT(told(run("other", {"--layer", spec})), HasSubstr("networks of other values"));
  }
  EXPECT_THAT(told(run("seed", {"--layer", "C=16,K=8,R=3,H=8,density=0.3", "--seed", "5"})),
              HasSubstr("networks of other values"));
  EXPECT_THAT(
      told(run("nm", {"--layer", "C=16,K=8,R=3,H=8,density=0.3", "--set", "energy.node_nm=22"})),
      HasSubstr("energy.node_nm 45 and 22"));
  EXPECT_THAT(told(run("same", {"--layer", "C=16,K=8,R=3,H=8,density=0.3", "--set", "blocks=4"})),
              Not(HasSubstr("' over '")));
}

TEST_F(ReportCommand, ComparesWithTheAcceleratorThatIsNamed) {
  Result other = charged_example();
  other.accelerator = "other";
  write_result(folder_.file("a.json"), other);
  const std::vector<std::string> files = {folder_.file("a.json"), file_};
  const auto first_of = [&](const std::vector<std::string>& more) {
    std::vector<std::string> args = files;
    args.insert(args.end(), more.begin(), more.end());
    const std::string text = printed(args);
    return text.find("made-up on other") < text.find("made-up on escalate") ? "other" : "escalate";
  };
  EXPECT_EQ(first_of({}), std::string("other"));
  EXPECT_EQ(first_of({"--reference", "escalate"}), std::string("escalate"));
  EXPECT_USER_ERROR(run_report({file_, "--reference", "othr"}),
                    "--reference: no result is of 'othr'");
}

TEST_F(ReportCommand, CallsResultsByGivenNames) {
  write_result(folder_.file("b.json"), charged_example());
  const std::string other = folder_.file("b.json");
  EXPECT_THAT(printed({file_, other, "--names", "base,wide"}),
              AllOf(HasSubstr("speed-up over base"), HasSubstr("\nwide  ")));
  EXPECT_THAT(printed({file_, other, "--names", "base,wide", "--reference", "wide"}),
              HasSubstr("speed-up over wide"));
  EXPECT_USER_ERROR(run_report({file_, other, "--names", "base"}),
                    HasSubstr("--names: expected 2 names"));
}

TEST_F(ReportCommand, DrawsFiguresAsVectorsAndAsDots) {
  const std::string svg = folder_.file("f.svg"), pdf = folder_.file("f.pdf");
  printed({file_, "--chart", "area", "-o", svg});
  EXPECT_THAT(read_file(svg), StartsWith("<svg "));
  if (std::system("rsvg-convert --version > /dev/null 2>&1") != 0) {
    EXPECT_USER_ERROR(run_report({file_, "--chart", "area", "-o", pdf}), HasSubstr("librsvg2-bin"));
    GTEST_SKIP() << "rsvg-convert is not there";
  }
  printed({file_, "--chart", "area", "-o", pdf});
  EXPECT_THAT(read_file(pdf), StartsWith("%PDF-"));
  printed({file_, "--chart", "area", "-o", folder_.file("f.png")});
  const std::string png = read_file(folder_.file("f.png"));
  EXPECT_THAT(png, StartsWith("\x89PNG"));
  // 241 points at 300 dots an inch.
  const auto byte = [&](int i) { return int(static_cast<unsigned char>(png[std::size_t(i)])); };
  EXPECT_NEAR(byte(18) * 256 + byte(19), 241.0 / 72 * 300, 1);
}

TEST_F(ReportCommand, WritesThePageTheNumbersAndTheText) {
  const std::vector<LabelledResult> results = labelled({charged_example()}, {file_});
  EXPECT_EQ(printed({file_, "-o", folder_.file("r.html")}), "");
  EXPECT_EQ(read_file(folder_.file("r.html")), html_page(results));
  printed({file_, "-o", folder_.file("r.csv")});
  EXPECT_EQ(read_file(folder_.file("r.csv")), csv_document(results));
  printed({file_, "-o", folder_.file("r.md")});
  EXPECT_EQ(read_file(folder_.file("r.md")), markdown_document(results));
}

TEST_F(ReportCommand, PrintsInTheFormatThatIsAskedFor) {
  const std::vector<LabelledResult> results = labelled({charged_example()}, {file_});
  EXPECT_EQ(printed({file_, "--format", "csv"}), csv_document(results));
  EXPECT_EQ(printed({file_, "--format", "markdown"}), markdown_document(results));
  EXPECT_EQ(printed({file_, "--format", "html"}), html_page(results));
  EXPECT_EQ(printed({file_, "--format", "csv", "-o", folder_.file("numbers")}), "");
  EXPECT_EQ(read_file(folder_.file("numbers")), csv_document(results));
}

TEST_F(ReportCommand, ShowsASweep) {
  write_json(folder_.file("s.json"), example_sweep());
  EXPECT_THAT(
      printed({folder_.file("s.json")}),
      AllOf(HasSubstr("L<3,2>"), HasSubstr("2 on the Pareto front"), Not(HasSubstr("T<2,5>"))));
  EXPECT_THAT(printed({folder_.file("s.json"), "--format", "csv"}), HasSubstr("T<2,5>"));
  printed({file_, folder_.file("s.json"), "-o", folder_.file("r.html")});
  EXPECT_EQ(read_file(folder_.file("r.html")),
            html_page(labelled({charged_example()}, {file_}), {{"s", example_sweep()}}));
  EXPECT_USER_ERROR(run_report({file_, folder_.file("s.json"), "--format", "csv"}),
                    HasSubstr("one table"));
}

TEST_F(ReportCommand, TakesTheResultsOfAComparison) {
  Result other = charged_example();
  other.accelerator = "other";
  const Comparison comparison({charged_example(), other});
  write_json(folder_.file("c.json"), comparisons_to_json({comparison}));
  EXPECT_THAT(printed({folder_.file("c.json")}),
              AllOf(HasSubstr("\nescalate, made-up "), HasSubstr("\nother, made-up "),
                    HasSubstr("speed-up of escalate over it")));
}

TEST_F(ReportCommand, NamesTheSchemasThatItKnows) {
  write_file(folder_.file("x.json"), R"({"schema": "escalate.evaluation/1"})");
  EXPECT_USER_ERROR(run_report({folder_.file("x.json")}),
                    AllOf(HasSubstr("x.json: schema"), HasSubstr("escalate.sweep/1")));
}

TEST_F(ReportCommand, ExplainsTheEnergy) {
  EXPECT_THAT(printed({file_, "--explain", "energy"}),
              AllOf(StartsWith("group"), HasSubstr("line_buffer_updates"), HasSubstr("cacti")));
  printed({file_, "--explain", "energy", "-o", folder_.file("e.csv")});
  EXPECT_EQ(read_file(folder_.file("e.csv")), explain_energy(charged_example()).csv());
}

TEST_F(ReportCommand, TakesOnlyTheLayersThatMatch) {
  EXPECT_THAT(printed({file_, "--layers", "c*5", "--layers", "conv2"}),
              AllOf(HasSubstr("\nconv2 "), Not(HasSubstr("\nconv1 "))));
  const Result whole = charged_example();
  printed({file_, "--layers", "conv1", "--explain", "energy", "-o", folder_.file("e.csv")});
  Result one = charged_example();
  one.layers.resize(1);
  EXPECT_EQ(read_file(folder_.file("e.csv")), explain_energy(one).csv());
}

TEST_F(ReportCommand, RefusesWhatItCannotDo) {
  EXPECT_USER_ERROR(run_report({file_, "-o", folder_.file("r.pdf")}),
                    HasSubstr(".html, .csv, .md or .txt"));
  EXPECT_USER_ERROR(run_report({file_, "--layers", "none"}), HasSubstr("'none' matches no layer"));
  EXPECT_USER_ERROR(run_report({file_, "--explain", "cycles"}), HasSubstr("energy"));
  EXPECT_USER_ERROR(run_report({file_, file_, "--explain", "energy"}), HasSubstr("one result"));
  EXPECT_USER_ERROR(run_report({file_, "--explain", "energy", "-o", folder_.file("r.html")}),
                    HasSubstr("csv, markdown or table"));
  EXPECT_USER_ERROR(run_report({folder_.file("none.json")}), HasSubstr("none.json"));
  EXPECT_EQ(folder_.num_entries(), 1);
}

TEST_F(ReportCommand, RefusesEnergiesThatAreNotCountersTimesTable) {
  Result result = charged_example();
  result.layers[2].energy_pj["dram"] *= 2;
  write_result(file_, result);
  EXPECT_USER_ERROR(run_report({file_}), AllOf(HasSubstr("run.json"), HasSubstr("layers[2]")));
}

TEST(ReportOfASimulation, ReadsWhatSimulateWrites) {
  const TemporaryFolder folder;
  const std::string file = folder.file("run.json");
  ASSERT_EQ(run_simulate({"--layer", "C=16,K=8,R=3,H=8,density=0.3", "--quiet", "-o", file}), 0);
  const Result result = read_result(file);
  check_energy(result, file);
  ASSERT_EQ(result.layers.size(), 1u);
  EXPECT_GT(result.layers[0].energy_pj.value_of("dram"), 0);
  EXPECT_GT(result.layers[0].energy_pj.value_of("leakage"), 0);
  EXPECT_GT(result.area_mm2.sum(), 0);
  printed({file, "-o", folder.file("run.html")});
  EXPECT_EQ(read_file(folder.file("run.html")), html_page(labelled({result}, {file})));
}

TEST(ReportOfASimulation, SaysWhereItsEnergyComesFromWhateverTheTechnology) {
  const TemporaryFolder folder;
  const auto energy_at = [&](const std::string& setting) {
    const std::string file = folder.file("run.json");
    // A process of its own for each simulation.
    EXPECT_EQ(run_simulate({"--layer", "C=16,K=8,R=3,H=8,density=0.3", "--quiet", "--jobs", "2",
                            "-o", file, "--set", setting}),
              0);
    printed({file, "--explain", "energy"});
    return read_result(file).total.energy_pj;
  };
  const double at_45 = energy_at("energy.node_nm=45");
  EXPECT_LT(energy_at("energy.node_nm=22"), at_45);
  EXPECT_LT(energy_at("energy.dram_type=hbm2"), at_45);
  EXPECT_GT(energy_at("energy.sram_devices=hp"), at_45);
  EXPECT_GT(energy_at("energy.arithmetic=aladdin"), at_45);
}

}  // namespace
}  // namespace escalate
