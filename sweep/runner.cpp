#include "sweep/runner.h"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <set>

#include "common/child_process.h"
#include "common/error.h"
#include "common/progress.h"
#include "common/random.h"

namespace escalate {
namespace {

// 64 bits: among a million points two of different content get one key once in thirty million
// stores.
std::string key_of(const std::string& content) {
  return fmt::format("{:016x}", seed_for(0, content));
}

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string to_text(const SweepRecord& record) {
  Json values = Json::object();
  for (const auto& [name, value] : record.values) values[name] = value;
  return Json{{"values", values}, {"result", record.result}}.dump();
}

SweepRecord from_text(const std::string& text) {
  const Json json = Json::parse(text);
  SweepRecord record{"done", "", {}, json.at("result"), 0};
  const Json& values = json.at("values");
  for (const auto& [name, value] : values.items()) {
    record.values[name] = value.get<double>();
  }
  return record;
}

class Runner {
 public:
  Runner(const SweepSpec& spec, SweepStore& store, SweepEvaluator& evaluator,
         const SweepOptions& options)
      : spec_(spec), store_(store), evaluator_(evaluator), options_(options) {}

  SweepCounts run() {
    const std::vector<SweepChoice> choices = choices_of(spec_);
    std::vector<SweepMember> members;
    for (const std::string& workload : spec_.workloads) {
      for (const SweepChoice& choice : choices) {
        members.push_back({std::int64_t(members.size()), workload, choice, "", {}});
        members.back().key = key_of(content_of(members.back()));
      }
    }
    const std::int64_t sweep = store_.enter(spec_, members);
    Progress progress("points", std::int64_t(members.size()), options_.quiet);
    std::int64_t finished = 0;
    for (const SweepMember& member : members) finished += store_.has(member.key) ? 1 : 0;
    progress.resume_at(finished);
    std::set<std::string> begun;
    for (const SweepMember& member : members) {
      if (store_.has(member.key) || !begun.insert(member.key).second) continue;
      while (int(running_.size()) >= options_.jobs && !stopped()) finish_one();
      if (stopped()) break;
      start(member);
      progress.update(finished + ran_);
    }
    while (!running_.empty() && !stopped()) {
      finish_one();
      progress.update(finished + ran_);
    }
    children_.clear();  // ends what still runs after a stop
    return counts(sweep);
  }

 private:
  struct Running {
    SweepMember member;
    double start;
  };

  bool stopped() { return stopped_ = stopped_ || options_.stop(); }

  // A machine that cannot exist has no content but what was asked for.
  std::string content_of(const SweepMember& member) {
    try {
      return evaluator_.content(point_of(member));
    } catch (const UserError&) {
      std::string asked = member.workload;
      for (const std::string& setting : spec_.base) asked += "\n" + setting;
      for (std::size_t i = 0; i < spec_.axes.size(); ++i) {
        asked += "\n" + spec_.axes[i].key + "=" + member.choice[i];
      }
      return asked;
    }
  }

  SweepPoint point_of(const SweepMember& member) const {
    return {member.workload, member.choice, settings_of(spec_, member.choice)};
  }

  void start(const SweepMember& member) {
    try {
      const SweepPoint point = point_of(member);
      const NamedValues<double> before = evaluator_.before(point);
      for (const SweepConstraint& constraint : spec_.constraints) {
        const double* value = before.find(constraint.quantity);
        if (value == nullptr || constraint.holds(*value)) continue;
        record(member, {"excluded",
                        fmt::format("{} is {:.6g}, expected {}", constraint.quantity, *value,
                                    constraint.text()),
                        before, Json::object(), 0});
        return;
      }
      evaluator_.prepare(point);
      children_.push_back(std::make_unique<ChildProcess>(
          [this, point, before] {
            // The terminal's Ctrl-C is for the parent, which ends its children.
            std::signal(SIGINT, SIG_IGN);
            SweepRecord result = evaluator_.evaluate(point);
            NamedValues<double> values = before;
            values.add(result.values);
            result.values = values;
            return to_text(result);
          },
          ChildProcess::Limits{spec_.timeout_s, spec_.memory_mb}));
      running_.push_back({member, seconds_now()});
    } catch (const UserError& error) {
      record(member, {"failed", error.what(), {}, Json::object(), 0});
    }
  }

  void finish_one() {
    const std::size_t i = ChildProcess::wait_for_any(children_);
    if (i == children_.size()) return;  // a signal: the caller asks whether to stop
    SweepRecord result;
    try {
      result = from_text(children_[i]->wait());
    } catch (const std::exception& error) {
      result = {"failed", error.what(), {}, Json::object(), 0};
    }
    result.wall_seconds = seconds_now() - running_[i].start;
    const SweepMember member = running_[i].member;
    children_.erase(children_.begin() + std::ptrdiff_t(i));
    running_.erase(running_.begin() + std::ptrdiff_t(i));
    record(member, result);
  }

  void record(const SweepMember& member, const SweepRecord& result) {
    store_.put(member.key, member.workload, result);
    ++ran_;
  }

  SweepCounts counts(std::int64_t sweep) {
    SweepCounts counts;
    counts.sweep = sweep;
    counts.ran = ran_;
    counts.stopped = stopped_;
    for (const SweepMember& member : store_.members(sweep)) {
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
  const SweepOptions& options_;
  std::vector<std::unique_ptr<ChildProcess>> children_;
  std::vector<Running> running_;  // with the same index
  std::int64_t ran_ = 0;
  bool stopped_ = false;
};

}  // namespace

SweepCounts run_sweep(const SweepSpec& spec, SweepStore& store, SweepEvaluator& evaluator,
                      const SweepOptions& options) {
  return Runner(spec, store, evaluator, options).run();
}

}  // namespace escalate
