#include "escalate/inside/plugin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "baselines/baselines_config.h"
#include "baselines/iso.h"
#include "report/baseline_result.h"
#include "tests/support/expect_user_error.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"
#include "workloads/draw.h"
#include "workloads/quick_layer.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

std::string plugin_file(const std::string& fault) {
  return build_folder() + "/tests/plugins/" + fault + ".so";
}

BaselineRegistry with_plugin(const std::string& fault) {
  BaselineRegistry registry = builtin_baselines();
  add_plugin(registry, plugin_file(fault));
  return registry;
}

const LayerWorkload& layer() {
  static const LayerWorkload kLayer = [] {
    DrawOptions draw;
    draw.plain_weights = true;
    const Graph graph = parse_quick_layer("C=8,K=4,R=3,H=5,density=0.4,activation_density=0.5");
    return make_drawn_workloads(draw_network(graph, draw).network, 1).at(0);
  }();
  return kLayer;
}

Result result_of(const std::string& fault) {
  const BaselinesConfig config = comparable_baselines({800, {}, 1 << 20, 1}, with_plugin(fault));
  const auto model = make_baseline("faulty", config);
  return baseline_result(*model, "net", {layer()}, CostModel(EnergyConfig{}));
}

/// The line that the fault ends with, wherever it is seen; it names the file and is one line.
std::string line_of(const std::string& fault) {
  const std::string line = user_error([&] { result_of(fault); });
  EXPECT_THAT(line, AllOf(HasSubstr(fault + ".so: "), Not(HasSubstr("\n")))) << fault;
  return line;
}

TEST(Plugin, IsABaselineLikeOurs) {
  const Result result = result_of("NO_FAULT");
  EXPECT_EQ(result.accelerator, "faulty");
  EXPECT_EQ(result.layers.at(0).counters.value_of("macs"), matched_pairs(layer()));
  EXPECT_GE(result.total.cycles, matched_pairs(layer()) + 100);
  EXPECT_GT(result.layers[0].energy_pj.value_of("adders"), 0);
  EXPECT_GT(result.layers[0].energy_pj.value_of("dram"), 0);
  EXPECT_EQ(result.layers[0].row_states.value_of("overhead"), 100);
}

TEST(Plugin, TakesParametersByNameAndCopiesKeepTheirOwn) {
  BaselinesConfig config = comparable_baselines({800, {}, 1 << 20, 1}, with_plugin("NO_FAULT"));
  ConfigView view;
  config.add_to(view, "baselines.");
  view.set("baselines.faulty.overhead=900");
  const BaselinesConfig copy = config;
  view.set("baselines.faulty.overhead=1");
  const auto cycles = [](const BaselinesConfig& of) {
    return make_baseline("faulty", of)->run(layer()).compute_cycles;
  };
  EXPECT_EQ(cycles(copy) - cycles(config), 899);
  EXPECT_EQ(make_baseline("faulty", copy)->config().at("overhead"), 900);
  EXPECT_USER_ERROR(view.set("baselines.faulty.overheat=3"), HasSubstr("overhead"));
  EXPECT_USER_ERROR(view.set("baselines.faulty.overhead=-1"), HasSubstr("0 to"));
}

TEST(Plugin, OfOneSizeIsNotMadeAnother) {
  const BaselinesConfig config =
      comparable_baselines({800, {}, 1 << 20, 1}, with_plugin("NO_FAULT"));
  EXPECT_USER_ERROR(sized_like({960, 0, 0}, Iso::kMac, "faulty", config, CostModel(EnergyConfig{})),
                    AllOf(HasSubstr("--iso"), HasSubstr("faulty has one size")));
}

TEST(BadPlugin, ThatIsNotThereOrNoSharedObjectIsNamed) {
  const TemporaryFolder folder;
  BaselineRegistry registry = builtin_baselines();
  EXPECT_USER_ERROR(add_plugin(registry, folder.file("none.so")),
                    AllOf(HasSubstr("none.so: cannot be loaded"), HasSubstr("No such file")));
  EXPECT_USER_ERROR(add_plugin(registry, folder.write("text.so", "hello")),
                    HasSubstr("text.so: cannot be loaded: "));
  EXPECT_EQ(registry.names(), builtin_baselines().names());
}

TEST(BadPlugin, WithoutAnEntryPointIsNoPlugin) {
  EXPECT_THAT(line_of("IS_NO_PLUGIN"), HasSubstr("is no plug-in: it lacks"));
  EXPECT_THAT(line_of("LACKS_MAKER"), HasSubstr("it lacks 'escalate_accelerator_make'"));
}

TEST(BadPlugin, OfAnotherVersionIsToBeBuiltAgain) {
  EXPECT_THAT(line_of("IS_OF_ANOTHER_VERSION"),
              HasSubstr("is of version 2 of escalate/accelerator.h, this is version 1"));
}

TEST(BadPlugin, ThatThrowsIsQuoted) {
  EXPECT_THAT(line_of("THROWS_WHEN_MADE"), HasSubstr("its constructor threw: no licence"));
  EXPECT_THAT(line_of("THROWS_WHEN_RUN"), HasSubstr("run() threw: cannot"));
  EXPECT_THAT(line_of("THROWS_A_NUMBER"),
              HasSubstr("run() threw something that is no std::exception"));
  EXPECT_THAT(line_of("MAKES_NOTHING"), EndsWith("made no accelerator"));
}

TEST(BadPlugin, WithANameThatIsTakenOrImpossibleIsRefused) {
  EXPECT_THAT(line_of("HAS_NAME_OF_OURS"), HasSubstr("there is an accelerator 'scnn' already"));
  EXPECT_THAT(line_of("HAS_OTHER_NAME_OF_OURS"), HasSubstr("accelerator 'dense' already"));
  EXPECT_THAT(line_of("HAS_NAME_OF_THE_MACHINE"), HasSubstr("accelerator 'escalate' already"));
  EXPECT_THAT(line_of("HAS_IMPOSSIBLE_NAME"), HasSubstr("other characters than letters"));
  BaselineRegistry registry = with_plugin("NO_FAULT");
  EXPECT_USER_ERROR(add_plugin(registry, plugin_file("LOSES_CYCLES")),
                    HasSubstr("there is an accelerator 'faulty' already"));
}

TEST(BadPlugin, BreaksNoLawUnseen) {
  EXPECT_THAT(line_of("LOSES_A_PRODUCT"), HasSubstr("products, expected"));
  EXPECT_THAT(line_of("IS_TOO_FAST"), HasSubstr("utilization above 1"));
  EXPECT_THAT(line_of("LOSES_CYCLES"), HasSubstr("multiplier cycles of"));
  EXPECT_THAT(line_of("COUNTS_BELOW_ZERO"), HasSubstr("-1 counts of 'words'"));
  EXPECT_THAT(line_of("HAS_NO_MULTIPLIERS"), HasSubstr("multipliers() gave 0"));
}

TEST(BadPlugin, WithPartsThatTablesDoNotKnowIsToldWhich) {
  EXPECT_THAT(line_of("HAS_UNKNOWN_PART"), HasSubstr("part 'brain'"));
  EXPECT_THAT(line_of("HAS_UNKNOWN_ACTION"),
              AllOf(HasSubstr("no action 'subtract'"), HasSubstr("expected one of add")));
  EXPECT_THAT(line_of("CHARGES_UNKNOWN_COUNTER"), HasSubstr("charged by 'letters'"));
}

}  // namespace
}  // namespace escalate
