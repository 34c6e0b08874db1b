#include "escalate/inside/sweep_evaluator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "common/atomic_file.h"
#include "common/child_process.h"
#include "compress/evaluate.h"
#include "escalate/inside/loaded_network.h"
#include "escalate/inside/run.h"
#include "sweep/runner.h"
#include "tests/support/expect_user_error.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

using testing::HasSubstr;

SweepPoint point_of(const std::string& file) {
  SweepPoint point{{"net", source_folder() + file}, {}, {}};
  point.settings.accuracy_input = "patterns";
  point.settings.accuracy_images = 24;
  return point;
}

TEST(SweepEvaluator, TheErrorOfANetworkIsThatOfItsEvaluation) {
  const SweepPoint point = point_of("/workloads/samples/patterns-resnet8.onnx");
  const Graph graph = read_trained_network(point.workload.path, {});
  const auto images = open_input("patterns", graph.nodes.at(0).out, graph.transform);
  EvaluateOptions options;
  options.images = 24;
  const Evaluation evaluation = evaluate(graph, *images, options);
  const double wrong = 24.0 - double(evaluation.integer->top1);
  NetworkEvaluator evaluator;
  const Json record = Json::parse(
      in_child_process([&] { return record_to_json(evaluator.evaluate(point)).dump(); }));
  EXPECT_NEAR(record.at("values").at(kTop1Error).get<double>(), wrong / 24, 1e-12);
  EXPECT_GT(record.at("values").at("cycles").get<double>(), 0);
}

TEST(SweepEvaluator, ADrawnNetworkHasNoError) {
  NetworkEvaluator evaluator;
  const SweepPoint point = point_of("/workloads/zoo/resnet20-cifar10.yaml");
  EXPECT_USER_ERROR(evaluator.prepare(point), HasSubstr("resnet20-cifar10.yaml"));
}

/// Another value of a parameter, which need not be a possible one.
template <class T>
void change(T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    value = !value;
  } else if constexpr (std::is_arithmetic_v<T>) {
    ++value;
  } else if constexpr (std::is_enum_v<T>) {
    value = T(value == T(0) ? 1 : 0);
  } else {
    value += "x";
  }
}

// Everything that a result depends on is in its content, of which the key is made.
TEST(SweepEvaluator, EveryParameterAndSettingGivesAnotherContent) {
  NetworkEvaluator evaluator;
  SweepPoint point{{"net", source_folder() + "/workloads/zoo/resnet20-cifar10.yaml"}, {}, {}};
  std::set<std::string> contents = {evaluator.content(point)};
  EXPECT_EQ(evaluator.content(point), *contents.begin());
  const auto expect_new = [&](const SweepPoint& changed, const std::string& what) {
    EXPECT_TRUE(contents.insert(evaluator.content(changed)).second) << what;
  };
  int fields = 0;
  for_each_field(point.settings.config,
                 [&](const std::string& name, const FieldDoc&, auto& member) {
                   const auto before = member;
                   change(member);
                   expect_new(point, name);
                   member = before;
                   ++fields;
                 });
  EXPECT_GT(fields, 40);
  const SweepSettings settings = point.settings;
  const auto with = [&](const std::string& what, auto set) {
    set(point.settings);
    expect_new(point, what);
    point.settings = settings;
  };
  with("terms", [](SweepSettings& s) { s.terms = 5; });
  with("pointwise_terms", [](SweepSettings& s) { s.pointwise_terms = 2; });
  with("batch", [](SweepSettings& s) { s.batch = 2; });
  with("verify", [](SweepSettings& s) { s.verify = Verify::kNone; });
  NetworkEvaluator faulty(7);
  EXPECT_TRUE(contents.insert(faulty.content(point)).second);
}

TEST(SweepEvaluator, TheContentIsThatOfTheFilesNotOfTheirNames) {
  const TemporaryFolder folder;
  const std::string text =
      "name: tiny\ninput: [4, 6, 6]\nlayers: [{conv: a, K: 8, kernel: 3, coefficient_density: 0.5, "
      "weight_density: 0.5, activation_density: 0.5}]\n";
  write_file(folder.file("a.yaml"), text);
  write_file(folder.file("b.yaml"), text);
  const auto content = [&](const std::string& file) {
    NetworkEvaluator evaluator;
    return evaluator.content({{"net", folder.file(file)}, {}, {}});
  };
  EXPECT_EQ(content("a.yaml"), content("b.yaml"));
  write_file(folder.file("b.yaml"), text + "# nothing else\n");
  EXPECT_EQ(content("a.yaml"), content("b.yaml"));
  std::string other = text;
  other.replace(other.find("weight_density: 0.5"), 19, "weight_density: 0.4");
  write_file(folder.file("b.yaml"), other);
  EXPECT_NE(content("a.yaml"), content("b.yaml"));
}

TEST(SweepEvaluator, ImagesCountByTheErrorThatTheyGive) {
  NetworkEvaluator evaluator;
  SweepPoint point = point_of("/workloads/samples/patterns-resnet8.onnx");
  const std::string content = evaluator.content(point);
  point.settings.accuracy_images = 23;
  EXPECT_NE(NetworkEvaluator().content(point), content);
  point.settings.accuracy_input.clear();
  EXPECT_NE(NetworkEvaluator().content(point), content);
}

/// What a sweep of two processes leaves of each point, but for when and where it ran.
std::vector<std::string> records_of(const SweepSpec& spec, int share_megabytes) {
  const TemporaryFolder folder;
  SweepStore store(folder.file("s.sqlite"));
  NetworkEvaluator evaluator(-1, share_megabytes);
  LocalEngine engine(evaluator, 2, {spec.timeout_s, spec.memory_mb});
  SweepOptions options;
  options.quiet = true;
  const SweepCounts counts = run_sweep(spec, store, evaluator, engine, options);
  std::vector<std::string> records;
  for (SweepMember& member : store.members(counts.sweep)) {
    member.record->wall_seconds = 0;
    member.record->host.clear();
    records.push_back(member.key + record_to_json(*member.record).dump());
  }
  return records;
}

class SharingPoints : public testing::TestWithParam<std::string> {};

// A drawn network, whose sums nobody reads, and a calibrated one.
TEST_P(SharingPoints, ChangesNothingInASweepOfRandomMachines) {
  const TemporaryFolder folder;
  write_file(folder.file("s.yaml"),
             "workloads: [" + source_folder() + "/workloads/zoo/resnet20-cifar10.yaml, " +
                 source_folder() + "/workloads/samples/patterns-resnet8.onnx]\n" +
                 "verify: " + GetParam() +
                 "\n"
                 "strategy: random\npoints: 12\nseed: 3\naxes:\n"
                 "  dram.channels: [1, 2]\n  dram.refresh_ns: {range: [300, 400, 10]}\n"
                 "  dram.row_hit_ns: [10, 20]\n  dma.outstanding: [2, 16]\n"
                 "  clock_mhz: [400, 800]\n  post_lanes: [8, 64]\n"
                 "  global_buffer_bytes: [400000, 1048576]\n  mac.multipliers: [4, 5]\n"
                 "  ca.pattern: [\"L<3,2>\", \"L<1,0>\"]\n");
  const SweepSpec spec = read_sweep_spec(folder.file("s.yaml"));
  const auto alone = records_of(spec, 0);
  ASSERT_EQ(alone.size(), 24U);
  EXPECT_THAT(alone, testing::Each(HasSubstr("\"status\":\"done\"")));
  EXPECT_EQ(records_of(spec, 64), alone);
  EXPECT_EQ(records_of(spec, 1), alone) << "with a table that is soon full";
}

INSTANTIATE_TEST_SUITE_P(ByVerification, SharingPoints, testing::Values("none", "sample"));

TEST(SweepEvaluator, APointAloneAndOneThatFindsItsPassesKnownAreEqual) {
  const SweepPoint point{{"net", source_folder() + "/workloads/zoo/resnet20-cifar10.yaml"}, {}, {}};
  const auto evaluated = [&](NetworkEvaluator& evaluator) {
    return in_child_process([&] { return record_to_json(evaluator.evaluate(point)).dump(); });
  };
  NetworkEvaluator alone(-1, 0), sharing;
  const std::string first = evaluated(alone);
  EXPECT_EQ(alone.shared_megabytes(), 0);
  EXPECT_EQ(sharing.shared_megabytes(), NetworkEvaluator::kShareMegabytes);
  EXPECT_EQ(evaluated(sharing), first);
  EXPECT_EQ(evaluated(sharing), first);
}

TEST(SweepEvaluator, AWrongValueIsAFault) {
  const SweepPoint point = point_of("/workloads/samples/patterns-resnet8.onnx");
  const std::string said = in_child_process([&]() -> std::string {
    NetworkEvaluator faulty(0);
    try {
      faulty.evaluate(point);
    } catch (const WrongValues& error) {
      return error.what();
    }
    return "";
  });
  EXPECT_THAT(said, testing::MatchesRegex("[0-9]+ .* differ.*"));
}

}  // namespace
}  // namespace escalate
