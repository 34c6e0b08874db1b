#include "sweep/task_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "common/atomic_file.h"
#include "common/error.h"
#include "sweep/digest.h"

namespace escalate {
namespace {

constexpr std::string_view kSchema = "escalate.sweep_task/2";

// A file that grows by whole lines.
class LineFile {
 public:
  explicit LineFile(const std::string& path)
      : path_(path), file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) {
    if (file_ < 0) fail();
  }
  ~LineFile() { ::close(file_); }
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;

  void append(std::string_view line) {
    while (!line.empty()) {
      const ssize_t written = ::write(file_, line.data(), line.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail();
      line.remove_prefix(std::size_t(written));
    }
    if (::fsync(file_) != 0) fail();
  }

 private:
  [[noreturn]] void fail() const {
    throw UserError({path_, 0, ""},
                    fmt::format("cannot write the results: {}", std::strerror(errno)));
  }
  std::string path_;
  int file_;
};

SweepTask task_of(const SweepSpec& spec, const Json& point) {
  const auto name = point.at("workload").get<std::string>();
  const SweepWorkload* workload = spec.find_workload(name);
  if (workload == nullptr) throw UserError("the specification has no workload '" + name + "'");
  SweepTask task{point.at("key").get<std::string>(),
                 {*workload, point.at("choice").get<SweepChoice>(), {}}};
  check_choice(spec, task.point.choice);
  task.point.settings = settings_of(spec, task.point.choice);
  return task;
}

}  // namespace

void write_task_file(const std::string& path, const TaskFile& file) {
  Json points = Json::array();
  for (const SweepTask& task : file.tasks) {
    points.push_back(
        {{"key", task.key}, {"workload", task.point.workload.name}, {"choice", task.point.choice}});
  }
  Json workloads = Json::array();
  for (const SweepWorkload& workload : file.spec.workloads) {
    workloads.push_back(std::filesystem::absolute(workload.path).string());
  }
  write_json(path, {{"schema", kSchema},
                    {"version", file.version},
                    {"results", std::filesystem::absolute(file.results).string()},
                    {"spec", file.spec.text},
                    {"workloads", workloads},
                    {"points", points}});
}

TaskFile read_task_file(const std::string& path) {
  const Json json = read_json(path);
  const auto schema = json.is_object() ? json.find("schema") : json.end();
  if (schema == json.end() || *schema != kSchema) {
    throw UserError({path, 0, "schema"}, fmt::format("expected '{}'", kSchema));
  }
  TaskFile file;
  try {
    json.at("version").get_to(file.version);
    json.at("results").get_to(file.results);
    file.spec = stored_sweep_spec(path, json.at("spec").get<std::string>(),
                                  json.at("workloads").get<std::vector<std::string>>());
    for (const Json& point : json.at("points")) file.tasks.push_back(task_of(file.spec, point));
  } catch (const Json::exception& error) {
    throw UserError({path, 0, ""}, error.what());
  } catch (const UserError& error) {
    if (error.place().file == path) throw;
    throw UserError({path, 0, "points"}, error.what());
  }
  return file;
}

std::string record_line(const std::string& key, const SweepRecord& record) {
  const std::string text = Json{{"key", key}, {"record", record_to_json(record)}}.dump();
  return checksum_of({text}) + " " + text + "\n";
}

std::map<std::string, SweepRecord> records_of_lines(std::string_view text,
                                                    const std::string& file) {
  std::map<std::string, SweepRecord> records;
  while (true) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return records;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    const auto blank = line.find(' ');
    if (blank == std::string_view::npos) continue;
    const std::string_view content = line.substr(blank + 1);
    if (line.substr(0, blank) != checksum_of({content})) continue;
    try {
      const Json json = parse_json(content, file);
      records[json.at("key").get<std::string>()] = record_from_json(json.at("record"));
    } catch (const Json::exception& error) {
      throw UserError({file, 0, ""}, error.what());
    } catch (const UserError& error) {
      throw UserError({file, error.place().line, error.place().key}, error.message());
    }
  }
}

void run_task_file(const std::string& path, SweepEvaluator& evaluator, int jobs,
                   const std::function<bool()>& stop) {
  const TaskFile file = read_task_file(path);
  if (file.version != evaluator.version()) {
    throw UserError({path, 0, "version"}, fmt::format("expected {}, found {}: another program",
                                                      evaluator.version(), file.version));
  }
  LineFile results(file.results);
  std::size_t at = 0;
  SweepWork work;
  work.next = [&]() -> std::optional<SweepTask> {
    if (at == file.tasks.size()) return std::nullopt;
    return file.tasks[at++];
  };
  work.finished = [&](const SweepTask& task, const SweepRecord& record) {
    results.append(record_line(task.key, record));
  };
  work.stop = stop;
  LocalEngine(evaluator, jobs, {file.spec.timeout_s, file.spec.memory_mb}).run(work);
}

}  // namespace escalate
