// Studies, on two sweeps of made-up points, and the tables that they draw.
#include <vector>

#include "common/csv_table.h"
#include "common/error.h"
#include "fuzz/mutations.h"
#include "fuzz/targets.h"
#include "study/study.h"
#include "sweep/plan.h"

namespace escalate {
namespace {

SweepSpec made_up_sweep(const std::string& name) {
  const std::string workloads = "workloads: [one.yaml, two.yaml]\n";
  if (name == "effects") {
    return stored_sweep_spec(name, workloads +
                                       "axes: {blocks: [8, 4], ca.lanes: [16, 8]}\n"
                                       "strategy: one-at-a-time\n");
  }
  if (name == "grid") {
    return stored_sweep_spec(
        name, workloads + "axes: {blocks: [4, 8], ca.pattern: [\"L<0,0>\", \"L<3,2>\"]}\n");
  }
  throw UserError("there is no sweep '" + name + "'");
}

std::vector<SweepMember> made_up_points(const SweepSpec& spec) {
  std::vector<SweepMember> members;
  for (const PlannedPoint& planned : plan_of(spec)->next()) {
    SweepMember member;
    member.number = std::int64_t(members.size());
    member.workload = planned.workload;
    member.choice = planned.choice;
    member.key = std::to_string(member.number);
    member.record.emplace().status = "done";
    for (const SweepQuantity& quantity : sweep_quantities()) {
      member.record->values[quantity.name] = double(1 + member.number % 3);
    }
    members.push_back(std::move(member));
  }
  return members;
}

void read_study_text(const std::string& bytes) {
  const Study study = parse_study(bytes, "fuzz.yaml", made_up_sweep);
  std::vector<std::vector<SweepMember>> members;
  for (const StudySweep& sweep : study.sweeps->all) members.push_back(made_up_points(sweep.spec));
  const auto files = study_files(study, StudyPoints(*study.sweeps, std::move(members)));
  ensure(files.size() == study_file_names(study).size(), "a study makes the files that it names");
}

void read_csv(const std::string& bytes) {
  const CsvTable table = csv_table(bytes, "fuzz.csv");
  for (const auto& row : table.rows) {
    ensure(row.size() == table.columns.size(), "a row has a cell for each column");
  }
}

}  // namespace

FuzzTarget study_target() {
  return {"study", "a study of two sweeps, with its figures and tables", run<read_study_text>,
          mutated_text};
}

FuzzTarget csv_target() { return {"csv", "a table in a CSV file", run<read_csv>, mutated_text}; }

}  // namespace escalate
