#include "study/study_points.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "common/config.h"
#include "common/error.h"
#include "sweep/summary.h"

namespace escalate {
namespace {

bool has_settings(const StudyPoint& point, const std::vector<AxisSetting>& settings) {
  return std::all_of(settings.begin(), settings.end(), [&](const AxisSetting& setting) {
    const std::string* value = point.on_axis(setting.key);
    return value != nullptr && *value == setting.value;
  });
}

std::string plain(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

std::optional<double> StudyPoint::value_of(const std::string& quantity) const {
  if (!is_done()) return std::nullopt;
  const bool is_right = quantity == kTop1Right;
  const double* value = member->record->values.find(is_right ? kTop1Error : quantity);
  if (value == nullptr) return std::nullopt;
  constexpr double kHundred = 100;
  return is_right ? kHundred * (1 - *value) : *value;
}

const std::string* StudyPoint::on_axis(const std::string& key) const {
  for (std::size_t i = 0; i < spec->axes.size(); ++i) {
    if (spec->axes[i].key == key) return &member->choice[i];
  }
  return nullptr;
}

std::string StudyPoint::setting(const std::string& key) const {
  if (const std::string* value = on_axis(key)) return *value;
  SweepSettings settings = settings_of(*spec, member->choice);
  if (key == "terms") return std::to_string(settings.terms);
  if (key == "pointwise_terms") return std::to_string(settings.pointwise_terms);
  if (key == "batch") return std::to_string(settings.batch);
  const ConfigView view(settings.config);
  for (const ConfigView::Field& field : view.fields()) {
    if (field.name == key) return plain(field.value());
  }
  throw InternalError("a parameter that no machine has: " + key);
}

std::string StudyPoint::choice_text() const {
  std::string text;
  for (std::size_t i = 0; i < spec->axes.size(); ++i) {
    text += fmt::format("{}{} {}", i > 0 ? ", " : "", spec->axes[i].key, member->choice[i]);
  }
  return text;
}

StudyPoints::StudyPoints(const StudySweeps& sweeps, std::vector<std::vector<SweepMember>> members)
    : sweeps_(&sweeps), members_(std::move(members)) {
  ensure(members_.size() == sweeps.all.size(), "each sweep of a study has its points");
  for (auto& of_sweep : members_) {
    std::stable_sort(of_sweep.begin(), of_sweep.end(),
                     [](const auto& a, const auto& b) { return a.number < b.number; });
  }
}

std::vector<StudyPoint> StudyPoints::done(const SweepIndices& sweeps, const std::string& workload,
                                          const std::vector<AxisSetting>& settings) const {
  std::vector<StudyPoint> points;
  for (const std::size_t sweep : sweeps) {
    for (const SweepMember& member : members_[sweep]) {
      const StudyPoint point{&sweeps_->all[sweep].spec, &member};
      if (member.workload == workload && point.is_done() && has_settings(point, settings)) {
        points.push_back(point);
      }
    }
  }
  return points;
}

std::vector<StudyPoint> StudyPoints::feasible(const SweepIndices& sweeps,
                                              const std::string& workload) const {
  std::vector<StudyPoint> points = done(sweeps, workload);
  std::set<std::string> seen;
  std::erase_if(points, [&](const StudyPoint& point) {
    return !is_feasible(*point.spec, *point.member->record) ||
           !seen.insert(point.member->key).second;
  });
  return points;
}

StudyPoint StudyPoints::first(std::size_t sweep, const std::string& workload) const {
  const auto& members = members_[sweep];
  const StudySweep& of = sweeps_->all[sweep];
  const auto member = std::find_if(members.begin(), members.end(), [&](const SweepMember& one) {
    return one.workload == workload;
  });
  if (member == members.end()) {
    throw UserError(fmt::format("sweep '{}' has no point of '{}'", of.name, workload));
  }
  const StudyPoint point{&of.spec, &*member};
  if (!point.is_done()) {
    throw UserError(fmt::format("the first point of sweep '{}' on '{}' is not done ({})", of.name,
                                workload, point.status()));
  }
  return point;
}

StudyPoint StudyPoints::base(const std::string& workload) const {
  ensure(sweeps_->base.has_value(), "only a study with a base is asked for it");
  try {
    return first(sweeps_->base->sweep, workload);
  } catch (const UserError& error) {
    throw UserError(sweeps_->base->place, error.message());
  }
}

StudyPoint StudyPoints::with_choice(std::size_t sweep, const std::string& workload,
                                    const SweepChoice& choice) const {
  for (const SweepMember& member : members_[sweep]) {
    if (member.workload == workload && member.choice == choice) {
      return {&sweeps_->all[sweep].spec, &member};
    }
  }
  return {};
}

std::optional<double> StudyPoints::divisor(const Measure& measure, const StudyPoint& point) const {
  if (measure.over_base) return base(point.member->workload).value_of(measure.quantity);
  SweepChoice choice = point.member->choice;
  for (std::size_t i = 0; i < choice.size(); ++i) {
    for (const AxisSetting& setting : measure.over) {
      if (point.spec->axes[i].key == setting.key) choice[i] = setting.value;
    }
  }
  for (std::size_t sweep = 0; sweep < members_.size(); ++sweep) {
    if (&sweeps_->all[sweep].spec != point.spec) continue;
    const StudyPoint other = with_choice(sweep, point.member->workload, choice);
    if (other.member != nullptr) return other.value_of(measure.quantity);
  }
  return std::nullopt;
}

std::optional<double> StudyPoints::value(const Measure& measure, const StudyPoint& point) const {
  const std::optional<double> value = point.value_of(measure.quantity);
  if (!value || !measure.is_relative()) return value;
  const std::optional<double> by = divisor(measure, point);
  if (!by || *by == 0) return std::nullopt;
  return *value / *by;
}

std::vector<std::optional<double>> StudyPoints::values(
    const Measure& measure, const std::vector<StudyPoint>& points) const {
  std::vector<std::optional<double>> all;
  for (const StudyPoint& point : points) all.push_back(value(measure, point));
  return all;
}

std::vector<StudyPoint> front_of(const std::vector<StudyPoint>& points,
                                 const std::vector<std::string>& quantities) {
  SweepSpec of_quantities;
  of_quantities.objectives = quantities;
  // Numbers are places in `points`: those of several sweeps are alike.
  std::vector<SweepMember> members;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const bool has_all = std::all_of(
        quantities.begin(), quantities.end(),
        [&](const std::string& quantity) { return points[i].value_of(quantity).has_value(); });
    if (!has_all) continue;
    SweepMember member;
    member.number = std::int64_t(i);
    member.record.emplace();
    for (const std::string& quantity : quantities) {
      member.record->values[quantity] = *points[i].value_of(quantity);
    }
    members.push_back(std::move(member));
  }
  std::vector<StudyPoint> front;
  for (const SweepMember& member : pareto_front(of_quantities, members)) {
    front.push_back(points[std::size_t(member.number)]);
  }
  return front;
}

}  // namespace escalate
