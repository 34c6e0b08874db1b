// Every heading of a table on the terminal is explained by its command's --help.
#include "report/terms.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>

#include "baselines/baselines_config.h"
#include "common/config.h"
#include "energy/run_config.h"
#include "report/result.h"
#include "tests/support/command_run.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

/// The headings above lines of hyphens, without their units.
std::vector<std::string> headings_of(const std::string& text) {
  static const std::regex kGap("  +");
  static const std::regex kUnit(R"( \[.*\]$)");
  std::vector<std::string> headings;
  std::istringstream lines(text);
  std::string last;
  for (std::string line; std::getline(lines, line); last = line) {
    const bool is_rule = line.size() > 8 && line.find_first_not_of('-') == line.npos;
    // A rule above a total has a line of numbers before it.
    if (!is_rule || last.find_first_not_of('-') == last.npos ||
        std::regex_search(last, std::regex(R"(  \d[\d.,]*%?(  |$))")))
      continue;
    for (auto it = std::sregex_token_iterator(last.begin(), last.end(), kGap, -1);
         it != std::sregex_token_iterator(); ++it) {
      const std::string heading = std::regex_replace(it->str(), kUnit, "");
      if (!heading.empty()) headings.push_back(heading);
    }
  }
  return headings;
}

/// Names that stand where a term has a word in capitals.
std::set<std::string> names_for(const std::string& word, const Result& result) {
  std::set<std::string> names;
  if (word == "COMPONENT") {
    for (const std::string& name : result.total.energy_by_component_pj.names()) names.insert(name);
  } else if (word == "PARAMETER") {
    RunConfig config;
    const ConfigView view(config);
    for (const auto& field : view.fields()) names.insert(field.name);
  } else if (word == "ACCELERATOR") {
    for (const std::string& name : builtin_baselines().names()) names.insert(name);
    names.insert("escalate");
  } else if (word == "QUANTITY") {
    names = {"cycles", "energy", "area"};
  } else if (word == "RESOURCE") {
    for (const std::string& name : result.layers.front().limits.names()) names.insert(name);
    names.insert({"dram", "post"});
  } else if (word == "RUN") {
    names = {"no coefficient zeros", "no zeros",  "no concentration",
             "smallest queues",      "ideal.ca",  "ideal.mac",
             "ideal.input",          "ideal.dram"};
  }
  return names;
}

bool is_explained(const std::string& heading, const std::string& command, const Result& result) {
  for (const Term& term : terms_of(command)) {
    const std::string name(term.heading);
    if (name == heading) return true;
    if (names_for(name, result).count(heading) > 0) return true;
    if (name == "over ACCELERATOR" && heading.starts_with("over ")) return true;
    for (const std::string part : {" of A over ", " over A"}) {
      const std::size_t at = name.find(part);
      if (at == name.npos) continue;
      const std::string start = name.substr(0, at + part.find('A'));
      if (heading.starts_with(start)) return true;
    }
  }
  return false;
}

class Terms : public testing::Test {
 protected:
  static constexpr const char* kLayer = "C=16,K=16,R=3,H=8,density=0.5,activation_density=0.5";

  void SetUp() override {
    run({"simulate", "--layer", kLayer, "-q", "-o", file("a.json")});
    run({"simulate", "--layer", kLayer, "-q", "-o", file("b.json"), "--set", "blocks=4"});
    run({"sweep", spec(), "-q", "-o", file("sweep.json")});
    result_ = read_result(file("a.json"));
  }
  std::string file(const std::string& name) const { return folder_.file(name); }
  std::string spec() const {
    write_file(file("net.yaml"),
               "name: net\ninput: [16, 8, 8]\nlayers:\n  - {conv: a, K: 16, kernel: 3, "
               "coefficient_density: 0.5, weight_density: 0.5, activation_density: 0.5}\n");
    write_file(file("s.yaml"), "workloads: [net.yaml]\naxes: {blocks: [4, 8]}\n");
    return file("s.yaml");
  }
  std::string study() const {
    spec();
    write_file(file("study.yaml"), "sweeps: [s]\ntables: [{kind: points, title: Points}]\n");
    return folder_.path().string();
  }
  std::string run(const std::vector<std::string>& args) {
    const CommandRun done = command_run(args);
    EXPECT_EQ(done.status, 0) << args[0] << ": " << done.error;
    return done.out;
  }
  void expect_explained(const std::vector<std::string>& args) {
    const std::vector<std::string> headings = headings_of(run(args));
    EXPECT_FALSE(headings.empty()) << args[0];
    for (const std::string& heading : headings) {
      EXPECT_TRUE(is_explained(heading, args[0], result_)) << args[0] << ": '" << heading << "'";
    }
  }

  TemporaryFolder folder_;
  Result result_;
};

TEST_F(Terms, AreThoseOfEveryTableOfEveryCommand) {
  expect_explained({"simulate", "--layer", kLayer, "--explain", "energy"});
  expect_explained({"report", file("a.json")});
  expect_explained({"report", file("a.json"), file("b.json"), "--layers", "*"});
  expect_explained({"report", file("a.json"), "--explain", "energy"});
  expect_explained({"report", file("sweep.json")});
  expect_explained({"explain", file("a.json")});
  expect_explained({"sweep", file("s.yaml")});
  expect_explained({"study", study()});
  expect_explained({"compare", file("net.yaml")});
  expect_explained({"ablate", file("net.yaml")});
  expect_explained({"shapes", file("net.yaml")});
  expect_explained({"config"});
  expect_explained({"energy"});
}

TEST_F(Terms, StandInTheHelpOfTheirCommand) {
  for (const char* command :
       {"simulate", "compare", "ablate", "explain", "sweep", "study", "report", "config", "energy",
        "compress", "evaluate", "shapes", "validate"}) {
    const std::string help = run({command, "--help"});
    EXPECT_NE(help.find("\nheadings of the tables:\n" + terms_text(command)), help.npos) << command;
    EXPECT_FALSE(terms_of(command).empty()) << command;
    std::istringstream lines(terms_text(command));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
  }
}

}  // namespace
}  // namespace escalate
