#include "sweep/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <set>
#include <thread>

#include "common/error.h"
#include "common/interruption.h"
#include "common/progress.h"
#include "sweep/digest.h"
#include "sweep/plan.h"

namespace escalate {
namespace {

constexpr auto kPatience = std::chrono::milliseconds(50);  // between looks at others' points
constexpr std::size_t kRecordsAtOnce = 1000;               // for points that need not run

// Gives points their keys, of everything that their records depend on.
class Keys {
 public:
  Keys(const SweepSpec& spec, SweepEvaluator& evaluator, std::string version)
      : spec_(spec), evaluator_(evaluator), version_(std::move(version)) {}

  // Numbers the members from `first` on.
  std::vector<SweepMember> members_of(std::int64_t first, const std::vector<PlannedPoint>& batch) {
    std::vector<SweepMember> members;
    for (const PlannedPoint& planned : batch) {
      members.push_back({first + std::int64_t(members.size()),
                         planned.workload,
                         planned.choice,
                         key_of(planned),
                         {}});
    }
    return members;
  }
  // What was wrong with networks and images, each fault once.
  const std::vector<std::string>& unreadable() const { return unreadable_; }

 private:
  std::string key_of(const PlannedPoint& planned) {
    SweepPoint point{*spec_.find_workload(planned.workload), planned.choice, {}};
    try {
      point.settings = settings_of(spec_, planned.choice);
      const std::string broken =
          broken_constraints(values_before(point.settings.config, point.settings.energy_table));
      return digest_of({"point", version_, content_of(point), broken});
    } catch (const UserError& error) {
      // A machine that cannot exist, or a network that cannot be read, has no content but what was
      // asked for and what is wrong with it.
      std::string asked = planned.workload;
      for (const std::string& setting : spec_.base) asked += "\n" + setting;
      for (std::size_t i = 0; i < spec_.axes.size(); ++i) {
        asked += "\n" + spec_.axes[i].key + "=" + planned.choice[i];
      }
      return digest_of({"no point", version_, asked, error.what()});
    }
  }

  std::string content_of(const SweepPoint& point) {
    try {
      return evaluator_.content(point);
    } catch (const UserError& error) {
      const auto known = std::find(unreadable_.begin(), unreadable_.end(), error.what());
      if (known == unreadable_.end()) unreadable_.emplace_back(error.what());
      throw;
    }
  }

  // An excluded point differs from one that ran: other constraints may let it run.
  std::string broken_constraints(const NamedValues<double>& values) const {
    std::string broken;
    for (const SweepConstraint& constraint : spec_.constraints) {
      const double* value = values.find(constraint.quantity);
      if (value != nullptr && !constraint.holds(*value)) broken += constraint.text() + "\n";
    }
    return broken;
  }

  const SweepSpec& spec_;
  SweepEvaluator& evaluator_;
  std::string version_;
  std::vector<std::string> unreadable_;
};

class Runner {
 public:
  Runner(const SweepSpec& spec, SweepStore& store, SweepEvaluator& evaluator, SweepEngine& engine,
         const SweepOptions& options)
      : spec_(spec),
        store_(store),
        engine_(engine),
        options_(options),
        version_(evaluator.version()),
        keys_(spec, evaluator, version_),
        plan_(plan_of(spec)),
        progress_("points", plan_->most_points(), options.quiet) {}

  SweepCounts run() {
    sweep_ = store_.enter(spec_);
    while (!stopped()) {
      const auto batch = plan_->next();
      if (batch.empty()) break;
      run_batch(batch);
    }
    if (!stopped_) store_.drop_members_from(sweep_, entered_);
    return counts();
  }

 private:
  bool stopped() {
    interruption_point();
    return stopped_ = stopped_ || options_.stop();
  }

  void tell_finished() {
    progress_.update(finished_);
    if (options_.progress) options_.progress(finished_, plan_->most_points());
  }

  void run_batch(const std::vector<PlannedPoint>& batch) {
    const auto members = keys_.members_of(entered_, batch);
    store_.put_members(sweep_, members);
    entered_ += std::int64_t(members.size());
    forget_failed(members);
    auto open = open_of(members);
    finished_ = entered_ - std::int64_t(open.size());
    progress_.resume_at(finished_);
    if (options_.progress) options_.progress(finished_, plan_->most_points());
    tell_best_of(members);
    settle(open);
    do {
      for (open = open_of(members); !open.empty() && !stopped(); open = open_of(open)) {
        finished_ = entered_ - std::int64_t(open.size());  // others finish some, too
        if (!run_members(open) && !stopped()) std::this_thread::sleep_for(kPatience);
      }
    } while (!stopped() && !learn(batch, members));
  }

  void forget_failed(const std::vector<SweepMember>& members) {
    std::vector<std::string> keys;
    for (const SweepMember& member : members) keys.push_back(member.key);
    store_.forget_failed_below(keys, spec_.timeout_s, spec_.memory_mb);
    if (options_.retry_failed) store_.forget_failed(keys);
  }

  // Those without a record; of equal ones the first.
  std::vector<SweepMember> open_of(const std::vector<SweepMember>& members) const {
    std::vector<SweepMember> open;
    std::set<std::string> seen;
    for (const SweepMember& member : members) {
      if (!store_.has(member.key) && seen.insert(member.key).second) open.push_back(member);
    }
    return open;
  }

  // False if a record is missing again, since another sweep forgot failed ones.
  bool learn(const std::vector<PlannedPoint>& batch, const std::vector<SweepMember>& members) {
    if (!plan_->learns()) return true;
    std::vector<SweepRecord> records;
    for (const SweepMember& member : members) {
      const auto record = store_.record(member.key);
      if (!record) return false;
      records.push_back(*record);
    }
    for (std::size_t i = 0; i < batch.size(); ++i) plan_->learn(batch[i], records[i]);
    return true;
  }

  // Records of the points that need not run: they are excluded, or no such machine can exist.
  void settle(const std::vector<SweepMember>& open) {
    std::vector<std::pair<SweepSubject, SweepRecord>> records;
    const auto put = [&] {
      if (records.empty()) return;
      store_.put(records);
      finished_ += std::int64_t(records.size());
      tell_finished();
      records.clear();
    };
    for (const SweepMember& member : open) {
      if (stopped()) break;
      SweepSubject subject{member.key, member.workload, Json::object(), version_};
      SweepRecord record;
      try {
        const SweepSettings settings = settings_of(spec_, member.choice);
        subject.config = effective_config(settings);
        record.values = values_before(settings.config, settings.energy_table);
        if (!is_excluded(record)) continue;
      } catch (const UserError& error) {
        record.status = "failed";
        record.reason = error.what();
      }
      records.emplace_back(subject, record);
      if (records.size() == kRecordsAtOnce) put();
    }
    put();
  }

  // Whether a constraint on what is known excludes the point; says so in the record.
  bool is_excluded(SweepRecord& record) const {
    for (const SweepConstraint& constraint : spec_.constraints) {
      const double* value = record.values.find(constraint.quantity);
      if (value == nullptr || constraint.holds(*value)) continue;
      record.status = "excluded";
      record.reason =
          fmt::format("{} is {:.6g}, expected {}", constraint.quantity, *value, constraint.text());
      return true;
    }
    return false;
  }

  // Those that no other sweep is at; false if there are none.
  bool run_members(const std::vector<SweepMember>& members) {
    std::size_t at = 0;
    std::deque<SweepMember> claimed;
    bool has_run = false;
    SweepWork work;
    work.next = [&]() -> std::optional<SweepTask> {
      while (claimed.empty() && at < members.size()) at = claim(members, at, claimed);
      if (claimed.empty()) return std::nullopt;
      const SweepMember member = claimed.front();
      claimed.pop_front();
      has_run = true;
      return SweepTask{member.key,
                       {*spec_.find_workload(member.workload), member.choice,
                        settings_of(spec_, member.choice)}};
    };
    work.finished = [&](const SweepTask& task, SweepRecord record) { finished(task, record); };
    work.stop = [this] { return stopped(); };
    engine_.run(work);
    return has_run;
  }

  // Claims as many points from `at` on as the engine wants; returns where the next ones are.
  std::size_t claim(const std::vector<SweepMember>& members, std::size_t at,
                    std::deque<SweepMember>& claimed) {
    const std::size_t end = at + std::min(engine_.points_at_once(), members.size() - at);
    std::vector<std::string> keys;
    for (std::size_t i = at; i < end; ++i) keys.push_back(members[i].key);
    const auto claims = store_.claim(keys);
    for (std::size_t i = at; i < end; ++i) {
      if (claims[i - at] == SweepStore::Claim::kMine) claimed.push_back(members[i]);
    }
    return end;
  }

  void finished(const SweepTask& task, SweepRecord record) {
    NamedValues<double> values =
        values_before(task.point.settings.config, task.point.settings.energy_table);
    for (const auto& [name, value] : record.values) values[name] = value;
    record.values = values;
    store_.put(
        {{{task.key, task.point.workload.name, effective_config(task.point.settings), version_},
          record}});
    ++ran_;
    ++finished_;
    tell_finished();
    tell_best(task.point.workload.name, record);
  }

  void tell_best_of(const std::vector<SweepMember>& members) {
    if (options_.quiet) return;
    for (const SweepMember& member : members) {
      if (const auto known = store_.record(member.key)) tell_best(member.workload, *known);
    }
  }

  void tell_best(const std::string& workload, const SweepRecord& record) {
    if (!is_feasible(spec_, record)) return;
    const double value = record.values.value_of(spec_.objectives[0]);
    double& best = best_[workload];
    if (best != 0 && best <= value) return;
    best = value;
    progress_.note(fmt::format("best {} of {} {:.6g}", spec_.objectives[0], workload, value));
  }

  SweepCounts counts() {
    SweepCounts counts;
    counts.sweep = sweep_;
    counts.ran = ran_;
    counts.stopped = stopped_;
    for (const SweepMember& member : store_.members(sweep_)) {
      ++counts.points;
      if (!member.record) continue;
      counts.done += member.record->status == "done" ? 1 : 0;
      counts.failed += member.record->status == "failed" ? 1 : 0;
      counts.excluded += member.record->status == "excluded" ? 1 : 0;
      counts.faults += member.record->is_fault ? 1 : 0;
    }
    return counts;
  }

  const SweepSpec& spec_;
  SweepStore& store_;
  SweepEngine& engine_;
  const SweepOptions& options_;
  std::string version_;
  Keys keys_;
  std::unique_ptr<SweepPlan> plan_;
  Progress progress_;
  NamedValues<double> best_;  // best value of the first objective, by workload
  std::int64_t sweep_ = 0;
  std::int64_t entered_ = 0;   // members
  std::int64_t finished_ = 0;  // those finished, by this or another run
  std::int64_t ran_ = 0;
  bool stopped_ = false;
};

StoredPoints points_of_version(const SweepSpec& spec, const SweepStore& store,
                               SweepEvaluator& evaluator, const std::string& version) {
  StoredPoints points{{}, version, {}};
  Keys keys(spec, evaluator, version);
  const std::unique_ptr<SweepPlan> plan = plan_of(spec);
  for (bool is_whole = true; is_whole;) {
    const auto batch = plan->next();
    is_whole = !batch.empty();
    auto members = keys.members_of(std::int64_t(points.members.size()), batch);
    for (SweepMember& member : members) {
      member.record = store.record(member.key);
      is_whole = is_whole && member.record;
    }
    for (std::size_t i = 0; i < members.size() && is_whole; ++i) {
      plan->learn(batch[i], *members[i].record);
    }
    points.members.insert(points.members.end(), members.begin(), members.end());
  }
  points.unreadable = keys.unreadable();
  return points;
}

}  // namespace

SweepCounts run_sweep(const SweepSpec& spec, SweepStore& store, SweepEvaluator& evaluator,
                      SweepEngine& engine, const SweepOptions& options) {
  return Runner(spec, store, evaluator, engine, options).run();
}

StoredPoints stored_points(const SweepSpec& spec, const SweepStore& store,
                           SweepEvaluator& evaluator) {
  const auto records_of = [](const StoredPoints& points) {
    return std::count_if(points.members.begin(), points.members.end(),
                         [](const SweepMember& member) { return member.record.has_value(); });
  };
  StoredPoints best = points_of_version(spec, store, evaluator, evaluator.version());
  if (records_of(best) > 0) return best;
  for (const std::string& version : store.versions()) {
    StoredPoints points = points_of_version(spec, store, evaluator, version);
    if (records_of(points) > records_of(best)) best = std::move(points);
  }
  return best;
}

}  // namespace escalate
