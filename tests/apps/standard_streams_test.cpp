// What becomes of results, and of the exit status, where the program's streams and files fail.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "common/json.h"
#include "tests/support/places.h"
#include "tests/support/sanitizers.h"
#include "tests/support/shell_run.h"

namespace escalate {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr const char* kRun = "$escalate simulate --layer C=4,K=4,R=3,H=6 ";

class StandardStreams : public testing::Test {
 protected:
  ShellRun shell(const std::string& line) const { return shell_run(folder_.path().string(), line); }
  /// What the line prints.
  Json json_of(const std::string& line) const {
    const ShellRun run = shell(line);
    EXPECT_EQ(run.status, 0) << line << run.error;
    return Json::parse(run.out, nullptr, false);
  }
  /// Whether `file` is a result, whole.
  bool has_result(const std::string& file) const {
    const std::string path = folder_.file(file);
    return std::filesystem::exists(path) && read_json(path).at("schema") == "escalate.result/1";
  }

  TemporaryFolder folder_;
};

TEST_F(StandardStreams, LoseNoResultWhereStandardErrorCannotBeWritten) {
  for (const std::string to : {"2>/dev/full", "2>&-", "2> >(exec true)"}) {
    const ShellRun run = shell(kRun + std::string("-o r.json ") + to);
    EXPECT_EQ(run.status, 0) << to << run.error;
    EXPECT_TRUE(has_result("r.json")) << to;
    EXPECT_EQ(run.out, shell(kRun).out) << to;
    std::filesystem::remove(folder_.file("r.json"));
  }
}

TEST_F(StandardStreams, KeepTheExitStatusWhereStandardErrorCannotBeWritten) {
  for (const std::string to : {" 2>/dev/full", " 2>&-"}) {
    for (const std::string command :
         {"$escalate nonsense", "$escalate", "$escalate simulate no.yaml",
          "$escalate simulate --layer C=4,K=4,H=6 -o no/such/r.json", "$escalate report no.json",
          "$escalate sweep no.yaml", "$escalate compile no.yaml -o x.program",
          "$escalate evaluate no.onnx --input synthetic", "$escalate compare no.yaml"}) {
      EXPECT_EQ(shell(command + to).status, 2) << command << to;
    }
  }
}

TEST_F(StandardStreams, WriteResultsBeforeTheySayThatStandardOutputIsFullOrClosed) {
  for (const auto& [to, why] :
       {std::pair(">/dev/full", "No space left"), std::pair(">&-", "Bad file descriptor")}) {
    const ShellRun run = shell(kRun + std::string("-o r.json ") + to);
    EXPECT_EQ(run.status, 2) << to;
    EXPECT_THAT(run.error, HasSubstr("standard output: cannot write (" + std::string(why))) << to;
    EXPECT_TRUE(has_result("r.json")) << to;
    std::filesystem::remove(folder_.file("r.json"));
    EXPECT_EQ(shell(kRun + std::string("-q -o r.json ") + to).status, 0)
        << to << ": nothing was to be printed";
    std::filesystem::remove(folder_.file("r.json"));
  }
}

// A reader that has had enough is no fault, in whatever comes: tables, JSON, help, assembly.
TEST_F(StandardStreams, EndQuietlyWhenTheirReaderGoesAway) {
  shell(kRun + std::string("-q -o r.json; $escalate compile --layer C=4,K=4,R=3,H=6 -o p.program"));
  for (const std::string& command :
       {kRun + std::string("-o again.json"), kRun + std::string("--json"),
        std::string("$escalate config"), std::string("$escalate --help"),
        std::string("$escalate simulate --help"), std::string("$escalate disassemble p.program"),
        std::string("$escalate report r.json"), std::string("$escalate energy")}) {
    const ShellRun run = shell("set -o pipefail; " + command + " | true");
    EXPECT_EQ(run.status, 0) << command;
    EXPECT_THAT(run.error, testing::Not(HasSubstr("escalate:"))) << command;
  }
  EXPECT_TRUE(has_result("again.json"));
}

TEST_F(StandardStreams, ReportAFailedCheckToWhoeverReads) {
  const std::string run =
      "$escalate simulate --layer C=8,K=8,R=3,H=6 --verify all --drop-pick 3 -o r.json ";
  EXPECT_EQ(shell(run + ">/dev/null 2>&1").status, 1);
  EXPECT_EQ(shell("set -o pipefail; " + run + "| true").status, 1);
  EXPECT_EQ(shell(run + "2>&-").status, 1);
}

// A closed descriptor is the next one that is opened: the result must not get what is printed.
TEST_F(StandardStreams, AreNeverMixedUpWithFilesThatAreOpened) {
  const ShellRun run = shell(kRun + std::string("-o r.json <&- >&- 2>&-"));
  EXPECT_EQ(run.status, 2);
  EXPECT_TRUE(has_result("r.json"));
  const ShellRun sound = shell(kRun + std::string("-q -o sound.json"));
  EXPECT_EQ(read_file(folder_.file("r.json")), read_file(folder_.file("sound.json")));
}

TEST_F(StandardStreams, CanBeNamedAsOutputs) {
  const ShellRun run = shell(kRun + std::string("-q -o /dev/stdout"));
  EXPECT_EQ(Json::parse(run.out).at("schema"), "escalate.result/1") << run.error;
  shell("echo before >log; " + (kRun + std::string("-q -o /dev/stdout")) +
        " >>log; echo after >>log");
  const std::string log = read_file(folder_.file("log"));
  EXPECT_THAT(log, StartsWith("before\n{"));
  EXPECT_THAT(log, testing::EndsWith("}\nafter\n"));
  EXPECT_THAT(shell(kRun + std::string("-q -o >(cat >copy.json); sleep 0.2")).error, IsEmpty());
  EXPECT_TRUE(has_result("copy.json"));
}

TEST_F(StandardStreams, ArePipesThatAreOpenedOnce) {
  const ShellRun run =
      shell("mkfifo pipe; cat pipe >r.json & " + (kRun + std::string("-q -o pipe; wait")));
  EXPECT_EQ(run.status, 0) << run.error;
  EXPECT_TRUE(has_result("r.json"));
}

TEST_F(StandardStreams, ArePipesThatSomebodyHasToRead) {
  const ShellRun run = shell("mkfifo pipe; timeout 30 " + (kRun + std::string("-q -o pipe")));
  EXPECT_EQ(run.status, 2);
  EXPECT_EQ(run.error, "escalate: pipe: is a pipe that nobody reads\n");
}

TEST_F(StandardStreams, ReadEveryFileOnceSoThatAPipeWillDo) {
  const ShellRun file = shell("echo 'blocks: 4' >m.yaml; " + (kRun + std::string("--arch m.yaml")));
  EXPECT_EQ(shell(kRun + std::string("--arch <(echo 'blocks: 4')")).out, file.out);
  EXPECT_NE(file.out, shell(kRun).out);
  const std::string compare = "$escalate compare w.yaml --against dcnn --json ";
  shell(
      "echo '{name: w, input: [4, 6, 6], defaults: {coefficient_density: 0.5, weight_density: 0.5, "
      "activation_density: 0.5}, layers: [{conv: a, K: 4, kernel: 3}]}' >w.yaml; "
      "$escalate energy -o e.yaml; $escalate config --accelerator dcnn -o d.yaml");
  EXPECT_EQ(shell(compare + "--arch <(cat m.yaml)").out, shell(compare + "--arch m.yaml").out);
  EXPECT_NE(shell(compare + "--arch m.yaml").out, shell(compare).out);
  EXPECT_EQ(shell(compare + "--accelerator-config dcnn=<(cat d.yaml)").out,
            shell(compare + "--accelerator-config dcnn=d.yaml").out);
  EXPECT_EQ(json_of(kRun + std::string("--energy <(cat e.yaml) --json")).at("total"),
            json_of(kRun + std::string("--energy e.yaml --json")).at("total"));
  shell("$escalate compile w.yaml -q -o p.program");
  EXPECT_EQ(json_of("$escalate simulate <(cat p.program) --json").at("layers"),
            json_of("$escalate simulate p.program --json").at("layers"));
  EXPECT_EQ(shell("$escalate disassemble <(cat p.program)").out,
            shell("$escalate disassemble p.program").out);
  shell(kRun + std::string("-q -o r.json"));
  EXPECT_THAT(shell("$escalate report <(cat r.json)").out, HasSubstr("cycles"));
}

TEST_F(StandardStreams, ReadNamedPipesAsTheyReadFiles) {
  shell(
      "echo '{name: w, input: [4, 6, 6], defaults: {coefficient_density: 0.5, weight_density: 0.5, "
      "activation_density: 0.5}, layers: [{conv: a, K: 4, kernel: 3}]}' >w.yaml; "
      "mkfifo n.yaml");
  const ShellRun run = shell("cat w.yaml >n.yaml & timeout 30 $escalate simulate n.yaml --json");
  EXPECT_EQ(run.status, 0) << run.error;
  EXPECT_EQ(Json::parse(run.out).at("layers"),
            json_of("$escalate simulate w.yaml --json").at("layers"));
}

TEST_F(StandardStreams, RefuseAPipeThatNobodyWritesTo) {
  const ShellRun run = shell("mkfifo n.yaml; timeout 30 $escalate simulate n.yaml");
  EXPECT_EQ(run.status, 2);
  EXPECT_EQ(run.error, "escalate: n.yaml: is a pipe that nobody writes to\n");
}

TEST_F(StandardStreams, RefuseAPipeWhereAFileIsReadMoreThanOnce) {
  shell("mkfifo n.onnx; mkfifo i.npy; mkfifo i.png");
  const std::string sample = source_folder() + "/workloads/samples/patterns-resnet8.onnx";
  for (const std::string& command :
       {"$escalate simulate " + sample + " --input npy:i.npy",
        "$escalate evaluate " + sample + " --input image:i.png",
        "$escalate evaluate " + sample + " --input cifar10:i.npy",
        "$escalate compress " + sample + " -o o.onnx --calibrate npy:i.npy",
        std::string("$escalate compare n.onnx --against dcnn")}) {
    const ShellRun run = shell("timeout 30 " + command);
    EXPECT_EQ(run.status, 2) << command;
    EXPECT_THAT(run.error, HasSubstr("is no file")) << command;
  }
}

TEST_F(StandardStreams, LeaveNothingBehindWhenAFileGrowsTooLarge) {
  const ShellRun run = shell("ulimit -f 1; " + (kRun + std::string("-q -o r.json")));
  EXPECT_EQ(run.status, 2);
  EXPECT_EQ(run.error, "escalate: r.json: cannot write this file (File too large)\n");
  const ShellRun traced =
      shell("ulimit -f 1; " +
            (kRun + std::string("-q --view cycle --trace t.vcd --timeline t.json -o r.json")));
  EXPECT_EQ(traced.status, 2);
  EXPECT_EQ(folder_.num_entries(), 0);
}

TEST_F(StandardStreams, LeaveNothingBehindWhenASignalEndsTheRun) {
  for (const std::string signal : {"INT", "TERM", "HUP", "KILL"}) {
    const ShellRun run = shell("timeout -s " + signal +
                               " 0.3 $escalate simulate --layer C=64,K=64,R=3,H=56 --view cycle "
                               "--trace t.vcd --timeline t.json -q -o r.json");
    EXPECT_NE(run.status, 0) << signal;
    EXPECT_EQ(folder_.num_entries(), 0) << signal;
  }
}

TEST_F(StandardStreams, AreSparedFilesThatAreTooLargeToBeRead) {
  if (kIsSanitized) GTEST_SKIP() << "address space cannot be bounded under AddressSanitizer";
  shell("for ending in yaml onnx program json png npy bin; do truncate -s 3T huge.$ending; done");
  const std::string sample = source_folder() + "/workloads/samples/patterns-resnet8.onnx";
  for (const std::string& command :
       {std::string("$escalate simulate huge.yaml"), std::string("$escalate simulate huge.onnx"),
        std::string("$escalate simulate huge.program"), std::string("$escalate report huge.json"),
        std::string("$escalate disassemble huge.program"), std::string("$escalate sweep huge.yaml"),
        std::string("$escalate compress huge.onnx -o x.onnx"),
        std::string("$escalate evaluate huge.onnx --input synthetic"),
        kRun + std::string("--arch huge.yaml"), kRun + std::string("--energy huge.yaml"),
        "$escalate simulate " + sample + " --input image:huge.png",
        "$escalate simulate " + sample + " --input npy:huge.npy",
        "$escalate simulate " + sample + " --input cifar10:huge.bin"}) {
    const ShellRun run = shell("ulimit -v 4000000; timeout 10 " + command);
    EXPECT_EQ(run.status, 2) << command;
    EXPECT_THAT(run.error, StartsWith("escalate: huge.")) << command;
  }
}

TEST_F(StandardStreams, SayWhatNeedsMoreMemoryThanThereIs) {
  if (kIsSanitized) GTEST_SKIP() << "address space cannot be bounded under AddressSanitizer";
  const std::string layer = "C=40000,K=40000,H=8";
  const ShellRun run = shell("ulimit -v 1000000; $escalate simulate --layer " + layer);
  EXPECT_EQ(run.status, 2);
  EXPECT_EQ(run.error, "escalate: --layer " + layer +
                           ": needs at least 1.60 GB of memory for its weights and maps, and there "
                           "are 1.02 GB\n");
  // What nobody foresees is said when it comes.
  const std::string wide = "C=16,K=16,H=5000 --set dma.directory_entries=1000000";
  const ShellRun late =
      shell("ulimit -v 1000000; $escalate simulate --verify none --layer " + wide);
  EXPECT_EQ(late.status, 2) << late.error;
  EXPECT_THAT(late.error,
              HasSubstr("out of memory: `escalate simulate --verify none --layer " + wide));
}

}  // namespace
}  // namespace escalate
