// The exit statuses of docs/commands.md, of every command.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "common/error.h"
#include "tests/support/command_run.h"
#include "tests/support/places.h"

namespace escalate {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const std::string kTrained = source_folder() + "/workloads/samples/patterns-resnet8.onnx";

class ExitStatusOf : public testing::Test {
 protected:
  ExitStatusOf() {
    const std::string workload = folder_.write(
        "w.yaml",
        "{name: w, input: [4, 6, 6], defaults: {coefficient_density: 0.5, weight_density: 0.5, "
        "activation_density: 0.5}, layers: [{conv: a, K: 4, kernel: 3}]}");
    const std::string spec = folder_.write("s.yaml", "workloads: [w.yaml]\naxes: {blocks: [4]}\n");
    folder_.write("study.yaml", "sweeps: [s]\ntables: [{kind: points, title: Points}]\n");
    const std::string program = folder_.file("p.program");
    const std::string result = folder_.file("r.json");
    EXPECT_EQ(command_run({"compile", workload, "-q", "-o", program}).status, 0);
    EXPECT_EQ(command_run({"simulate", workload, "-q", "-o", result}).status, 0);
    sound_ = {{"simulate", {workload}},
              {"compare", {workload, "--against", "dcnn"}},
              {"ablate", {workload}},
              {"explain", {result}},
              {"compile", {workload, "-o", folder_.file("x.program")}},
              {"disassemble", {program}},
              {"compress", {kTrained, "-o", folder_.file("x.onnx")}},
              {"evaluate", {kTrained, "--input", "synthetic", "--images", "1"}},
              {"shapes", {kTrained}},
              {"report", {result}},
              {"sweep", {spec}},
              {"study", {folder_.path().string()}},
              {"config", {}},
              {"energy", {}}};
  }
  CommandRun run(const std::string& command, std::vector<std::string> args) const {
    args.insert(args.begin(), command);
    return command_run(args);
  }

  TemporaryFolder folder_;
  std::map<std::string, std::vector<std::string>> sound_;  ///< a sound use of each command
};

TEST_F(ExitStatusOf, EveryCommandIs0WhenDone) {
  for (const auto& [command, args] : sound_) {
    const CommandRun done = run(command, args);
    EXPECT_EQ(done.status, 0) << command << done.error;
    EXPECT_EQ(run(command, {"--help"}).status, 0) << command;
  }
}

TEST_F(ExitStatusOf, EveryCommandIs2WithOneLineForWhateverIsWrong) {
  std::set<std::string> tried;
  for (const Command& known : all_commands()) {
    const std::string command(known.name);
    if (command == "retrain") continue;  // another program, if it is built
    const auto sound = sound_.find(command);
    const std::vector<std::string> args =
        sound == sound_.end() ? std::vector<std::string>{} : sound->second;
    std::vector<std::vector<std::string>> wrong = {{"--no-such-option"}};
    std::vector<std::string> full = args;
    full.insert(full.end(), {"-o", "/no/such/folder/x.json"});
    wrong.push_back(full);
    full = args;
    full.emplace_back("caf\xe9");  // no UTF-8
    wrong.push_back(full);
    if (command != "config" && command != "energy") {
      wrong.push_back({});
      wrong.push_back({folder_.file("none"), "-o", folder_.file("x.json")});
    }
    for (const auto& each : wrong) {
      const CommandRun refused = run(command, each);
      EXPECT_EQ(refused.status, 2) << command << testing::PrintToString(each) << refused.error;
      EXPECT_THAT(refused.error, StartsWith("escalate: "));
      EXPECT_EQ(std::count(refused.error.begin(), refused.error.end(), '\n'), 1) << refused.error;
      EXPECT_THAT(refused.out, IsEmpty());
    }
    tried.insert(command);
  }
  EXPECT_EQ(tried.size() + 1, all_commands().size());
}

TEST_F(ExitStatusOf, NoCommandIs2ToShowItsHelp) {
  EXPECT_EQ(command_run({"--help"}).status, 0);
  EXPECT_EQ(command_run({"--version"}).status, 0);
  EXPECT_EQ(command_run({}).status, 2);
  EXPECT_EQ(command_run({"nonsense"}).status, 2);
}

TEST_F(ExitStatusOf, ACheckThatFailsIs1) {
  const CommandRun failed = command_run(
      {"simulate", "--layer", "C=8,K=8,R=3,H=6", "--verify", "all", "--drop-pick", "3"});
  EXPECT_EQ(failed.status, 1);
  EXPECT_THAT(failed.error, HasSubstr("checked outputs differ"));
}

TEST_F(ExitStatusOf, TheProgramIsThatOfThePage) {
  const std::string page = read_file(source_folder() + "/docs/commands.md");
  for (const auto& [status, meaning] :
       {std::pair(ExitStatus::kDone, "done"), std::pair(ExitStatus::kCheckFailed, "a check failed"),
        std::pair(ExitStatus::kUserError, "wrong usage or input"),
        std::pair(ExitStatus::kInternalError, "internal error")}) {
    EXPECT_THAT(page, HasSubstr("| " + std::to_string(static_cast<int>(status)) + " | " + meaning));
  }
}

// What an ill-meant file calls things by is shown, and does nothing to the terminal.
TEST_F(ExitStatusOf, NamesThatATerminalWouldObeyAreMadeVisible) {
  const std::string name = "\\e[2J\\0x";  // as YAML writes it
  const std::string workload = folder_.write(
      "evil.yaml", "{name: \"" + name +
                       "\", input: [4, 6, 6], defaults: {coefficient_density: 0.5, weight_density: "
                       "0.5, activation_density: 0.5}, layers: [{conv: \"" +
                       name + "\", K: 4, kernel: 3}]}");
  for (const std::vector<std::string>& args : {std::vector<std::string>{"simulate", workload},
                                               {"simulate", workload, "--json"},
                                               {"ablate", workload},
                                               {"compare", workload, "--against", "dcnn"}}) {
    const CommandRun shown = command_run(args);
    for (const std::string& text : {shown.out, shown.error}) {
      EXPECT_THAT(text, Not(HasSubstr("\x1b"))) << args[0];
      EXPECT_EQ(text.find('\0'), std::string::npos) << args[0];
    }
    EXPECT_THAT(shown.out + shown.error, HasSubstr("\\u001b[2J\\u0000x")) << args[0];
  }
}

TEST_F(ExitStatusOf, NamesThatAreNoUtf8AreRefusedBeforeTheRun) {
  const std::string workload = folder_.write(
      "bad.yaml", "name: w\ninput: [4, 6, 6]\nlayers:\n  - {conv: \"caf\xe9\", K: 4, kernel: 3}\n");
  const std::string spec =
      folder_.write("bad-spec.yaml", "name: \"\xff\"\nworkloads: [w.yaml]\naxes: {blocks: [4]}\n");
  const std::string machine = folder_.write("machine.yaml", "blocks: 4 # \xff\n");
  std::string bytes = read_file(kTrained);  // protobuf checks no encoding
  const std::string layer = "conv1";
  ASSERT_NE(bytes.find(layer), std::string::npos);
  for (std::size_t at = 0; (at = bytes.find(layer, at)) != std::string::npos;) bytes[at] = '\xff';
  const std::string onnx = folder_.write("bad.onnx", bytes);
  const std::vector<std::pair<std::vector<std::string>, std::string>> wrong = {
      {{"simulate", onnx}, "bad.onnx: "},
      {{"evaluate", onnx, "--input", "patterns"}, "bad.onnx: "},
      {{"compress", onnx, "-o", folder_.file("b.onnx")}, "bad.onnx: "},
      {{"simulate", workload}, "bad.yaml:4: is no UTF-8 text here"},
      {{"ablate", workload}, "bad.yaml:4: "},
      {{"compare", workload, "--against", "dcnn"}, "bad.yaml:4: "},
      {{"compile", workload, "-o", folder_.file("b.program")}, "bad.yaml:4: "},
      {{"sweep", spec}, "bad-spec.yaml:1: "},
      {{"simulate", "--layer", "C=4,K=4,H=4", "--arch", machine}, "machine.yaml:1: "},
      {{"energy", "--energy", machine}, "machine.yaml:1: "},
      {{"simulate", "caf\xe9.yaml"}, "expected UTF-8 on the command line, got 'caf\\xe9.yaml'"}};
  for (const auto& [args, named] : wrong) {
    const CommandRun refused = command_run(args);
    EXPECT_EQ(refused.status, 2) << args[0];
    EXPECT_THAT(refused.error, HasSubstr(named));
    EXPECT_EQ(std::count(refused.error.begin(), refused.error.end(), '\n'), 1) << refused.error;
  }
}

}  // namespace
}  // namespace escalate
