// What users do wrong with `simulate`, `compile` and `disassemble`: one line that names it, status
// 2, and nothing written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/command_run.h"
#include "tests/support/places.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kLayer = "C=16,K=8,R=3,H=6";
constexpr const char* kWorkload =
    "name: tiny\ninput: [3, 6, 6]\ndefaults: {coefficient_density: 0.3, weight_density: 0.4, "
    "activation_density: 0.5}\nlayers:\n  - {conv: a, K: 4, kernel: 3}\n";

class BadInput : public testing::Test {
 protected:
  BadInput() {
    workload_ = folder_.write("tiny.yaml", kWorkload);
    program_ = folder_.file("tiny.program");
    EXPECT_EQ(command_run({"compile", workload_, "-o", program_, "-q"}).status, 0);
  }

  // Runs the command; the line it prints. Nothing is left beside what was there.
  std::string refused(const std::vector<std::string>& args) {
    const int before = folder_.num_entries();
    const CommandRun run = command_run(args);
    EXPECT_EQ(run.status, 2) << run.error;
    EXPECT_EQ(run.out, "");
    EXPECT_THAT(run.error, StartsWith("escalate: "));
    EXPECT_EQ(std::count(run.error.begin(), run.error.end(), '\n'), 1) << run.error;
    EXPECT_EQ(folder_.num_entries(), before);
    EXPECT_FALSE(std::filesystem::exists(result()));
    return run.error;
  }

  std::string result() const { return folder_.file("result.json"); }
  /// A file that the command could write.
  std::string output_of(const std::string& command) const {
    if (command == "compile") return folder_.file("result.program");
    return command == "disassemble" ? folder_.file("result.asm") : result();
  }

  // A program with bytes changed by `change`.
  template <class Change>
  std::string damaged(Change&& change) {
    std::string text = read_file(program_);
    change(text);
    return folder_.write("damaged.program", text);
  }

  TemporaryFolder folder_;
  std::string workload_, program_;
};

TEST_F(BadInput, AFileThatIsNotThere) {
  for (const std::string ending : {"yaml", "onnx", "program"}) {
    const std::string missing = folder_.file("missing." + ending);
    for (const std::string command : {"simulate", "compile"}) {
      EXPECT_THAT(refused({command, missing, "-o", output_of(command)}), HasSubstr(missing));
    }
    EXPECT_THAT(refused({"disassemble", missing, "-o", output_of("disassemble")}),
                HasSubstr(missing));
  }
  EXPECT_THAT(refused({"simulate", folder_.path().string(), "-o", result()}),
              HasSubstr(folder_.path().string()));
}

TEST_F(BadInput, AFileThatIsSomethingElse) {
  const std::string onnx = folder_.write("noise.onnx", "no protocol buffer at all");
  const std::string yaml = folder_.write("noise.yaml", "layers: [a, {b: ");
  const std::string text = folder_.write("notes.txt", "a network");
  const std::string empty = folder_.write("empty.yaml", "");
  for (const std::string command : {"simulate", "compile"}) {
    for (const std::string& file : {onnx, yaml, text, empty}) {
      EXPECT_THAT(refused({command, file, "-o", output_of(command)}), HasSubstr(file));
    }
  }
  EXPECT_THAT(refused({"disassemble", workload_, "-o", output_of("disassemble")}),
              AllOf(HasSubstr(workload_), HasSubstr("not an escalate program")));
  EXPECT_THAT(refused({"compile", program_, "-o", output_of("compile")}),
              HasSubstr("compiled already"));
}

TEST_F(BadInput, AKeyThatNobodyKnows) {
  const std::string workload =
      folder_.write("wrong.yaml", std::string(kWorkload) + "  - {conv: b, K: 4, kernal: 3}\n");
  EXPECT_THAT(refused({"simulate", workload, "-o", result()}),
              AllOf(HasSubstr("wrong.yaml:6"), HasSubstr("kernal"), HasSubstr("kernel")));
  const std::string arch = folder_.write("arch.yaml", "blocks: 2\nca:\n  lanse: 8\n");
  for (const std::string command : {"simulate", "compile"}) {
    EXPECT_THAT(refused({command, workload_, "--arch", arch, "-o", output_of(command)}),
                AllOf(HasSubstr("arch.yaml:3"), HasSubstr("lanse"), HasSubstr("lanes")));
    EXPECT_THAT(refused({command, workload_, "--set", "ring.chunkz=4", "-o", output_of(command)}),
                AllOf(HasSubstr("ring.chunk"), HasSubstr("chunks")));
    EXPECT_THAT(refused({command, "--layer", "C=8,K=8,H=4,Q=3", "-o", output_of(command)}),
                HasSubstr("Q"));
    EXPECT_THAT(refused({command, "--layre", kLayer, "-o", output_of(command)}),
                HasSubstr("--layer"));
  }
}

TEST_F(BadInput, ANameThatIsNearlyOneOfTheZoo) {
  for (const std::string command : {"simulate", "compile", "compare", "evaluate"}) {
    std::vector<std::string> args = {command, "resnet20-cifr10", "-o", output_of(command)};
    if (command == "evaluate") args.insert(args.end(), {"--input", "synthetic"});
    EXPECT_THAT(refused(args), HasSubstr("did you mean 'resnet20-cifar10'?")) << command;
  }
  EXPECT_THAT(refused({"simulate", "resnet50.yaml"}), HasSubstr("'resnet50-imagenet'?"));
}

TEST_F(BadInput, ANetworkOfTheZooWhereWeightsAreNeeded) {
  EXPECT_THAT(refused({"evaluate", "resnet20-cifar10", "--input", "synthetic", "--images", "1"}),
              HasSubstr("expected an ONNX file"));
}

TEST_F(BadInput, AWorkloadOrProgramWhereWeightsAreNeeded) {
  for (const std::string& network : {workload_, program_}) {
    EXPECT_THAT(refused({"compress", network, "-o", folder_.file("small.onnx")}),
                AllOf(HasSubstr(network), HasSubstr("expected an ONNX file")));
    EXPECT_THAT(refused({"evaluate", network, "--input", "synthetic", "--images", "1"}),
                AllOf(HasSubstr(network), HasSubstr("expected an ONNX file")));
  }
}

TEST_F(BadInput, AnAcceleratorThatNobodyKnows) {
  EXPECT_THAT(refused({"compare", workload_, "--against", "eyeriss,tpu"}),
              AllOf(HasSubstr("--against: unknown accelerator 'tpu'; expected escalate, "),
                    HasSubstr("sparten")));
  EXPECT_THAT(refused({"compare", workload_, "--reference", "scn"}),
              AllOf(HasSubstr("--reference"), HasSubstr("did you mean 'scnn'?")));
}

TEST_F(BadInput, AMachineThatCannotBe) {
  const std::vector<std::pair<std::string, std::string>> impossible = {
      {"ring.chunks=0", "ring.chunks"},
      {"ring.chunks=3", "ring.chunks"},  // of the four that an entry takes
      {"ca.slot_queue_rows=2", "ca.slot_queue_rows"},
      {"ca.pattern=L<9,9>", "ca.pattern"},
      {"blocks=0", "blocks"},
      {"blocks=two", "blocks"},
      {"dram.burst_bytes=48", "dram.burst_bytes"},
      {"dram.burst_ns=0", "dram.burst_ns"},
      {"dram.bandwidth=4", "dram.burst_ns"},  // the keys of the group
      {"lane=4", "'ca.lanes' or 'post_lanes'"},
      {"clock_mhz=-1", "clock_mhz"},
      {"mac.line_buffer_words=1", "mac.line_buffer_words"},
      {"global_buffer_bytes=1024", "global_buffer_bytes"}};
  for (const auto& [setting, key] : impossible) {
    for (const std::string command : {"simulate", "compile"}) {
      EXPECT_THAT(refused({command, "--layer", "C=300,K=8,R=3,H=20", "--set", setting, "-o",
                           output_of(command)}),
                  HasSubstr(key))
          << setting;
    }
  }
  EXPECT_THAT(refused({"simulate", program_, "--set", "blocks=2", "-o", result()}),
              HasSubstr("compiled for"));
}

TEST_F(BadInput, AClockThatTheMemoriesCannotFollow) {
  EXPECT_THAT(refused({"simulate", workload_, "--set", "clock_mhz=10000", "-o", result()}),
              AllOf(HasSubstr("clock_mhz"), HasSubstr("keeps up")));
}

TEST_F(BadInput, ATraceOfNoCycles) {
  const std::string trace = folder_.file("t.vcd");
  const std::vector<std::string> args = {"simulate", workload_, "--view",        "cycle",
                                         "--trace",  trace,     "--trace-window"};
  const auto with = [&](const std::string& window) {
    std::vector<std::string> all = args;
    all.push_back(window);
    return all;
  };
  EXPECT_THAT(refused(with("200:100")), HasSubstr("--trace-window: expected a BEGIN before END"));
  EXPECT_THAT(refused(with("7:7")), HasSubstr("--trace-window"));
  const CommandRun late = command_run(with("1000000:2000000"));
  EXPECT_EQ(late.status, 0) << late.error;
  EXPECT_THAT(late.error, HasSubstr("warning: --trace-window 1000000:2000000: the run ended"));
  EXPECT_THAT(command_run(with("10:2000000")).error, Not(HasSubstr("warning")));
}

TEST_F(BadInput, AProgramThatIsCutOffOrDamaged) {
  const std::size_t size = read_file(program_).size();
  for (const std::size_t length :
       {std::size_t{0}, std::size_t{5}, std::size_t{20}, size / 2, size - 1}) {
    const std::string cut = damaged([&](std::string& text) { text.resize(length); });
    for (const std::string command : {"simulate", "disassemble"}) {
      EXPECT_THAT(refused({command, cut, "-o", output_of(command)}), HasSubstr(cut)) << length;
    }
  }
  const std::string longer = damaged([](std::string& text) { text += '\0'; });
  EXPECT_THAT(refused({"simulate", longer}), HasSubstr("truncated or damaged"));
  const std::string flipped = damaged([](std::string& text) { text[text.size() / 3] ^= 4; });
  EXPECT_THAT(refused({"simulate", flipped}), HasSubstr("checksum"));
  const std::string newer = damaged([](std::string& text) { text[text.find('\x01')] = '\x7f'; });
  EXPECT_THAT(refused({"simulate", newer}), HasSubstr(newer));
}

TEST_F(BadInput, AnOutputThatCannotBeWritten) {
  for (const auto& [command, ending] :
       {std::pair("simulate", ".json"), std::pair("compile", ".program"),
        std::pair("disassemble", ".asm")}) {
    const std::string nowhere = folder_.file("no/such/folder/result") + ending;
    const std::string as_folder = folder_.file("folder") + ending;
    std::filesystem::create_directory(as_folder);
    const std::string& input = command == std::string("disassemble") ? program_ : workload_;
    EXPECT_THAT(refused({command, input, "-o", nowhere}),
                HasSubstr(nowhere + ": cannot write this file"));
    EXPECT_THAT(refused({command, input, "-o", as_folder}),
                HasSubstr(as_folder + ": expected a file to write, but this is a folder"));
  }
  EXPECT_THAT(refused({"compile", workload_}), HasSubstr("--output"));
}

TEST_F(BadInput, OptionsThatCannotBeMet) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> wrong = {
      {{"--layers", "nothing*"}, "nothing*"},
      {{"--images", "0"}, "--images"},
      {{"--images", "many"}, "--images"},
      {{"--batch", "2"}, "--batch"},
      {{"--verify", "some"}, "--verify"},
      {{"--view", "gate"}, "--view"},
      {{"--explain", "life"}, "--explain"},
      {{"--jobs", "-1"}, "--jobs"},
      {{"--drop-pick", "3", "--jobs", "2"}, "--drop-pick"},
      {{"--energy", folder_.file("none.yaml")}, "none.yaml"}};
  for (const auto& [options, named] : wrong) {
    std::vector<std::string> args = {"simulate", workload_, "-o", result()};
    args.insert(args.end(), options.begin(), options.end());
    EXPECT_THAT(refused(args), HasSubstr(named)) << options[0];
  }
  const std::vector<std::pair<std::vector<std::string>, std::string>> wrong_images = {
      {{"--input", "image:" + folder_.file("none.png"), "--mean", "0,0,0", "--std", "1,1,1"},
       "none.png"},
      {{"--input", "npy:" + workload_}, "tiny.yaml"},
      {{"--input", "video:x"}, "video"}};
  for (const auto& [options, named] : wrong_images) {
    std::vector<std::string> args = {
        "simulate", source_folder() + "/workloads/samples/patterns-resnet8.onnx", "-o", result()};
    args.insert(args.end(), options.begin(), options.end());
    EXPECT_THAT(refused(args), HasSubstr(named)) << options[1];
  }
  EXPECT_THAT(refused({"simulate", "-o", result()}), HasSubstr("--layer"));
  EXPECT_THAT(refused({"simulate", workload_, "--layer", kLayer}),
              AllOf(HasSubstr("--layer"), HasSubstr("not both")));
  EXPECT_THAT(refused({"simulate", workload_, workload_}), HasSubstr("unexpected"));
  EXPECT_THAT(refused({"disassemble"}), HasSubstr("PROGRAM"));
}

}  // namespace
}  // namespace escalate
