// What became of the points of a study's sweeps.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "study/measure.h"
#include "study/study_sweeps.h"
#include "sweep/store.h"

namespace escalate {

/// A point with its sweep. Both outlive it.
struct StudyPoint {
  const SweepSpec* spec = nullptr;
  const SweepMember* member = nullptr;

  bool is_done() const { return member->record && member->record->status == "done"; }
  /// None where the point is not done, or lacks the quantity.
  std::optional<double> value_of(const std::string& quantity) const;
  /// "done", "failed", "excluded" or "to do".
  std::string status() const { return member->record ? member->record->status : "to do"; }
  /// The value on an axis; nullptr if its sweep has none of that parameter.
  const std::string* on_axis(const std::string& key) const;
  /// The parameter's value, on an axis or not.
  std::string setting(const std::string& key) const;
  /// "rows 4, ca.lanes 8": what it chose.
  std::string choice_text() const;
};

class StudyPoints {
 public:
  /// `members` has the points of each sweep of `sweeps`, which outlives this object.
  StudyPoints(const StudySweeps& sweeps, std::vector<std::vector<SweepMember>> members);

  const StudySweeps& sweeps() const { return *sweeps_; }
  const std::vector<SweepMember>& members(std::size_t sweep) const { return members_[sweep]; }

  /// Points of these sweeps on the workload that are done; those with all of `settings`.
  std::vector<StudyPoint> done(const SweepIndices& sweeps, const std::string& workload,
                               const std::vector<AxisSetting>& settings = {}) const;
  /// Those that keep their sweep's constraints; equal ones of several sweeps once.
  std::vector<StudyPoint> feasible(const SweepIndices& sweeps, const std::string& workload) const;

  /// The first point of a sweep on the workload. UserError if there is none that is done.
  StudyPoint first(std::size_t sweep, const std::string& workload) const;
  /// The same of the sweep that the study calls its base, at whose place errors are.
  StudyPoint base(const std::string& workload) const;
  /// The point of that choice; a `member` of nullptr if there is none.
  StudyPoint with_choice(std::size_t sweep, const std::string& workload,
                         const SweepChoice& choice) const;

  /// None where the point lacks it, or has nothing to be divided by.
  std::optional<double> value(const Measure& measure, const StudyPoint& point) const;
  std::vector<std::optional<double>> values(const Measure& measure,
                                            const std::vector<StudyPoint>& points) const;

 private:
  std::optional<double> divisor(const Measure& measure, const StudyPoint& point) const;

  const StudySweeps* sweeps_;
  std::vector<std::vector<SweepMember>> members_;
};

/// Those that no other one beats in these quantities (each is to be small), in order of the first;
/// points that lack one are left out.
std::vector<StudyPoint> front_of(const std::vector<StudyPoint>& points,
                                 const std::vector<std::string>& quantities);

}  // namespace escalate
