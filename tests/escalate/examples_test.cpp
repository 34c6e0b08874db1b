// The library from outside: an installed copy, and the examples built on it as a user builds them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "common/atomic_file.h"
#include "tests/support/places.h"
#include "tests/support/shell_run.h"
#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// A copy of the project installed in a folder of its own.
class Installed : public testing::Test {
 protected:
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__)
    GTEST_SKIP() << "the library wants the sanitizer's runtime in every program";
#endif
    for (const char* component : {"program", "library", "development"}) {
      run("cmake --install '" + build_folder() + "' --component " + component + " --prefix '" +
          prefix() + "'");
    }
  }

  std::string prefix() const { return folder_.file("prefix"); }

  /// Standard output of a line of bash that has to succeed.
  std::string run(const std::string& line) const {
    const ShellRun result = shell_run(folder_.path().string(), line);
    EXPECT_EQ(result.status, 0) << line << "\n" << result.out << result.error;
    return result.out;
  }

  /// Builds an example against the installed copy, in the folder of its name.
  void build(const std::string& example) const {
    run("cmake -S '" + prefix() + "/share/escalate/examples/" + example + "' -B " + example +
        " -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH='" + prefix() + "' && cmake --build " +
        example);
  }

  TemporaryFolder folder_;
};

TEST_F(Installed, HasWhatAUserLooksFor) {
  for (const char* file :
       {"bin/escalate", "include/escalate/escalate.h", "include/escalate/dram.h",
        "share/man/man1/escalate.1", "share/bash-completion/completions/escalate",
        "share/escalate/workloads/zoo/resnet20-cifar10.yaml", "share/escalate/configs/scnn.yaml"}) {
    EXPECT_TRUE(std::filesystem::exists(prefix() + "/" + file)) << file;
  }
  EXPECT_FALSE(std::filesystem::exists(prefix() + "/include/escalate/inside"));
  EXPECT_THAT(run(prefix() + "/bin/escalate simulate --layer C=8,K=8,R=3,H=6"),
              HasSubstr("cycles"));
  // The zoo is part of the program, wherever that runs.
  const auto error_of = [&](const std::string& network) {
    return shell_run(folder_.path().string(), prefix() + "/bin/escalate shapes " + network).error;
  };
  EXPECT_EQ(error_of("resnet20-cifar10"), "");
  EXPECT_THAT(error_of("resnet20-cifar"), HasSubstr("did you mean 'resnet20-cifar10'?"));
}

TEST_F(Installed, SearchesByAModuleOfItsOwn) {
  folder_.write("search.yaml", "workloads: [" + prefix() +
                                   "/share/escalate/workloads/zoo/resnet20-cifar10.yaml]\n"
                                   "axes: {blocks: [1, 2, 4], mac.multipliers: [1, 3, 9]}\n"
                                   "strategy: nsga2\npopulation: 8\ngenerations: 2\n"
                                   "objectives: [cycles, area_mm2]\n");
  const std::string sweep = prefix() + "/bin/escalate sweep search.yaml -o ";
  EXPECT_THAT(run(sweep + "whole.json"), HasSubstr("0 failed"));
  run("rm '" + prefix() + "'/lib*/escalate/escalate-nsga2.so");
  const ShellRun broken = shell_run(folder_.path().string(), sweep + "broken.json");
  EXPECT_EQ(broken.status, 2);
  EXPECT_THAT(broken.error, HasSubstr("escalate-nsga2.so: cannot be loaded"));
}

TEST_F(Installed, TheManualAndTheCompletionNameEveryCommand) {
  const std::string manual = read_file(prefix() + "/share/man/man1/escalate.1");
  const std::string completion =
      read_file(prefix() + "/share/bash-completion/completions/escalate");
  std::istringstream help(run(prefix() + "/bin/escalate --help"));
  int commands = 0;
  for (std::string line; std::getline(help, line);) {
    if (!line.starts_with("  ") || line[2] == ' ') continue;
    const std::string name = line.substr(2, line.find(' ', 2) - 2);
    EXPECT_THAT(manual, HasSubstr("\n.SS " + name + ": "));
    EXPECT_THAT(completion, HasSubstr("    " + name + ") words=\"--help "));
    ++commands;
  }
  EXPECT_GT(commands, 10);
  EXPECT_THAT(manual, Not(HasSubstr("@")));
  EXPECT_THAT(run("source " + prefix() +
                  "/share/bash-completion/completions/escalate; "
                  "COMP_WORDS=(escalate compare --plu); COMP_CWORD=2; _escalate; "
                  "echo \"${COMPREPLY[@]}\"; "
                  "COMP_WORDS=(escalate sw); COMP_CWORD=1; _escalate; echo \"${COMPREPLY[@]}\""),
              testing::Eq("--plugin\nsweep\n"));
}

TEST_F(Installed, ShowsNothingButItsPublicNames) {
  const std::string names =
      run("nm -D -C --defined-only '" + prefix() + "'/lib*/libescalate.so | cut -d' ' -f3-");
  std::istringstream lines(names);
  std::string others;
  for (std::string line; std::getline(lines, line);) {
    const bool is_public = line.find("esc::") != std::string::npos || line == "sc_main";
    if (!is_public || line.find("escalate::") != std::string::npos) others += line + "\n";
  }
  EXPECT_THAT(names, HasSubstr("esc::simulate"));
  EXPECT_THAT(others, IsEmpty());
}

TEST_F(Installed, RunsTheFirstExample) {
  build("first_run");
  EXPECT_THAT(run("first_run/first_run"),
              AllOf(HasSubstr("resnet20-cifar10: "), HasSubstr(" cycles, "), HasSubstr(" uJ")));
  EXPECT_TRUE(std::filesystem::exists(folder_.file("first_run.html")));
}

TEST_F(Installed, RunsAnotherDram) {
  build("my_dram");
  const auto cycles_at = [&](const std::string& bandwidth) {
    const std::string out = run("my_dram/my_dram " + bandwidth);
    return std::stoll(out.substr(out.find(" GB/s: ") + 7));
  };
  EXPECT_LT(cycles_at("205"), cycles_at("5"));
}

TEST_F(Installed, RunsAnotherConcentrator) {
  build("my_concentrator");
  const std::string out = run("my_concentrator/my_concentrator");
  const auto cycles_of = [&](const std::string& what) {
    return std::stoll(out.substr(out.find(what) + what.size()));
  };
  EXPECT_LT(cycles_of("crossbar: "), cycles_of("machine: "));
}

TEST_F(Installed, ComparesAnAcceleratorOfTheUsers) {
  build("my_accelerator");
  const std::string compare = prefix() + "/bin/escalate compare " + prefix() +
                              "/share/escalate/workloads/zoo/resnet20-cifar10.yaml "
                              "--plugin my_accelerator/libmine.so --against scnn,mine ";
  EXPECT_THAT(run(compare + "-o page.html"), AllOf(HasSubstr("mine"), HasSubstr("scnn")));
  EXPECT_THAT(read_file(folder_.file("page.html")), HasSubstr("mine"));
  for (const char* iso : {"mac", "area", "sram"}) {
    EXPECT_THAT(run(compare + "--iso " + iso), HasSubstr("mine")) << iso;
  }
  EXPECT_THAT(run(compare + "--iso mac"), HasSubstr("960"));
  const std::string few = run(compare + "--set baselines.mine.columns=4 --json");
  EXPECT_NE(few, run(compare + "--json"));
}

/// The blocks of a page that are marked `language`.
std::vector<std::string> blocks_of(const std::string& page, const std::string& language) {
  std::vector<std::string> blocks;
  std::istringstream lines(page);
  bool is_open = false;
  for (std::string line; std::getline(lines, line);) {
    if (line == "```" + language) {
      is_open = true;
      blocks.emplace_back();
    } else if (line == "```") {
      is_open = false;
    } else if (is_open) {
      blocks.back() += line + "\n";
    }
  }
  return blocks;
}

TEST(Examples, AreWhatThePageShows) {
  std::string sources;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(source_folder() + "/examples")) {
    if (entry.is_regular_file()) sources += read_file(entry.path().string());
  }
  int shown = 0;
  for (const char* page : {"/docs/library.md", "/README.md"}) {
    for (const char* language : {"cpp", "cmake"}) {
      for (const std::string& block : blocks_of(read_file(source_folder() + page), language)) {
        EXPECT_NE(sources.find(block), std::string::npos) << page << " shows\n" << block;
        ++shown;
      }
    }
  }
  EXPECT_GE(shown, 7);
}

TEST(Examples, AreShort) {
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(source_folder() + "/examples")) {
    if (!entry.is_regular_file()) continue;
    const std::string text = read_file(entry.path().string());
    EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 120) << entry.path();
  }
}

TEST(PublicHeaders, IncludeNothingInternal) {
  int headers = 0;
  for (const auto& entry : std::filesystem::directory_iterator(source_folder() + "/escalate")) {
    if (entry.path().extension() != ".h") continue;
    ++headers;
    std::istringstream lines(read_file(entry.path().string()));
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("#include \"")) continue;
      EXPECT_THAT(line, AllOf(HasSubstr("\"escalate/"), Not(HasSubstr("/inside/"))))
          << entry.path();
    }
  }
  EXPECT_GE(headers, 10);
}

}  // namespace
}  // namespace escalate
