#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>

#include "common/child_process.h"
#include "common/error.h"
#include "sweep/engine.h"

namespace escalate {
namespace {

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Slurm's name of a node, where there is one: several nodes may be one machine.
std::string host_name() {
  if (const char* node = std::getenv("SLURMD_NODENAME")) return node;
  std::array<char, 256> name = {};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

// Reasons name files and layers, whose names may be any bytes.
std::string in_utf8(const std::string& text) {
  return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace));
}

SweepRecord failure(const std::string& reason, bool is_fault) {
  SweepRecord record;
  record.status = "failed";
  record.reason = in_utf8(reason);
  record.is_fault = is_fault;
  return record;
}

class Run {
 public:
  Run(SweepEvaluator& evaluator, const SweepWork& work, ChildProcess::Limits limits)
      : evaluator_(evaluator), work_(work), limits_(limits) {}

  void run(int jobs) {
    bool more = true;
    while (more && !work_.stop()) {
      if (int(children_.size()) == jobs) {
        finish_one();
        continue;
      }
      std::optional<SweepTask> task = work_.next();
      more = task.has_value();
      if (more) start(*task);
    }
    while (!children_.empty() && !work_.stop()) finish_one();
    children_.clear();  // ends what still runs after a stop
  }

 private:
  struct Running {
    SweepTask task;
    double start;
  };

  void start(const SweepTask& task) {
    try {
      evaluator_.prepare(task.point);
    } catch (const UserError& error) {
      work_.finished(task, failure(error.what(), false));
      return;
    }
    while (!start_process(task) && !work_.stop()) finish_one();
  }

  // False if there is no room for another process now; UserError if there is none for one.
  bool start_process(const SweepTask& task) {
    try {
      children_.push_back(std::make_unique<ChildProcess>(
          [this, &task] {
            // The terminal's Ctrl-C is for the parent, which ends its children.
            std::signal(SIGINT, SIG_IGN);
            SweepRecord record = evaluator_.evaluate(task.point);
            record.status = "done";
            return record_to_json(record).dump();
          },
          limits_));
    } catch (const UserError&) {
      if (children_.empty()) throw;
      return false;
    }
    running_.push_back({task, seconds_now()});
    return true;
  }

  // What became of a child.
  SweepRecord record_of(ChildProcess& child) const {
    std::string text;
    try {
      text = child.wait();
    } catch (const UserError& error) {
      return failure(error.what(), false);
    } catch (const LimitExceeded& error) {
      SweepRecord record = failure(error.what(), false);
      if (error.of() == LimitExceeded::Of::kTime) record.exceeded_s = limits_.seconds;
      if (error.of() == LimitExceeded::Of::kMemory) record.exceeded_mb = limits_.megabytes;
      return record;
    } catch (const std::exception& error) {
      return failure(error.what(), true);
    }
    try {
      return record_from_json(Json::parse(text));
    } catch (const std::exception& error) {
      return failure(error.what(), true);
    }
  }

  void finish_one() {
    const std::size_t i = ChildProcess::wait_for_any(children_);
    if (i == children_.size()) return;  // a signal: the caller asks whether to stop
    SweepRecord record = record_of(*children_[i]);
    record.wall_seconds = seconds_now() - running_[i].start;
    record.host = host_;
    const SweepTask task = std::move(running_[i].task);
    children_.erase(children_.begin() + std::ptrdiff_t(i));
    running_.erase(running_.begin() + std::ptrdiff_t(i));
    work_.finished(task, std::move(record));
  }

  SweepEvaluator& evaluator_;
  const SweepWork& work_;
  ChildProcess::Limits limits_;
  std::string host_ = host_name();
  std::vector<std::unique_ptr<ChildProcess>> children_;
  std::vector<Running> running_;  // with the same index
};

}  // namespace

void LocalEngine::run(const SweepWork& work) {
  const ChildProcess::Limits limits{limits_.timeout_s, limits_.memory_mb,
                                    evaluator_.shared_megabytes()};
  Run(evaluator_, work, limits).run(jobs_);
}

}  // namespace escalate
