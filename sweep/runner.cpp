#include "sweep/runner.h"

#include <fmt/format.h>

#include <set>

#include "common/error.h"
#include "common/progress.h"
#include "common/random.h"
#include "sweep/plan.h"
#include "sweep/summary.h"

namespace escalate {
namespace {

// 64 bits: among a million points two of different content get one key once in thirty million
// stores.
std::string key_of(const std::string& content) {
  return fmt::format("{:016x}", seed_for(0, content));
}

class Runner {
 public:
  Runner(const SweepSpec& spec, SweepStore& store, SweepEvaluator& evaluator, SweepEngine& engine,
         const SweepOptions& options)
      : spec_(spec),
        store_(store),
        evaluator_(evaluator),
        engine_(engine),
        options_(options),
        version_(evaluator.version()),
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
  bool stopped() { return stopped_ = stopped_ || options_.stop(); }

  void run_batch(const std::vector<PlannedPoint>& batch) {
    std::vector<SweepMember> members;
    for (const PlannedPoint& planned : batch) {
      members.push_back({entered_ + std::int64_t(members.size()),
                         planned.workload,
                         planned.choice,
                         key_of(planned),
                         {}});
    }
    store_.put_members(sweep_, members);
    entered_ += std::int64_t(members.size());
    std::vector<SweepMember> to_do;
    std::set<std::string> begun;
    for (const SweepMember& member : members) {
      if (const auto known = store_.record(member.key)) {
        progress_.resume_at(++finished_);
        tell_best(member.workload, *known);
      } else if (begun.insert(member.key).second) {
        to_do.push_back(member);
      } else {
        ++finished_;  // once the point that it equals is
      }
    }
    run_members(to_do);
    if (stopped()) return;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      plan_->learn(batch[i], *store_.record(members[i].key));
    }
  }

  void run_members(const std::vector<SweepMember>& members) {
    std::size_t at = 0;
    SweepWork work;
    work.next = [&]() -> std::optional<SweepTask> {
      while (at < members.size()) {
        const SweepMember& member = members[at++];
        std::optional<SweepTask> task = task_of(member);
        if (task) return task;
      }
      return std::nullopt;
    };
    work.finished = [&](const SweepTask& task, SweepRecord record) {
      NamedValues<double> values = values_before(task.point.settings.config);
      for (const auto& [name, value] : record.values) values[name] = value;
      record.values = values;
      put(task.key, task.point.workload, task.point.settings, record);
      ++ran_;
      tell_best(task.point.workload, record);
    };
    work.stop = [this] { return stopped(); };
    engine_.run(work);
  }

  // None if it need not run: it is excluded, or no such machine can exist.
  std::optional<SweepTask> task_of(const SweepMember& member) {
    SweepRecord record;
    SweepPoint point{member.workload, member.choice, {}};
    try {
      point.settings = settings_of(spec_, member.choice);
    } catch (const UserError& error) {
      record.status = "failed";
      record.reason = error.what();
      store_.put({member.key, member.workload, Json::object(), version_}, record);
      progress_.update(++finished_);
      return std::nullopt;
    }
    record.values = values_before(point.settings.config);
    for (const SweepConstraint& constraint : spec_.constraints) {
      const double* value = record.values.find(constraint.quantity);
      if (value == nullptr || constraint.holds(*value)) continue;
      record.status = "excluded";
      record.reason =
          fmt::format("{} is {:.6g}, expected {}", constraint.quantity, *value, constraint.text());
      put(member.key, member.workload, point.settings, record);
      return std::nullopt;
    }
    return SweepTask{member.key, std::move(point)};
  }

  // A machine that cannot exist has no content but what was asked for. An excluded point differs
  // from one that ran: other constraints may let it run.
  std::string key_of(const PlannedPoint& planned) {
    std::string content = version_ + "\n";
    try {
      const SweepPoint point{planned.workload, planned.choice, settings_of(spec_, planned.choice)};
      content += evaluator_.content(point);
      const NamedValues<double> values = values_before(point.settings.config);
      for (const SweepConstraint& constraint : spec_.constraints) {
        const double* value = values.find(constraint.quantity);
        if (value != nullptr && !constraint.holds(*value)) content += "\n" + constraint.text();
      }
    } catch (const UserError&) {
      content += planned.workload;
      for (const std::string& setting : spec_.base) content += "\n" + setting;
      for (std::size_t i = 0; i < spec_.axes.size(); ++i) {
        content += "\n" + spec_.axes[i].key + "=" + planned.choice[i];
      }
    }
    return escalate::key_of(content);
  }

  void put(const std::string& key, const std::string& workload, const SweepSettings& settings,
           const SweepRecord& record) {
    store_.put({key, workload, effective_config(settings), version_}, record);
    progress_.update(++finished_);
  }

  void tell_best(const std::string& workload, const SweepRecord& record) {
    if (!is_feasible(spec_, record)) return;
    const double value = record.values.value_of(spec_.objectives[0]);
    double& best = best_[workload];
    if (best != 0 && best <= value) return;
    best = value;
    progress_.note(fmt::format("best {} of {} {:.6g}", spec_.objectives[0],
                               name_of_workload(workload), value));
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
    }
    return counts;
  }

  const SweepSpec& spec_;
  SweepStore& store_;
  SweepEvaluator& evaluator_;
  SweepEngine& engine_;
  const SweepOptions& options_;
  std::string version_;
  std::unique_ptr<SweepPlan> plan_;
  Progress progress_;
  NamedValues<double> best_;  // of the first objective, by workload
  std::int64_t sweep_ = 0;
  std::int64_t entered_ = 0;   // members
  std::int64_t finished_ = 0;  // of them, by this or an earlier run
  std::int64_t ran_ = 0;
  bool stopped_ = false;
};

}  // namespace

SweepCounts run_sweep(const SweepSpec& spec, SweepStore& store, SweepEvaluator& evaluator,
                      SweepEngine& engine, const SweepOptions& options) {
  return Runner(spec, store, evaluator, engine, options).run();
}

}  // namespace escalate
