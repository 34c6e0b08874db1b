#include "report/charts/charts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "common/atomic_file.h"
#include "report/charts/plain_names.h"
#include "report/charts/plot.h"
#include "report/work.h"
#include "tests/report/example_result.h"
#include "tests/report/example_sweep.h"
#include "tests/support/expect_user_error.h"
#include "tests/support/places.h"

namespace escalate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string drawn(const std::string& name, const ChartData& data,
                  FigureWidth width = FigureWidth::kColumn) {
  return chart_named(name, "--chart").draw(data, width);
}

ChartData of_results(std::vector<Result> results) {
  const std::vector<std::string> files(results.size(), "r.json");
  return {labelled(std::move(results), files), {}};
}

ChartData of_sweep(Json sweep) { return {{}, {{"s", std::move(sweep)}}}; }

/// A result of the example's work on another machine, `times` as slow and as hungry.
Result slower(const std::string& accelerator, double times) {
  Result result = example_result();
  result.accelerator = accelerator;
  result.total.seconds *= times;
  result.total.energy_pj *= times;
  return result;
}

int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

/// Every element that is opened is closed, in order.
bool is_well_formed(const std::string& svg) {
  const std::regex tag(R"re(<(/?)([a-z]+)((?:[^<>"]|"[^"]*")*?)(/?)>)re");
  std::vector<std::string> open;
  for (auto it = std::sregex_iterator(svg.begin(), svg.end(), tag); it != std::sregex_iterator();
       ++it) {
    const std::smatch& match = *it;
    if (match[4] == "/") continue;
    if (match[1] != "/") {
      open.push_back(match[2]);
    } else {
      if (open.empty() || open.back() != match[2]) return false;
      open.pop_back();
    }
  }
  return open.empty();
}

TEST(Charts, AreAllDrawnAndWellFormed) {
  Json sweep = example_sweep(2);
  for (const Chart& chart : charts()) {
    for (const FigureWidth width : {FigureWidth::kColumn, FigureWidth::kPage}) {
      const std::string name(chart.name);
      ChartData data = of_results({example_result()});
      if (name == "speedup" || name == "comparison")
        data = of_results({example_result(), slower("other", 2)});
      if (name == "pareto" || name == "sensitivity") data = of_sweep(sweep);
      if (name == "roofline") {
        for (LayerResult& layer : data.results[0].result.layers) {
          layer.counters["dram_read_bytes"] = 1000;
        }
      }
      const std::string svg = drawn(name, data, width);
      EXPECT_TRUE(svg.starts_with("<svg ")) << name;
      EXPECT_TRUE(is_well_formed(svg)) << name << "\n" << svg;
      EXPECT_THAT(svg, Not(HasSubstr("nan"))) << name;
      EXPECT_THAT(svg, Not(HasSubstr("inf"))) << name;
      EXPECT_EQ(svg, drawn(name, data, width)) << "the same data draw the same figure";
    }
  }
}

TEST(Charts, AreAsWideAsAColumnOrAPage) {
  const ChartData data = of_results({example_result()});
  EXPECT_THAT(drawn("area", data), HasSubstr("width=\"241pt\""));
  EXPECT_THAT(drawn("area", data, FigureWidth::kPage), HasSubstr("width=\"505pt\""));
}

TEST(Charts, StackTheEnergyOfEachLayer) {
  const std::string svg = drawn("energy", of_results({example_result()}));
  // conv1: dram, multipliers, leakage; fc: dram, leakage. Three keys, and the white ground.
  EXPECT_EQ(count(svg, "<rect x="), 3 + 2 + 3);
  EXPECT_THAT(svg, HasSubstr(">fc, &quot;the last&quot;</text>"));
  EXPECT_THAT(svg, HasSubstr("energy [µJ]"));
}

TEST(Charts, ShowBarsAsHighAsTheirValues) {
  Result other = example_result();
  other.accelerator = "other";
  const std::string svg = drawn("area", of_results({example_result(), other}));
  const std::regex bar(R"re(<rect x="[\d.]+" y="[\d.]+" width="([\d.]+)" height="([\d.]+)")re");
  std::vector<double> heights;
  for (auto it = std::sregex_iterator(svg.begin(), svg.end(), bar); it != std::sregex_iterator();
       ++it) {
    if (std::stod((*it)[1]) > 20) heights.push_back(std::stod((*it)[2]));  // keys are small
  }
  ASSERT_EQ(heights.size(), 4u);
  EXPECT_NEAR(heights[0] / heights[1], 3.25 / 4.5, 0.005);
}

TEST(Charts, ShowTheUnitsOfOneMachineSideBySide) {
  const std::string svg = drawn("area", of_results({example_result()}));
  EXPECT_THAT(svg, HasSubstr("Area of escalate: 7.75 mm²"));
  EXPECT_EQ(count(svg, "<rect x="), 2) << "a bar each, and no keys";
}

TEST(Charts, SayWhatThingsAreInWords) {
  EXPECT_EQ(plain_name("wait_input"), "wait for input");
  EXPECT_EQ(plain_name("activation_rams"), "activation RAMs");
  EXPECT_EQ(plain_name("idle_pes"), "idle PEs");
  EXPECT_EQ(plain_unit("energy [uJ]"), "energy [µJ]");
  EXPECT_EQ(plain_unit("area [mm2]"), "area [mm²]");
  Result result = example_result();
  result.layers[0].energy_pj["ring_buffers"] = 5;
  EXPECT_THAT(drawn("energy", of_results({result})), Not(HasSubstr("ring_buffers")));
}

TEST(Charts, PutTogetherWhatDoesTheSameOnMachinesOfManyUnits) {
  Result first = example_result();
  Result second = slower("other", 2);
  for (int i = 0; i < 7; ++i) first.area_mm2["unit " + std::to_string(i)] = 1;
  first.area_mm2["ring_buffers"] = 1;
  second.area_mm2["scratchpads"] = 1;
  const std::string svg = drawn("area", of_results({first, second}));
  EXPECT_THAT(svg, HasSubstr(">local memories</text>"));
  EXPECT_THAT(svg, Not(HasSubstr("scratchpads")));
}

TEST(Charts, KnowWhatUnitsOfOtherMachinesDo) {
  const NamedValues<double> sums = by_role(
      {{"shared_memory", 1}, {"global_buffer", 2}, {"sums", 4}, {"crossbars", 8}, {"own", 16}});
  EXPECT_EQ(sums.value_of("global_buffer"), 3);
  EXPECT_EQ(sums.value_of("local_memories"), 4);
  EXPECT_EQ(sums.value_of("networks"), 8);
  EXPECT_EQ(sums.value_of("own"), 16) << "other groups keep their names";
}

TEST(Charts, StandOverTheBaseMachineWhereItRan) {
  Json sweep = example_sweep();
  for (Json& point : sweep["points"]) point.erase("base");
  EXPECT_THAT(drawn("pareto", of_sweep(sweep)), Not(HasSubstr("over the base machine")));
  for (Json& point : sweep["points"]) {
    if (point["status"] != "done") continue;
    point["base"] = true;
    break;
  }
  EXPECT_THAT(drawn("pareto", of_sweep(sweep)), HasSubstr("over the base machine"));
}

TEST(Charts, JoinAFrontOfTwoObjectivesByALineAndOneOfThreeByNone) {
  Json sweep = example_sweep();
  sweep["objectives"] = {"cycles", "energy_pj"};
  const std::string of_two = drawn("pareto", of_sweep(sweep));
  sweep["objectives"] = {"cycles", "energy_pj", "area_mm2"};
  const std::string of_three = drawn("pareto", of_sweep(sweep));
  EXPECT_THAT(of_two, Not(HasSubstr("by cycles")));
  EXPECT_THAT(of_three, HasSubstr("by cycles, energy and area"));
  const auto lines = [](const std::string& svg) {
    std::size_t count = 0;
    for (auto at = svg.find("<polyline"); at != svg.npos; at = svg.find("<polyline", at + 1)) {
      ++count;
    }
    return count;
  };
  EXPECT_GT(lines(of_two), lines(of_three));
}

TEST(BarChart, IsAsHighAsItsLabelsNeed) {
  BarChart chart;
  chart.series = {"s"};
  for (int i = 0; i < 20; ++i) chart.bars.push_back({"l" + std::to_string(i), {1}});
  const double flat = bars_height(chart, 241, 100);
  for (BarChart::Bar& bar : chart.bars) bar.label = "layer1.0.conv1";
  EXPECT_GT(bars_height(chart, 241, 100), flat + 30);
  chart.bars.resize(3);
  chart.bars[0].label = "resnet18-imagenet";
  EXPECT_LT(bars_height(chart, 241, 100), flat + 10) << "few bars have room for two lines";
}

TEST(Charts, GiveGeometricMeansOfSpeedUps) {
  const Result first = example_result();
  const Result second = slower("other", 2);
  const auto of_other_work = [](Result result) {
    result.network = "another";
    result.layers[0].name = "another layer";
    return result;
  };
  const Result third = of_other_work(first);
  const Result fourth = of_other_work(slower("other", 8));
  const std::string svg = drawn("speedup", of_results({first, second, third, fourth}));
  EXPECT_THAT(svg, HasSubstr("Speed-up of escalate over each"));
  EXPECT_THAT(svg, HasSubstr(">mean</text>"));
  // 2, 8 and their mean 4 in each of two panels, drawn to one scale each.
  const std::regex bar(R"re(<rect x="[\d.]+" y="[\d.]+" width="[\d.]+" height="([\d.]+)")re");
  std::vector<double> heights;
  for (auto it = std::sregex_iterator(svg.begin(), svg.end(), bar); it != std::sregex_iterator();
       ++it) {
    heights.push_back(std::stod((*it)[1]));
  }
  ASSERT_EQ(heights.size(), 6u);
  EXPECT_NEAR(heights[1] / heights[0], 4, 0.1);
  EXPECT_NEAR(heights[2] / heights[0], 2, 0.1);
}

TEST(Charts, ShowTheAreaOfEachAcceleratorBesideItsRatios) {
  Result other = slower("other", 2);
  other.area_mm2 = {{"buffers", 3}};
  const std::string svg = drawn("comparison", of_results({example_result(), other}));
  EXPECT_THAT(svg, AllOf(HasSubstr("Speed-up of escalate over each"), HasSubstr(">Area</text>"),
                         HasSubstr("Energy efficiency of escalate over each")));
  Result first = example_result();
  first.area_mm2 = other.area_mm2 = {};
  EXPECT_USER_ERROR(drawn("comparison", of_results({first, other})), HasSubstr("with areas"));
}

TEST(Charts, RefuseDataThatTheyAreNotOf) {
  const ChartData result = of_results({example_result()});
  const ChartData sweep = of_sweep(example_sweep());
  EXPECT_USER_ERROR(drawn("speedup", result), HasSubstr("several results of the same work"));
  EXPECT_USER_ERROR(drawn("pareto", result), HasSubstr("is of one sweep"));
  EXPECT_USER_ERROR(drawn("energy", sweep), HasSubstr("the files are sweeps"));
  EXPECT_USER_ERROR(drawn("cycles", of_results({example_result(), slower("other", 2)})),
                    HasSubstr("cycles is of one result"));
  EXPECT_USER_ERROR(drawn("roofline", result), HasSubstr("DRAM traffic"));
  Json nothing_done = example_sweep();
  for (Json& point : nothing_done["points"]) point["feasible"] = false;
  EXPECT_USER_ERROR(drawn("pareto", of_sweep(nothing_done)), HasSubstr("it has none"));
}

TEST(Charts, AreFoundByNameOrTheNearestIsSaid) {
  EXPECT_USER_ERROR(chart_named("enrgy", "--chart"),
                    testing::AllOf(HasSubstr("--chart: expected energy, cycles"),
                                   HasSubstr("did you mean 'energy'?")));
}

TEST(Charts, AreAllInTheCommandsPage) {
  const std::string page = read_file(source_folder() + "/docs/commands.md");
  for (const Chart& chart : charts()) {
    EXPECT_THAT(page, HasSubstr("| `" + std::string(chart.name) + "` |"));
  }
}

TEST(BarChart, ShowsAtMostAsManySeriesAsThePaletteHas) {
  BarChart chart;
  BarChart::Bar bar{"a", {}};
  for (int i = 0; i < kPaletteSize + 3; ++i) {
    chart.series.push_back("s" + std::to_string(i));
    bar.values.push_back(i);
  }
  chart.bars = {bar};
  fold_series(chart);
  ASSERT_EQ(chart.series.size(), std::size_t{kPaletteSize});
  EXPECT_EQ(chart.series.front(), "s4") << "the largest stay, in their order";
  EXPECT_EQ(chart.series.back(), "4 others");
  EXPECT_THAT(chart.bars[0].values, ElementsAre(4, 5, 6, 7, 8, 9, 10, 11, 12, 0 + 1 + 2 + 3));
}

TEST(Svg, EscapesWhatNamesMayHold) {
  Svg svg(10, 10, "a < b & \"c\"");
  svg.text({1, 1}, "</text><script>");
  const std::string text = svg.document();
  EXPECT_THAT(text, HasSubstr("<title>a &lt; b &amp; &quot;c&quot;</title>"));
  EXPECT_THAT(text, Not(HasSubstr("<script>")));
}

TEST(Svg, ShowsATipWhereTheMouseRestsOnAMarker) {
  Svg svg(10, 10, "");
  svg.marker({5, 5}, {0}, 5, false, "rows < 4 \x1b");
  svg.marker({5, 5}, {1}, 5, true, "square");
  const std::string text = svg.document();
  EXPECT_THAT(text, HasSubstr("><title>rows &lt; 4 \\u001b</title></circle>"));
  EXPECT_THAT(text, HasSubstr("><title>square</title></polygon>"));
}

TEST(PlaneChart, HasLinesInTheColoursOfTheirSeriesAndTicksThatAreNoNumbers) {
  PlaneChart chart;
  chart.series = {"a", "b"};
  chart.marks = {{0, 10, 0, ""}, {1, 12, 1, "", false, "tip"}};
  chart.lines = {{{{0, 10}, {1, 12}}, "", false, 0}, {{{0, 11}, {1, 11}}, "", false}};
  chart.x_ticks = {{0, "L<1,0>"}, {1, "T<2,5>"}};
  chart.y_from_zero = true;
  Svg svg(241, 180, "");
  draw_plane(svg, {0, 0, 241, 180}, chart);
  const std::string text = svg.document();
  EXPECT_TRUE(is_well_formed(text)) << text;
  const auto polyline = [&](std::size_t from) {
    const std::size_t at = text.find("<polyline", from);
    return text.substr(at, text.find("/>", at) - at);
  };
  EXPECT_THAT(polyline(0), HasSubstr("stroke=\"#0072b2\""));
  EXPECT_THAT(polyline(text.find("<polyline") + 1), HasSubstr("stroke=\"#000000\""));
  EXPECT_THAT(text, HasSubstr(">L&lt;1,0&gt;</text>"));
  EXPECT_THAT(text, HasSubstr(">0</text>")) << "the y axis begins at zero";
  EXPECT_EQ(count(text, "<title>tip</title>"), 1);
}

TEST(PlaneChart, LeavesOutLabelsThatHaveNoRoom) {
  PlaneChart chart;
  chart.series = {"a"};
  for (int i = 0; i < 40; ++i) {
    chart.marks.push_back({double(i), 1, 0, ""});
    chart.x_ticks.push_back({double(i), "value" + std::to_string(i)});
  }
  Svg svg(241, 180, "");
  draw_plane(svg, {0, 0, 241, 180}, chart);
  const int shown = count(svg.document(), ">value");
  EXPECT_GT(shown, 2);
  EXPECT_LT(shown, 12);
}

TEST(Svg, DrawsEachSeriesInItsOwnWay) {
  std::set<std::string> shapes;
  for (int i = 0; i < kPaletteSize; ++i) {
    Svg svg(10, 10, "");
    svg.marker({5, 5}, {i});
    svg.rectangle(0, 0, 1, 1, {i});
    shapes.insert(svg.document());
  }
  EXPECT_EQ(shapes.size(), std::size_t{kPaletteSize});
}

}  // namespace
}  // namespace escalate
