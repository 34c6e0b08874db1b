#include "report/explanation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/documents.h"
#include "report/html_page.h"
#include "tests/report/example_result.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Explanation example() {
  Explanation explanation;
  explanation.base = {1000, 2000, 10};
  explanation.what_ifs = {{"network_bytes", "128", "256", {1000, 2000, 10.5}},
                          {"blocks", "8", "16", {500, 2100, 18}},
                          {"rows", "6", "12", {800, 2000, 15}},
                          {"slices", "4", "8", {800, 2000, 14}},
                          {"mac.multipliers", "5", "10", {900, 1900, 11}}};
  explanation.not_tried = {{"ca.chunk", "expected 8 to 64"}};
  sort_what_ifs(explanation);
  return explanation;
}

TEST(Explanation, ShowsTheThreeThatHelpMostWithTheirCost) {
  EXPECT_EQ(what_if_table(example(), false).csv(),
            "parameter,from,to,cycles,speed-up,energy,area,area [mm2]\n"
            "blocks,8,16,500,2.000x,+5.0%,+80.0%,+8.00\n"
            "slices,4,8,800,1.250x,+0.0%,+40.0%,+4.00\n"
            "rows,6,12,800,1.250x,+0.0%,+50.0%,+5.00\n");
  EXPECT_THAT(what_if_table(example(), true).csv(), HasSubstr("mac.multipliers,5,10,900,1.111x"));
}

TEST(Explanation, ShowsNoneThatDoesNotHelp) {
  Explanation explanation = example();
  explanation.what_ifs.erase(explanation.what_ifs.begin(), explanation.what_ifs.end() - 1);
  EXPECT_THAT(what_if_table(explanation, false).csv(), Not(HasSubstr("network_bytes")));
}

TEST(Explanation, TellsWhatDoesNotHelpAndWhatCouldNotBeTried) {
  EXPECT_EQ(what_if_text(example()),
            "4 of 5 parameters, doubled one at a time, help\n"
            "beside the first three: mac.multipliers=10 1.111x (area +10.0%)\n"
            "least area x time: blocks=16 (0.900 of this machine's)\n"
            "least energy x time: blocks=16 (0.525 of this machine's)\n"
            "no help (below 1.005x): network_bytes=256 1.000x\n"
            "not tried: ca.chunk: expected 8 to 64\n");
}

TEST(Explanation, NamesNothingAsBestThatIsNoBetterThanTheMachine) {
  Explanation explanation = example();
  for (WhatIf& what_if : explanation.what_ifs) what_if.cost.area_mm2 = 30;
  EXPECT_THAT(what_if_text(explanation),
              AllOf(Not(HasSubstr("area x time")), HasSubstr("least energy x time")));
}

TEST(Explanation, IsReadBackFromTheResultThatHasIt) {
  Result result = example_result();
  result.explanation = example();
  result.explanation->layers = "conv1";
  result.source.arguments = {"net.yaml", "--seed", "3"};
  EXPECT_EQ(result_from_json(result_to_json(result), "r.json"), result);
}

TEST(Explanation, StandsInPagesAndText) {
  Result result = charged_example(2);
  result.explanation = example();
  EXPECT_THAT(markdown_document(labelled({result}, {"r.json"})), HasSubstr("## What would help\n"));
  EXPECT_THAT(html_page(labelled({result}, {"r.json"})),
              HasSubstr("4 of 5 parameters, doubled one at a time, help"));
}

TEST(Explanation, SumsTheLimitsOfTheLayers) {
  Result result = example_result();
  result.layers[0].limits = {{"mac", 900}, {"input", 100}};
  result.layers[1].limits = {{"mac", 0.4}, {"input", 200}};
  EXPECT_EQ(limit_table(result).csv(),
            "resource,limit [cycles],share of the cycles,because of\n"
            "mac,900,60.0%,\ninput,300,20.0%,\n");
}

}  // namespace
}  // namespace escalate
