#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "common/atomic_file.h"
#include "energy/cost_model.h"
#include "sweep/plan.h"
#include "tests/support/expect_user_error.h"
#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class Spec : public testing::Test {
 protected:
  SweepSpec read(const std::string& text) {
    write_file(folder_.file("net.yaml"), "");
    write_file(folder_.file("s.yaml"), "workloads: [net.yaml]\n" + text);
    return read_sweep_spec(folder_.file("s.yaml"));
  }
  TemporaryFolder folder_;
};

TEST_F(Spec, ReadsListsRangesAndPowersOfTwo) {
  const SweepSpec spec = read(
      "base: {clock_mhz: 500}\n"
      "axes:\n"
      "  blocks: [4, 8]\n"
      "  ring.chunks: {log2: [16, 64]}\n"
      "  mac.multipliers: {range: [1, 7, 3]}\n"
      "constraints: [area_mm2 <= 30, cycles >= 10]\n");
  EXPECT_EQ(spec.name, "s");
  EXPECT_THAT(spec.base, ElementsAre("clock_mhz=500"));
  ASSERT_EQ(spec.axes.size(), 3U);
  EXPECT_THAT(spec.axes[1].values, ElementsAre("16", "32", "64"));
  EXPECT_THAT(spec.axes[2].values, ElementsAre("1", "4", "7"));
  EXPECT_EQ(spec.constraints[0].text(), "area_mm2 <= 30");
  EXPECT_FALSE(spec.constraints[1].holds(9));
  EXPECT_THAT(spec.objectives, ElementsAre("cycles", "energy_pj"));
  const auto choices = choices_of(spec);
  EXPECT_EQ(choices.size(), 18U);
  const SweepSettings settings = settings_of(spec, choices[4]);
  EXPECT_EQ(settings.config.machine.blocks, 4);
  EXPECT_EQ(settings.config.machine.ring.chunks, 32);
  EXPECT_EQ(settings.config.machine.mac.multipliers, 4);
  EXPECT_EQ(settings.config.machine.clock_mhz, 500);
}

TEST_F(Spec, NamesWhatIsWrongWithLineAndKey) {
  EXPECT_USER_ERROR(read("axis: {blocks: [4]}\n"),
                    AllOf(HasSubstr("s.yaml:2: axis"), HasSubstr("did you mean 'axes'")));
  EXPECT_USER_ERROR(read("axes:\n  blocs: [4]\n"),
                    AllOf(HasSubstr("s.yaml:3: axes.blocs"), HasSubstr("blocks")));
  EXPECT_USER_ERROR(read("axes:\n  blocks: [4, four]\n"), HasSubstr("s.yaml:3: axes.blocks"));
  EXPECT_USER_ERROR(read("axes: {blocks: [4, 4]}\n"), HasSubstr("given twice"));
  EXPECT_USER_ERROR(read("axes: {blocks: {log3: [1, 9]}}\n"), HasSubstr("log2"));
  EXPECT_USER_ERROR(read("constraints: [size <= 3]\n"), HasSubstr("unknown quantity 'size'"));
  EXPECT_USER_ERROR(read("objectives: [energy]\n"),
                    AllOf(HasSubstr("did you mean 'energy_pj'?"),
                          HasSubstr("; known are energy_pj, "), HasSubstr("area_delay_mm2s")));
  EXPECT_USER_ERROR(read("objectives: [cycles, top1_error]\n"), HasSubstr("accuracy: {input"));
  EXPECT_USER_ERROR(read("accuracy: {input: patterns}\n"), HasSubstr("accuracy.images"));
  EXPECT_USER_ERROR(read("constraints: [cycles < 3]\n"), HasSubstr("QUANTITY <= NUMBER"));
  EXPECT_USER_ERROR(read("objectives: [cycels]\n"),
                    HasSubstr("did you mean 'cycles'?; known are cycles, "));
  EXPECT_USER_ERROR(read("strategy: random\n"), HasSubstr("how many points"));
  EXPECT_USER_ERROR(read("points: 3\n"), HasSubstr("points"));
  EXPECT_USER_ERROR(read("strategy: simplex\n"), HasSubstr("s.yaml:2: strategy"));
  EXPECT_USER_ERROR(read("axes: [a, b\n"), HasSubstr("s.yaml"));
}

TEST_F(Spec, RefusesWhatYamlTakesButNobodyReads) {
  EXPECT_USER_ERROR(read("[a]: c\n"), HasSubstr("s.yaml:2: expected a word as key"));
  EXPECT_USER_ERROR(read("? {a: b}\n: c\n"), HasSubstr("s.yaml:2: expected a word as key"));
  EXPECT_USER_ERROR(read("base: {[a]: c}\n"), HasSubstr("expected a word as key"));
  EXPECT_USER_ERROR(read("axes: {[a]: [1]}\n"), HasSubstr("expected a word as key"));
  EXPECT_USER_ERROR(read("axes: {blocks: {[range]: [1, 2, 1]}}\n"), HasSubstr("a word as key"));
  EXPECT_USER_ERROR(read("accuracy: {[a]: c}\n"), HasSubstr("expected a word as key"));
  EXPECT_USER_ERROR(read("seed: 1\nseed: 2\n"), HasSubstr("s.yaml:3: seed: is given twice"));
  EXPECT_USER_ERROR(read("axes: {rows: [4], rows: [6]}\n"), HasSubstr("axes.rows: is given twice"));
  EXPECT_USER_ERROR(read("base: {rows: 4, rows: 6}\n"), HasSubstr("base.rows: is given twice"));
  EXPECT_USER_ERROR(read("---\naxes: {rows: [4]}\n"), HasSubstr("one YAML document"));
  EXPECT_USER_ERROR(read("name: ''\n"), HasSubstr("expected a name"));
  EXPECT_USER_ERROR(read("name: \"\xff\"\n"), HasSubstr("UTF-8"));
  EXPECT_USER_ERROR(read("verify: some\n"), HasSubstr("s.yaml:2: verify"));
  EXPECT_EQ(read("").verify, Verify::kSample);
  EXPECT_EQ(read("verify: none\n").verify, Verify::kNone);
}

// Before anything of that size is made: the test would take all memory otherwise.
TEST_F(Spec, RefusesMoreThanAnybodyMeansAtOnce) {
  const std::string range = "axes: {global_buffer_bytes: {range: [1024, 1073741824, 1]}}\n";
  EXPECT_USER_ERROR(read(range), AllOf(HasSubstr("s.yaml:2: axes.global_buffer_bytes"),
                                       HasSubstr("1.073741e+09 values are more than 100000")));
  EXPECT_USER_ERROR(read("axes: {clock_mhz: {range: [0, 1e300, 1e-300]}}\n"),
                    HasSubstr("inf values"));
  EXPECT_USER_ERROR(read("axes: {clock_mhz: {range: [-1e308, 1e308, 1]}}\n"),
                    HasSubstr("values are more"));
  const std::string axes =
      "axes: {blocks: {range: [1, 60, 1]}, rows: {range: [1, 60, 1]}, "
      "ring.chunks: {range: [1, 600, 1]}}\n";
  EXPECT_USER_ERROR(read(axes), HasSubstr("2160000 points are more than 1000000"));
  EXPECT_USER_ERROR(read(axes + "strategy: random\npoints: 1000000000000\n"),
                    HasSubstr("points: expected 1 to 1000000"));
  EXPECT_USER_ERROR(read(axes + "strategy: latin-hypercube\npoints: 1000001\n"),
                    HasSubstr("points: expected 1 to 1000000"));
  const std::string search = axes + "strategy: nsga2\n";
  EXPECT_USER_ERROR(read(search + "population: 4294967304\ngenerations: 2\n"),
                    HasSubstr("population: expected 8 to 2000"));
  EXPECT_USER_ERROR(read(search + "population: 8\ngenerations: 4294967298\n"),
                    HasSubstr("generations: expected 1 to 1000000"));
  EXPECT_USER_ERROR(read(search + "population: 2000\ngenerations: 501\n"),
                    HasSubstr("generations: 1002000 points are more"));
  EXPECT_USER_ERROR(read("timeout_s: 1000000000000\n"), HasSubstr("timeout_s: expected"));
  EXPECT_EQ(read(axes + "strategy: one-at-a-time\n").axes.size(), 3U);
  EXPECT_EQ(choices_of(read(axes + "strategy: random\npoints: 1000\n")).size(), 1000U);
}

TEST_F(Spec, ARangeHasItsEndWhateverItsSign) {
  EXPECT_THAT(read("axes: {energy.clock_ratio: {range: [0, 0.3, 0.1]}}\n").axes[0].values,
              ElementsAre("0", "0.1", "0.2", "0.3"));
  // No parameter may be negative, but a range is made before its values are looked at.
  EXPECT_USER_ERROR(read("axes: {clock_mhz: {range: [-3, -1, 1]}}\n"),
                    AllOf(HasSubstr("axes.clock_mhz"), HasSubstr("got '-3'")));
  EXPECT_LT(read("axes: {energy.clock_ratio: {log2: [1e-300, 1.79e308]}}\n").axes[0].values.size(),
            2100U);
  EXPECT_THAT(read("axes: {clock_mhz: {log2: [0.25, 1]}}\n").axes[0].values,
              ElementsAre("0.25", "0.5", "1"));
  EXPECT_USER_ERROR(read("axes: {blocks: {range: [3, 1, 1]}}\n"), HasSubstr("at least one value"));
}

TEST_F(Spec, TakesNamesOfTheZooUnlessAFileHasOne) {
  const auto path_of = [&](const std::string& workload) {
    write_file(folder_.file("s.yaml"), "workloads: [" + workload + "]\n");
    return read_sweep_spec(folder_.file("s.yaml")).workloads.at(0).path;
  };
  EXPECT_EQ(path_of("resnet20-cifar10"), "resnet20-cifar10");
  EXPECT_USER_ERROR(path_of("resnet20-cifar"), HasSubstr("there is no file"));
  write_file(folder_.file("resnet20-cifar10"), "");
  EXPECT_EQ(path_of("resnet20-cifar10"), folder_.file("resnet20-cifar10"));
}

TEST_F(Spec, TellsWorkloadsOfOneNameApart) {
  for (const char* name : {"A/net.yaml", "B/net.yaml", "A/other.yaml", "A/net.onnx"}) {
    std::filesystem::create_directories(std::filesystem::path(folder_.file(name)).parent_path());
    write_file(folder_.file(name), "");
  }
  const auto names = [&](const std::string& list) {
    write_file(folder_.file("s.yaml"), "workloads: [" + list + "]\n");
    std::vector<std::string> all;
    for (const SweepWorkload& workload : read_sweep_spec(folder_.file("s.yaml")).workloads) {
      all.push_back(workload.name);
    }
    return all;
  };
  EXPECT_THAT(names("A/net.yaml, A/other.yaml"), ElementsAre("net", "other"));
  EXPECT_THAT(names("A/net.yaml, B/net.yaml, A/other.yaml"),
              ElementsAre("A/net", "B/net", "other"));
  EXPECT_THAT(names("A/net.yaml, A/net.onnx"), ElementsAre("net.yaml", "net.onnx"));
  EXPECT_USER_ERROR(names("A/net.yaml, B/../A/net.yaml"), HasSubstr("is given twice"));
  EXPECT_USER_ERROR(names("A"), HasSubstr("there is no file"));
}

TEST_F(Spec, DrawsDifferentChoicesAndTheSameOnesForASeed) {
  const std::string axes =
      "axes: {blocks: {range: [1, 20, 1]}, ca.lanes: [8, 16, 32], mac.multipliers: [1, 2, 3, 4]}\n";
  for (const std::string strategy : {"random", "latin-hypercube"}) {
    const std::string text = axes + "strategy: " + strategy + "\npoints: 60\n";
    const auto choices = choices_of(read(text));
    EXPECT_EQ(choices, choices_of(read(text)));
    EXPECT_NE(choices, choices_of(read(text + "seed: 2\n")));
    const std::set<SweepChoice> different(choices.begin(), choices.end());
    EXPECT_EQ(different.size(), choices.size());
    EXPECT_GT(choices.size(), 40U);
  }
  EXPECT_EQ(choices_of(read(axes + "strategy: random\npoints: 1000\n")).size(), 240U);
}

TEST_F(Spec, ALatinHypercubeUsesEveryValueOfAnAxisEquallyOften) {
  const auto choices =
      choices_of(read("axes: {blocks: {range: [1, 20, 1]}, ring.chunks: {range: [33, 92, 1]}}\n"
                      "strategy: latin-hypercube\npoints: 60\n"));
  ASSERT_EQ(choices.size(), 60U);
  std::map<std::string, int> blocks, chunks;
  for (const SweepChoice& choice : choices) {
    ++blocks[choice[0]];
    ++chunks[choice[1]];
  }
  EXPECT_EQ(blocks.size(), 20U);
  for (const auto& entry : blocks) EXPECT_EQ(entry.second, 3) << entry.first;
  EXPECT_EQ(chunks.size(), 60U);
}

TEST_F(Spec, BoundsCanBeGivenRelativeToTheBase) {
  const SweepSpec spec = read(
      "base: {blocks: 2}\naxes: {blocks: [1, 2, 4]}\n"
      "constraints: [multipliers <= 1.5 x base, area_mm2 >= 1 x base]\n");
  const NamedValues<double> base = values_before(settings_of(spec, {}).config);
  EXPECT_DOUBLE_EQ(spec.constraints[0].bound, 1.5 * base.value_of("multipliers") * (1 + 1e-9));
  EXPECT_TRUE(spec.constraints[1].holds(base.value_of("area_mm2")));
  EXPECT_FALSE(spec.constraints[1].holds(0.999 * base.value_of("area_mm2")));
  EXPECT_USER_ERROR(read("constraints: [cycles <= 1 x base]\n"), HasSubstr("without a run"));
  EXPECT_USER_ERROR(read("constraints: [area_mm2 <= 1 y base]\n"), HasSubstr("NUMBER x base"));
}

TEST_F(Spec, CarriesTheUsersTechnologyWithIt) {
  const std::string table = folder_.file("own.yaml");
  write_file(table, builtin_energy_table(7).yaml());
  const std::string text = "axes: {blocks: [1, 2]}\nconstraints: [area_mm2 <= 1.5 x base]\n";
  const SweepSpec plain = read(text);
  const SweepSpec own = read_sweep_spec(folder_.file("s.yaml"), table);
  const auto area = [](const SweepSpec& spec) {
    const SweepSettings settings = settings_of(spec, {"2"});
    return values_before(settings.config, settings.energy_table).value_of("area_mm2");
  };
  EXPECT_LT(area(own), area(plain) / 10);
  EXPECT_LT(own.constraints[0].bound, plain.constraints[0].bound / 10);
  EXPECT_NE(effective_config(settings_of(own, {"2"})), effective_config(settings_of(plain, {"2"})));
  // Its text is enough: the file may be gone, and a worker on another machine needs none.
  std::filesystem::remove(table);
  EXPECT_EQ(stored_sweep_spec("s.sqlite", own.text, {own.workloads[0].path}), own);
  EXPECT_EQ(area(stored_sweep_spec("s.sqlite", own.text)), area(own));
}

TEST_F(Spec, RefusesATechnologyOfOneMachine) {
  const std::string of_components =
      "ERT: {version: '0.4', tables: [{name: line_adders, actions: [{name: add, energy: 7}]}]}\n";
  write_file(folder_.file("ert.yaml"), of_components);
  read("axes: {blocks: [1, 2]}\n");
  EXPECT_USER_ERROR(read_sweep_spec(folder_.file("s.yaml"), folder_.file("ert.yaml")),
                    AllOf(HasSubstr("ert.yaml"), HasSubstr("expected a table of classes")));
}

TEST_F(Spec, OneAtATimeLeavesTheFirstValuesOfOneAxisOnly) {
  const SweepSpec spec = read("axes: {blocks: [4, 2, 8], rows: [6, 3]}\nstrategy: one-at-a-time\n");
  EXPECT_THAT(choices_of(spec), ElementsAre(ElementsAre("4", "6"), ElementsAre("2", "6"),
                                            ElementsAre("8", "6"), ElementsAre("4", "3")));
}

TEST_F(Spec, ASearchNeedsAPopulationGenerationsAndTwoObjectives) {
  const std::string axes = "axes: {blocks: [4, 8]}\nstrategy: nsga2\n";
  EXPECT_USER_ERROR(read(axes + "population: 8\n"), HasSubstr("generations: expected"));
  EXPECT_USER_ERROR(read(axes + "generations: 3\npopulation: 10\n"), HasSubstr("multiple of 4"));
  EXPECT_USER_ERROR(read(axes + "generations: 3\npopulation: 8\nobjectives: [cycles]\n"),
                    HasSubstr("at least two"));
  EXPECT_USER_ERROR(read(axes + "generations: 3\npopulation: 8\npoints: 9\n"),
                    HasSubstr("does not draw"));
  EXPECT_USER_ERROR(read("generations: 3\n"), HasSubstr("nsga2 has"));
}

TEST_F(Spec, TheBaseIsAChoiceIfItsValuesAreOnTheAxes) {
  const SweepSpec spec = read(
      "base: {blocks: 2}\n"
      "axes: {blocks: [1, 2], clock_mhz: [400, 800], ca.pattern: [\"L<1,0>\", \"L<3,2>\"], "
      "terms: [4, 6]}\n");
  EXPECT_EQ(base_choice(spec), (SweepChoice{"2", "800", "L<3,2>", "6"}));
  EXPECT_EQ(base_choice(read("axes: {blocks: [1, 2]}\n")), std::nullopt);
}

}  // namespace
}  // namespace escalate
