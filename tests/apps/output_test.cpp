#include "apps/output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "apps/commands.h"
#include "common/json.h"
#include "tests/support/command_run.h"
#include "tests/support/expect_user_error.h"
#include "tests/support/places.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr const char* kLayer = "C=4,K=4,R=3,H=6";

TEST(FormOfPath, IsToldByTheEndingInUpperOrLowerCase) {
  const FileForms all = {FileForm::kJson, FileForm::kHtml, FileForm::kMarkdown};
  EXPECT_EQ(form_of_path("output", "a/b.json", all), FileForm::kJson);
  EXPECT_EQ(form_of_path("output", "B.JSON", all), FileForm::kJson);
  EXPECT_EQ(form_of_path("output", "b.htm", all), FileForm::kHtml);
  EXPECT_EQ(form_of_path("output", "b.json.md", all), FileForm::kMarkdown);
  EXPECT_EQ(form_of_path("output", "/dev/null", all), FileForm::kJson) << "the first one";
}

TEST(FormOfPath, RefusesOtherEndingsAndNone) {
  const FileForms all = {FileForm::kJson, FileForm::kHtml, FileForm::kMarkdown};
  for (const std::string path : {"b", "b.txt", "b.csv", ".json", "json", "b.json~", "b."}) {
    EXPECT_USER_ERROR(form_of_path("report", path, all),
                      testing::StrEq("--report: expected a file that ends in .json, .html or .md, "
                                     "got '" +
                                     path + "'"));
  }
}

class OutputOf : public testing::Test {
 protected:
  OutputOf() {
    workload_ = folder_.write(
        "w.yaml",
        "{name: w, input: [4, 6, 6], defaults: {coefficient_density: 0.5, weight_density: 0.5, "
        "activation_density: 0.5}, layers: [{conv: a, K: 4, kernel: 3}]}");
    spec_ = folder_.write("s.yaml", "workloads: [w.yaml]\naxes: {blocks: [4, 8]}\n");
    EXPECT_EQ(command_run({"simulate", workload_, "-q", "-o", folder_.file("r.json")}).status, 0);
    EXPECT_EQ(command_run({"compile", workload_, "-q", "-o", folder_.file("p.program")}).status, 0);
  }
  /// Runs a command that is to be refused, before it does anything. Its message.
  std::string refused(std::vector<std::string> args) const {
    const int before = folder_.num_entries();
    const CommandRun run = command_run(args);
    EXPECT_EQ(run.status, 2) << testing::PrintToString(args);
    EXPECT_THAT(run.out, IsEmpty());
    EXPECT_EQ(folder_.num_entries(), before) << testing::PrintToString(args);
    return run.error;
  }

  TemporaryFolder folder_;
  std::string workload_, spec_;
};

/// A command, and the endings that its -o takes.
struct Case {
  std::vector<std::string> args;
  std::vector<std::string> endings;
};

TEST_F(OutputOf, EveryCommandIsWhatItsEndingSaysOrRefused) {
  const std::string sample = source_folder() + "/workloads/samples/patterns-resnet8.onnx";
  const std::vector<Case> cases = {
      {{"simulate", workload_, "-q"}, {".json", ".html", ".csv", ".md"}},
      {{"compare", workload_, "--against", "dcnn", "-q"}, {".json", ".html", ".csv", ".md"}},
      {{"ablate", workload_, "-q"}, {".json", ".md"}},
      {{"explain", folder_.file("r.json"), "-q"}, {".json", ".html", ".csv", ".md"}},
      {{"sweep", spec_, "-q", "--store", folder_.file("store")}, {".json", ".html", ".csv", ".md"}},
      {{"report", folder_.file("r.json")}, {".html", ".csv", ".md", ".txt"}},
      {{"config"}, {".yaml", ".json", ".csv", ".md", ".txt"}},
      {{"energy"}, {".yaml", ".csv", ".md"}},
      {{"compile", workload_, "-q"}, {".program"}},
      {{"disassemble", folder_.file("p.program")}, {".asm", ".txt"}},
      {{"evaluate", sample, "--input", "synthetic", "--images", "1", "-q"}, {".json"}},
      {{"shapes", sample, "-q"}, {".yaml", ".json", ".csv", ".md"}},
      {{"compress", sample, "-q"}, {".onnx"}}};
  const std::vector<std::string> all = {".json", ".html", ".csv", ".md",  ".yaml", ".onnx",
                                        ".txt",  ".asm",  ".vcd", ".pdf", "",      ".program"};
  for (const Case& each : cases) {
    for (const std::string& ending : all) {
      std::vector<std::string> args = each.args;
      const std::string file = folder_.file("out" + ending);
      args.insert(args.end(), {"-o", file});
      const bool is_taken =
          std::find(each.endings.begin(), each.endings.end(), ending) != each.endings.end();
      if (!is_taken) {
        EXPECT_THAT(refused(args), AllOf(HasSubstr("--output: expected a file that ends in "),
                                         HasSubstr(each.endings.front())))
            << each.args[0] << ending;
        continue;
      }
      const CommandRun run = command_run(args);
      EXPECT_EQ(run.status, 0) << each.args[0] << ending << run.error;
      EXPECT_THAT(run.out, IsEmpty()) << each.args[0] << ending;
      const std::string text = read_file(file);
      if (ending == ".json") {
        EXPECT_TRUE(Json::accept(text)) << each.args[0];
      }
      if (ending == ".html") {
        EXPECT_THAT(text, StartsWith("<!DOCTYPE html>")) << each.args[0];
      }
      if (ending == ".md") {
        EXPECT_THAT(text, HasSubstr("|---")) << each.args[0];
      }
      if (ending == ".csv") {
        EXPECT_THAT(text.substr(0, text.find('\n')), HasSubstr(",")) << each.args[0];
      }
      std::filesystem::remove(file);
    }
  }
}

TEST_F(OutputOf, SimulateIsWhatReportMakesOfItsResult) {
  for (const std::string ending : {".html", ".csv", ".md"}) {
    const TemporaryFolder other;
    const std::string direct = folder_.file("r" + ending);
    const std::string reported = other.file("r" + ending);
    EXPECT_EQ(command_run({"simulate", workload_, "-q", "-o", direct}).status, 0);
    EXPECT_EQ(command_run({"report", folder_.file("r.json"), "-o", reported}).status, 0);
    EXPECT_EQ(read_file(direct), read_file(reported)) << ending;
  }
}

TEST_F(OutputOf, AFormThatWasAskedForMayHaveAnyNameButAnothersEnding) {
  const std::string none = folder_.file("machine");
  EXPECT_EQ(command_run({"config", "--format", "yaml", "-o", none}).status, 0);
  EXPECT_THAT(read_file(none), HasSubstr("blocks: "));
  EXPECT_THAT(refused({"config", "--format", "yaml", "-o", folder_.file("m.json")}),
              HasSubstr("is not the name of a file of --format yaml"));
  EXPECT_THAT(
      refused({"report", folder_.file("r.json"), "--format", "csv", "-o", folder_.file("x.html")}),
      HasSubstr("is not the name of a file of --format csv"));
  EXPECT_THAT(refused({"report", folder_.file("r.json"), "--format", "yaml"}),
              HasSubstr("--format: expected html, csv, markdown or table, got 'yaml'"));
  EXPECT_THAT(refused({"config", "--format", "csv", "--json"}),
              HasSubstr("--format: has no effect"));
}

TEST_F(OutputOf, OtherOptionsHaveOneForm) {
  const std::vector<std::string> run = {"simulate", "--layer", kLayer, "--view", "cycle"};
  for (const auto& [option, ending] :
       {std::pair("--trace", ".vcd"), std::pair("--timeline", ".json")}) {
    std::vector<std::string> args = run;
    args.insert(args.end(), {option, folder_.file("x.html")});
    EXPECT_THAT(refused(args),
                HasSubstr(option + std::string(": expected a file that ends in ") + ending));
  }
}

TEST_F(OutputOf, NoOptionMayBeEmptyOrADash) {
  for (const std::string option :
       {"-o", "--timeline", "--trace", "--arch", "--energy", "--input", "--layers", "--layer"}) {
    EXPECT_THAT(refused({"simulate", workload_, option, ""}), HasSubstr("got nothing")) << option;
  }
  EXPECT_THAT(refused({"compress", "x.onnx", "-o", "", "--report", "r.json"}),
              HasSubstr("--output: expected a value, got nothing"));
  EXPECT_THAT(refused({"compare", workload_, "--results", ""}), HasSubstr("--results"));
  EXPECT_THAT(refused({"simulate", workload_, "--view", "cycle", "--timeline", "-"}),
              HasSubstr("--timeline: expected"));
}

TEST_F(OutputOf, TwoOptionsIsNeverOneFileHoweverItIsSpelt) {
  std::filesystem::create_directory(folder_.file("sub"));
  std::filesystem::create_symlink(folder_.path(), folder_.file("here"));
  std::filesystem::create_symlink("a.json", folder_.file("link.json"));
  const std::string a = folder_.file("a.json");
  for (const std::string& b :
       {folder_.file("a.json"), folder_.file("sub/../a.json"), folder_.file("./a.json"),
        folder_.file("here/a.json"), folder_.file("here/link.json")}) {
    EXPECT_THAT(refused({"simulate", workload_, "-o", a, "--timeline", b}),
                HasSubstr("is the file of --"))
        << b;
  }
  EXPECT_FALSE(std::filesystem::exists(a));
}

TEST_F(OutputOf, NoCommandIsAFileThatItReads) {
  const std::string result = folder_.file("r.json");
  const std::string before = read_file(workload_);
  EXPECT_THAT(refused({"config", "--arch", workload_, "-o", workload_}),
              HasSubstr("is the file of --arch, too"));
  EXPECT_THAT(refused({"energy", "--energy", workload_, "-o", workload_}),
              HasSubstr("is the file of --energy, too"));
  EXPECT_THAT(refused({"report", result, "--format", "csv", "-o", result}), HasSubstr("r.json"));
  EXPECT_THAT(
      refused({"sweep", spec_, "--store", folder_.file("x.json"), "-o", folder_.file("x.json")}),
      HasSubstr("is the file of --store, too"));
  const std::string network = folder_.write("n.onnx", "");
  EXPECT_THAT(refused({"compress", network, "-o", network}), HasSubstr("given to be read, too"));
  const std::string images = folder_.write("i.json", "");
  EXPECT_THAT(refused({"evaluate", network, "--input", "npy:" + images, "-o", images}),
              HasSubstr("is the file of --input, too"));
  EXPECT_THAT(
      refused({"compare", workload_, "--accelerator-config", "scnn=" + images, "-o", images}),
      HasSubstr("is the file of --accelerator-config, too"));
  EXPECT_EQ(read_file(workload_), before);
}

TEST_F(OutputOf, ACommandWithSeveralFilesIsAllOfThemOrNone) {
  const std::string nowhere = folder_.file("no/such/folder/t.json");
  EXPECT_THAT(refused({"simulate", workload_, "-o", folder_.file("x.json"), "--timeline", nowhere}),
              HasSubstr(nowhere));
  EXPECT_THAT(refused({"simulate", workload_, "-o", nowhere, "--timeline", folder_.file("x.json")}),
              HasSubstr(nowhere));
  // A full disk is found while writing: the other file is whole by then, and yet does not appear.
  const std::vector<std::string> run = {"simulate", "--layer", kLayer, "-q"};
  for (const auto& [full, other] : {std::pair("-o", "--timeline"), std::pair("--timeline", "-o")}) {
    std::vector<std::string> args = run;
    args.insert(args.end(), {full, "/dev/full", other, folder_.file("x.json")});
    EXPECT_THAT(refused(args), HasSubstr("/dev/full: cannot write"));
  }
  const std::string sample = source_folder() + "/workloads/samples/patterns-resnet8.onnx";
  EXPECT_THAT(
      refused({"compress", sample, "-q", "-o", folder_.file("x.onnx"), "--report", "/dev/full"}),
      HasSubstr("/dev/full: cannot write"));
}

TEST_F(OutputOf, AComparisonIsAllOfItsResultsOrNone) {
  const std::string results = folder_.file("results");
  const std::vector<std::string> run = {"compare", workload_, "--against", "dcnn", "-q"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), run.begin(), run.end());
    return more;
  };
  EXPECT_THAT(refused(with({"--results", workload_})), HasSubstr("is no folder"));
  EXPECT_THAT(refused(with({"--results", workload_ + "/sub"})), HasSubstr("is no folder"));
  EXPECT_EQ(command_run(with({"--results", results, "-o", "/dev/full"})).status, 2);
  EXPECT_TRUE(!std::filesystem::exists(results) || std::filesystem::is_empty(results));
  EXPECT_EQ(command_run(with({"--results", results, "-o", folder_.file("c.json")})).status, 0);
  EXPECT_FALSE(std::filesystem::is_empty(results));
}

TEST_F(OutputOf, ALinkIsWhatTheLinkLeadsTo) {
  std::filesystem::create_symlink("target.json", folder_.file("dangling.json"));
  const std::vector<std::string> args = {"simulate", workload_, "-q", "-o",
                                         folder_.file("dangling.json")};
  for (int i = 0; i < 2; ++i) {  // the second time it dangles no more
    EXPECT_EQ(command_run(args).status, 0);
    EXPECT_TRUE(std::filesystem::is_symlink(folder_.file("dangling.json")));
    EXPECT_FALSE(std::filesystem::is_symlink(folder_.file("target.json")));
    EXPECT_EQ(read_file(folder_.file("target.json")), read_file(folder_.file("r.json")));
  }
  std::filesystem::create_symlink("loop.json", folder_.file("loop.json"));
  EXPECT_THAT(refused({"simulate", workload_, "-o", folder_.file("loop.json")}),
              HasSubstr("loop.json: cannot write this file (Too many levels"));
}

}  // namespace
}  // namespace escalate
