#include "report/ratios.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "report/comparison.h"
#include "report/documents.h"
#include "tests/report/example_result.h"

namespace escalate {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// The example `times` slower, at `times` the energy.
Result slower(const std::string& accelerator, double times) {
  Result result = example_result();
  result.accelerator = accelerator;
  result.total.seconds *= times;
  result.total.energy_pj *= times;
  return result;
}

Result of_other_work(Result result) {
  result.network = "another";
  result.layers[0].name = "another layer";
  return result;
}

TEST(Ratios, AmongAcceleratorsAreOfTheFirstOverEachOther) {
  const auto results = labelled({slower("escalate", 1), slower("scnn", 4)}, {"c.json", "c.json"});
  const RatioDirection direction = direction_of(results);
  EXPECT_EQ(direction.title("speed-up"), "speed-up of escalate over it");
  EXPECT_EQ(direction.title_of_all("speed-up"), "speed-up of escalate over each");
  EXPECT_DOUBLE_EQ(direction.ratio(1, 4), 4);
  EXPECT_EQ(direction.ratio(1, 0), 0);
  // `compare` prints the same of the same results.
  const Comparison comparison({slower("escalate", 1), slower("scnn", 4)});
  EXPECT_DOUBLE_EQ(comparison.total(1).speedup, 4);
  EXPECT_THAT(comparison_table(results).csv(), HasSubstr("4.000x,4.000x"));
}

TEST(Ratios, AmongMachinesOfOneAcceleratorAreOfEachOverTheFirst) {
  const auto results = labelled({slower("escalate", 4), slower("escalate", 1)}, {"base", "wide"});
  const RatioDirection direction = direction_of(results);
  EXPECT_EQ(direction.title("speed-up"), "speed-up over base");
  EXPECT_EQ(direction.title_of_all("speed-up"), "speed-up over base");
  EXPECT_DOUBLE_EQ(direction.ratio(4, 1), 4);
}

TEST(Ratios, HaveGeometricMeansOverSeveralNetworks) {
  const std::vector<Result> all = {slower("escalate", 1), slower("scnn", 2),
                                   of_other_work(slower("escalate", 1)),
                                   of_other_work(slower("scnn", 8))};
  const auto results = labelled(all, {"1", "2", "3", "4"});
  const auto means = mean_ratios(results);
  ASSERT_EQ(means.size(), 1U);
  EXPECT_EQ(means[0].contestant, "scnn");
  EXPECT_EQ(means[0].works, 2);
  EXPECT_NEAR(means[0].speedup, 4, 1e-12);
  EXPECT_THAT(comparison_table(results).csv(), HasSubstr("\"scnn, geometric mean of 2\""));
  EXPECT_THAT(mean_ratios(labelled({all[0], all[1]}, {"1", "2"})), IsEmpty());
  // Firsts of different names have no common mean; nothing is divided where all are alone.
  EXPECT_THAT(mean_ratios(labelled({all[0], all[1], all[3], all[2]}, {"1", "2", "3", "4"})),
              IsEmpty());
  EXPECT_EQ(direction_of(labelled({all[0], all[2]}, {"1", "3"})).title("speed-up"), "speed-up");
}

TEST(Ratios, AreGivenWithTheLayersThatWereLeftOut) {
  std::vector<Result> all = {slower("escalate", 1), slower("scnn", 2)};
  const double seconds = all[0].total.seconds;
  for (Result& result : all) result.rest = {3, seconds, result.total.energy_pj};
  const auto results = labelled(all, {"1", "2"});
  const auto means = mean_ratios(results);
  ASSERT_EQ(means.size(), 1U) << "there is no mean of one work, and one ratio of all layers";
  EXPECT_EQ(means[0].name(), "all layers");
  EXPECT_NEAR(means[0].speedup, 3.0 / 2, 1e-12) << "both are charged as much";
  EXPECT_THAT(comparison_table(results).csv(), HasSubstr("\"scnn, all layers\""));
  EXPECT_EQ(result_from_json(result_to_json(all[0]), "r.json"), all[0]);
  EXPECT_THAT(csv_document(results), HasSubstr("rest_seconds"));
}

TEST(Ratios, MayBeOfGivenNames) {
  const std::vector<Result> all = {slower("escalate", 4), slower("escalate", 2),
                                   of_other_work(slower("escalate", 4)),
                                   of_other_work(slower("escalate", 1))};
  const auto means =
      mean_ratios(labelled(all, {"1", "2", "3", "4"}, {"base", "wide", "base", "wide"}));
  ASSERT_EQ(means.size(), 1U);
  EXPECT_EQ(means[0].contestant, "wide");
  EXPECT_NEAR(means[0].speedup, std::sqrt(8), 1e-12);
}

}  // namespace
}  // namespace escalate
