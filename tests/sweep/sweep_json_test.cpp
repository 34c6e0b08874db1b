#include "sweep/sweep_json.h"

#include <gtest/gtest.h>

#include <cmath>

#include "common/atomic_file.h"
#include "sweep/plan.h"
#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

class SweepJson : public testing::Test {
 protected:
  void SetUp() override {
    write_file(folder_.file("net.yaml"), "");
    write_file(folder_.file("s.yaml"),
               "workloads: [net.yaml]\n"
               "base: {clock_mhz: 500}\n"
               "axes: {blocks: [1, 2], ca.pattern: [\"L<1,0>\", \"L<3,2>\"]}\n"
               "constraints: [area_mm2 <= 4]\n");
    spec_ = read_sweep_spec(folder_.file("s.yaml"));
    const auto choices = choices_of(spec_);
    for (std::size_t i = 0; i < choices.size(); ++i) {
      members_.push_back({std::int64_t(i), spec_.workloads[0].name, choices[i], "k", {}});
    }
    members_[0].record = done(3, 100, 20);
    members_[1].record = done(3, 200, 30);  // beaten by the first
    members_[2].record = SweepRecord{
        "excluded", "area_mm2 is 9, expected area_mm2 <= 4", {{"area_mm2", 9.0}}, {}, 0, ""};
  }
  static SweepRecord done(double area, double cycles, double energy) {
    return {"done", "",  {{"area_mm2", area}, {"cycles", cycles}, {"energy_pj", energy}},
            Json(), 1.5, ""};
  }
  TemporaryFolder folder_;
  SweepSpec spec_;
  std::vector<SweepMember> members_;
};

TEST_F(SweepJson, SaysWhatWasTried) {
  const Json json = sweep_to_json(spec_, members_);
  EXPECT_EQ(json.at("schema"), "escalate.sweep/1");
  EXPECT_EQ(json.at("workloads"), Json::parse(R"(["net"])"));
  EXPECT_EQ(json.at("base"), Json::parse(R"({"clock_mhz": "500"})"));
  EXPECT_EQ(json.at("axes"), Json::parse(R"([
    {"key": "blocks", "numeric": true, "values": [1.0, 2.0]},
    {"key": "ca.pattern", "numeric": false, "values": ["L<1,0>", "L<3,2>"]}])"));
  EXPECT_EQ(json.at("constraints"),
            Json::parse(R"([{"quantity": "area_mm2", "relation": "<=", "bound": 4.0}])"));
  EXPECT_EQ(json.at("objectives"), Json::parse(R"(["cycles", "energy_pj"])"));
}

TEST_F(SweepJson, HasEveryPointWithWhatBecameOfIt) {
  const Json points = sweep_to_json(spec_, members_).at("points");
  ASSERT_EQ(points.size(), 4U);
  EXPECT_EQ(points[0], Json::parse(R"({"number": 0, "workload": "net",
    "choice": {"blocks": 1.0, "ca.pattern": "L<1,0>"}, "status": "done", "reason": "",
    "values": {"area_mm2": 3.0, "cycles": 100.0, "energy_pj": 20.0},
    "feasible": true, "pareto": true})"));
  EXPECT_TRUE(points[1].at("feasible"));
  EXPECT_FALSE(points[1].at("pareto"));
  EXPECT_EQ(points[2].at("status"), "excluded");
  EXPECT_EQ(points[2].at("values"), Json::parse(R"({"area_mm2": 9.0})"));
  EXPECT_FALSE(points[2].at("feasible"));
  EXPECT_EQ(points[3].at("status"), "to do");
}

TEST_F(SweepJson, NetworksCompeteWhereTheirErrorsAreAnObjective) {
  for (const char* name : {"good.onnx", "bad.onnx"}) write_file(folder_.file(name), "");
  write_file(folder_.file("s.yaml"),
             "workloads: [good.onnx, bad.onnx]\naxes: {blocks: [1, 2]}\n"
             "accuracy: {input: patterns, images: 10}\nobjectives: [cycles, top1_error]\n");
  spec_ = read_sweep_spec(folder_.file("s.yaml"));
  members_.clear();
  const std::vector<std::pair<double, double>> cycles_and_errors = {
      {100, 0.1}, {200, 0.1}, {90, 0.3}, {150, 0.3}};
  for (std::size_t i = 0; i < cycles_and_errors.size(); ++i) {
    const auto [cycles, error] = cycles_and_errors[i];
    SweepRecord record{"done", "", {{"cycles", cycles}, {kTop1Error, error}}, Json(), 1, ""};
    members_.push_back(
        {std::int64_t(i), spec_.workloads[i / 2].name, {i % 2 == 0 ? "1" : "2"}, "k", record});
  }
  const Json points = sweep_to_json(spec_, members_).at("points");
  EXPECT_TRUE(points[0].at("pareto"));
  EXPECT_FALSE(points[1].at("pareto"));
  EXPECT_TRUE(points[2].at("pareto"));  // fewest cycles
  EXPECT_FALSE(points[3].at("pareto"));
  // Without the error each network has a front of its own.
  spec_.objectives = {"cycles"};
  EXPECT_TRUE(sweep_to_json(spec_, members_).at("points")[0].at("pareto"));
}

TEST_F(SweepJson, HasTheSensitivityOfEachValueWithAPoint) {
  Json lines = sweep_to_json(spec_, members_).at("sensitivity");
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[1], Json::parse(R"({"workload": "net", "axis": "blocks", "value": 2.0,
    "points": 0, "failed": 0, "infeasible": 1, "matched": false, "relative": {}})"));
  for (auto& relative : lines[3].at("relative")) {
    relative = std::round(relative.get<double>() * 1e9) / 1e9;
  }
  EXPECT_EQ(lines[3], Json::parse(R"({"workload": "net", "axis": "ca.pattern", "value": "L<3,2>",
    "points": 1, "failed": 0, "infeasible": 0, "matched": true, "relative": {"cycles": 2.0, "energy_pj": 1.5}})"));
}

TEST_F(SweepJson, IsTheSameFromTheSpecificationThatAStoreKeeps) {
  const SweepSpec stored = stored_sweep_spec("s.sqlite", spec_.text);
  EXPECT_EQ(sweep_to_json(stored, members_), sweep_to_json(spec_, members_));
}

}  // namespace
}  // namespace escalate
