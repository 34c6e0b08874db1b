#include "sweep/slurm_engine.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "common/atomic_file.h"
#include "common/error.h"
#include "sweep/task_file.h"

namespace escalate {
namespace {

namespace fs = std::filesystem;

constexpr int kMostBarrenRounds = 3;
constexpr int kMostSilence = 60;  // questions in a row that Slurm does not answer

std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? "'\\''" : std::string(1, c);
  return text + "'";
}

// Held by one sweep at a time: another one would take over the jobs of the first.
class FolderLock {
 public:
  explicit FolderLock(const std::string& folder)
      : path_(folder + "/lock"), file_(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
    is_held_ = file_ >= 0 && ::flock(file_, LOCK_EX | LOCK_NB) == 0;
  }
  ~FolderLock() {
    if (is_held_) ::unlink(path_.c_str());
    if (file_ >= 0) ::close(file_);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  bool is_held() const { return is_held_; }

 private:
  std::string path_;
  int file_;
  bool is_held_ = false;
};

// One call of run(): a round is a job array for all points that are still open.
class Rounds {
 public:
  Rounds(const SweepSpec& spec, SlurmClient& client, const SlurmEngine::Options& options,
         const SweepWork& work)
      : spec_(spec), client_(client), options_(options), work_(work) {
    while (std::optional<SweepTask> task = work_.next()) {
      order_.push_back(task->key);
      open_.emplace(task->key, std::move(*task));
    }
  }

  void run() {
    run_rounds();
    std::error_code ignored;
    fs::remove(options_.folder, ignored);  // if it is empty
  }

 private:
  void run_rounds() {
    if (open_.empty() && !fs::exists(options_.folder)) return;
    fs::create_directories(options_.folder);
    const FolderLock lock(options_.folder);
    if (!lock.is_held()) {
      if (open_.empty()) return;
      throw UserError({options_.folder, 0, ""}, "another sweep has its jobs there: wait for it");
    }
    take_over();
    int points_per_task = options_.points_per_task;
    for (int barren = 0; !open_.empty() && !work_.stop();) {
      const std::size_t before = open_.size();
      folders_.push_back(new_folder());
      submit(folders_.back(), points_per_task);
      wait();
      if (work_.stop()) {
        client_.cancel(job_);
        return;  // what the last tasks still write is taken over
      }
      if (open_.empty() || open_.size() < before) barren = 0;
      if (open_.size() == before && points_per_task == 1 && ++barren == kMostBarrenRounds) {
        give_up(folders_.back());
      }
      points_per_task = std::max(1, points_per_task / 2);
    }
    if (has_failed_) return;  // for the logs
    for (const std::string& folder : folders_) fs::remove_all(folder);
  }

  // What an earlier run left: its job is ended, its results are kept.
  void take_over() {
    std::vector<std::string> folders;
    for (const auto& entry : fs::directory_iterator(options_.folder)) {
      if (entry.is_directory()) folders.push_back(entry.path().string());
    }
    for (const std::string& folder : folders) {
      const std::string id = folder + "/job";
      if (fs::exists(id)) client_.cancel(read_file(id));
      gather(folder);
      fs::remove_all(folder);
    }
    read_to_.clear();  // the names will be used again
  }

  void submit(const std::string& folder, int points_per_task) {
    TaskFile file{options_.version, "", spec_, {}};
    int tasks = 0;
    const auto write = [&] {
      file.results = fmt::format("{}/results-{}.jsonl", folder, tasks);
      write_task_file(fmt::format("{}/task-{}.json", folder, tasks), file);
      file.tasks.clear();
      ++tasks;
    };
    for (const std::string& key : order_) {
      const auto task = open_.find(key);
      if (task == open_.end()) continue;
      file.tasks.push_back(task->second);
      if (int(file.tasks.size()) == points_per_task) write();
    }
    if (!file.tasks.empty()) write();
    std::string script = "#!/bin/sh\nexec";
    for (const std::string& word : options_.worker) script += " " + quoted(word);
    script += " --jobs \"${SLURM_CPUS_PER_TASK:-1}\" " + quoted(folder + "/task-") +
              "\"$SLURM_ARRAY_TASK_ID\".json\n";
    write_file(folder + "/script", script);
    job_ = client_.submit({"escalate-" + spec_.name, folder + "/script", tasks,
                           options_.most_at_once, folder + "/log-%a", options_.sbatch});
    write_file(folder + "/job", job_);
  }

  std::string new_folder() {
    std::string folder;
    do {
      folder = fs::absolute(fmt::format("{}/round-{}", options_.folder, ++round_)).string();
    } while (fs::exists(folder));
    fs::create_directory(folder);
    return folder;
  }

  void wait() {
    for (int silence = 0; !open_.empty();) {
      const std::optional<int> unfinished = client_.unfinished(job_);
      silence = unfinished ? 0 : silence + 1;
      if (silence == kMostSilence) {
        throw UserError({"", 0, "--engine"},
                        "slurm: squeue does not answer any more; the same command goes on where "
                        "it was");
      }
      if (!work_.stop())
        std::this_thread::sleep_for(std::chrono::duration<double>(options_.poll_s));
      // Gathers after the wait, so that the last files are there; those of earlier rounds may come
      // late.
      for (const std::string& folder : folders_) gather(folder);
      if (unfinished == 0 || work_.stop()) return;
    }
  }

  void gather(const std::string& folder) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      const std::string path = entry.path().string();
      if (entry.path().extension() != ".jsonl") continue;
      // Whole lines that are new.
      std::ifstream file(path, std::ios::binary);
      file.seekg(std::streamoff(read_to_[path]));
      std::string text{std::istreambuf_iterator<char>(file), {}};
      const auto end = text.rfind('\n');
      if (end == std::string::npos) continue;
      text.resize(end + 1);
      read_to_[path] += std::int64_t(text.size());
      for (auto& [key, record] : records_of_lines(text, path)) {
        const auto task = open_.find(key);
        if (task == open_.end()) continue;
        work_.finished(task->second, std::move(record));
        open_.erase(task);
      }
    }
  }

  void give_up(const std::string& folder) {
    SweepRecord record;
    record.status = "failed";
    record.is_fault = true;
    record.reason =
        fmt::format("{} tasks of Slurm ended without a result; see {}", kMostBarrenRounds, folder);
    for (const auto& [key, task] : open_) work_.finished(task, record);
    open_.clear();
    has_failed_ = true;
  }

  const SweepSpec& spec_;
  SlurmClient& client_;
  const SlurmEngine::Options& options_;
  const SweepWork& work_;
  std::vector<std::string> order_;               // keys
  std::map<std::string, SweepTask> open_;        // by key
  std::map<std::string, std::int64_t> read_to_;  // how far each file of records has been read
  std::vector<std::string> folders_;             // folders of all rounds
  std::string job_;
  bool has_failed_ = false;
  int round_ = 0;
};

}  // namespace

void SlurmEngine::run(const SweepWork& work) { Rounds(spec_, client_, options_, work).run(); }

}  // namespace escalate
