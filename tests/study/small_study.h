// A made-up study without networks: two sweeps on two workloads, whose cycles and energies are
// simple functions of what was chosen.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "study/study.h"
#include "sweep/plan.h"

namespace escalate {

/// `base` is one at a time around 8 blocks and 16 lanes; `grid` is all of 4 or 8 blocks with 8, 16
/// or 32 lanes, of which 8 with 32 has too much area.
inline SweepSpec small_sweep(const std::string& name) {
  const std::string workloads = "workloads: [one.yaml, two.yaml]\n";
  if (name == "base") {
    return stored_sweep_spec("base.yaml", workloads +
                                              "axes: {blocks: [8, 4, 2], ca.lanes: [16, 8]}\n"
                                              "strategy: one-at-a-time\n");
  }
  if (name == "grid") {
    return stored_sweep_spec("grid.yaml", workloads +
                                              "axes: {blocks: [4, 8], ca.lanes: [8, 16, 32]}\n"
                                              "constraints: [area_mm2 <= 40]\n");
  }
  if (name == "other") {
    return stored_sweep_spec("other.yaml", "workloads: [three.yaml]\naxes: {blocks: [8]}\n");
  }
  throw UserError("there is no sweep '" + name + "'");
}

/// Every point of the sweep, done: cycles 4000 over the blocks, and half as many on `two`; energy a
/// million a lane; an area of one a block and lane.
inline std::vector<SweepMember> small_members(const SweepSpec& spec) {
  std::vector<SweepMember> members;
  const auto plan = plan_of(spec);
  std::vector<PlannedPoint> all;
  for (auto batch = plan->next(); !batch.empty(); batch = plan->next()) {
    all.insert(all.end(), batch.begin(), batch.end());
  }
  for (const PlannedPoint& planned : all) {
    SweepMember member;
    member.number = std::int64_t(members.size());
    member.workload = planned.workload;
    member.choice = planned.choice;
    double blocks = 8, lanes = 16;
    for (std::size_t i = 0; i < spec.axes.size(); ++i) {
      (spec.axes[i].key == "blocks" ? blocks : lanes) = std::stod(planned.choice[i]);
    }
    member.key = member.workload + " " + std::to_string(blocks) + " " + std::to_string(lanes);
    SweepRecord record;
    record.status = "done";
    record.values["area_mm2"] = blocks * lanes / 4;
    record.values["cycles"] = (member.workload == "two" ? 2000 : 4000) / blocks;
    record.values["energy_pj"] = lanes * 1e6;
    record.values["edp_js"] = record.values["cycles"] * record.values["energy_pj"] * 1e-21;
    record.values["top1_error"] = member.workload == "two" ? 0.25 : 0.5;
    member.record = record;
    members.push_back(std::move(member));
  }
  return members;
}

/// The study of these sweeps, of which figures and tables are made.
class SmallStudy : public testing::Test {
 protected:
  static constexpr const char* kSweeps =
      "title: small\nsweeps: [base, grid]\nbase: {sweep: base, name: default}\n";

  static Study study_of(const std::string& text) {
    return parse_study(text, "study.yaml", small_sweep);
  }
  /// All points are done, unless `change` makes something else of them.
  template <class Change>
  static std::vector<StudyFile> files_of(const std::string& text, Change&& change) {
    const Study study = study_of(text);
    std::vector<std::vector<SweepMember>> members;
    for (const StudySweep& sweep : study.sweeps->all) {
      members.push_back(small_members(sweep.spec));
      for (SweepMember& member : members.back()) change(sweep.name, member);
    }
    return study_files(study, StudyPoints(*study.sweeps, std::move(members)));
  }
  static std::vector<StudyFile> files_of(const std::string& text) {
    return files_of(text, [](const std::string&, SweepMember&) {});
  }
  /// What stands below the heading of the only table `declared`.
  template <class... Change>
  static std::string table_of(const std::string& declared, Change&&... change) {
    const auto files =
        files_of(std::string(kSweeps) + "tables:\n  - {title: T, " + declared + "}\n",
                 std::forward<Change>(change)...);
    const std::string& page = files.back().text;
    const std::string heading = "## T\n\n";
    EXPECT_NE(page.find(heading), page.npos);
    return page.substr(page.find(heading) + heading.size());
  }
  /// The pictures of the only figure `declared`, which is a YAML mapping in one line.
  template <class... Change>
  static std::vector<StudyFile> figure_of(const std::string& declared, Change&&... change) {
    return files_of(std::string(kSweeps) + "figures:\n  - {title: T, " + declared + "}\n",
                    std::forward<Change>(change)...);
  }
  static int count(const std::string& text, const std::string& part) {
    int found = 0;
    for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
    return found;
  }
};

}  // namespace escalate
