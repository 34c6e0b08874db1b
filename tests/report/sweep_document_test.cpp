#include "report/sweep_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "report/documents.h"
#include "tests/report/example_sweep.h"
#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// What check_sweep() says of the example after a change.
void expect_refused(const std::function<void(Json&)>& change, const std::string& key) {
  Json sweep = example_sweep();
  change(sweep);
  EXPECT_USER_ERROR(check_sweep(sweep, "s.json"), HasSubstr("s.json: " + key));
}

TEST(SweepDocument, OfTheExampleIsRight) { check_sweep(example_sweep(3), "s.json"); }

TEST(SweepDocument, IsRefusedWithTheKeyThatIsWrong) {
  expect_refused([](Json& s) { s["schema"] = "escalate.result/1"; }, "schema");
  expect_refused([](Json& s) { s.erase("strategy"); }, "strategy");
  expect_refused([](Json& s) { s["workloads"] = Json::array(); }, "workloads");
  expect_refused([](Json& s) { s["axes"][1]["key"] = 7; }, "axes[1].key");
  expect_refused([](Json& s) { s["objectives"][0] = "beauty"; }, "objectives: 'beauty'");
  expect_refused([](Json& s) { s["constraints"][0]["bound"] = "much"; }, "constraints[0].bound");
  expect_refused([](Json& s) { s["points"][4]["choice"].erase("blocks"); },
                 "points[4].choice.blocks");
  expect_refused([](Json& s) { s["points"][4]["values"]["cycles"] = "few"; },
                 "points[4].values.cycles");
  expect_refused([](Json& s) { s["points"][2]["pareto"] = 1; }, "points[2].pareto");
  expect_refused([](Json& s) { s["points"][2]["workload"] = "x"; }, "points[2].workload");
  expect_refused([](Json& s) { s["sensitivity"][0]["axis"] = "x"; }, "sensitivity[0].axis");
}

TEST(SweepDocument, HasAFrontAndAllPointsAsTables) {
  const std::string front = sweep_table(example_sweep(), SweepPoints::kFront).csv();
  EXPECT_EQ(front,
            "point,workload,status,blocks,ca.pattern,area,cycles,energy\n"
            "0,net0,done,4,\"L<1,0>\",10.50 mm2,900,2.00 uJ\n"
            "1,net0,done,4,\"L<3,2>\",15.50 mm2,800,3.00 uJ\n");
  const std::string all = sweep_table(example_sweep(), SweepPoints::kAll).csv();
  EXPECT_THAT(all, AllOf(HasSubstr("feasible,pareto\n"), HasSubstr(",true,false\n"),
                         HasSubstr("5,net0,done,8,\"T<2,5>\",35.5,400,7000000,false,false\n")));
}

TEST(SweepDocument, LeavesOutWhatIsNotKnownOfAPoint) {
  Json sweep = example_sweep();
  sweep["points"][3]["values"] = {{"area_mm2", 3.0}};
  EXPECT_THAT(sweep_table(sweep, SweepPoints::kAll).csv(), HasSubstr("\"L<1,0>\",3,,,"));
}

TEST(SweepDocument, IsSummedUpInALine) {
  EXPECT_EQ(
      sweep_summary(example_sweep()),
      "sweep 'made-up': 6 points, 6 done, 5 feasible, 2 on the Pareto front; area_mm2 <= 30.5");
}

TEST(SweepDocument, BecomesMarkdownWithoutMarkupOfItsOwn) {
  Json sweep = example_sweep();
  sweep["name"] = "<b>[x](y)";
  EXPECT_THAT(markdown_document({"a_b", sweep}),
              AllOf(StartsWith("# a\\_b\n"), HasSubstr("## Pareto front"), Not(HasSubstr("<b>[")),
                    HasSubstr("\\<b\\>")));
}

}  // namespace
}  // namespace escalate
