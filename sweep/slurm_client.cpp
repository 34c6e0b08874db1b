#include "sweep/slurm_client.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "common/error.h"

namespace escalate {
namespace {

struct Answer {
  int status = 0;
  std::string text;  ///< standard output and error
};

std::string read_whole(int file) {
  std::string text;
  std::array<char, 4096> part = {};
  for (;;) {
    const ssize_t got = ::read(file, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(part.data(), std::size_t(got));
  }
}

Answer ask(std::vector<std::string> words) {
  std::array<int, 2> ends = {};
  ensure(::pipe2(ends.data(), O_CLOEXEC) == 0,
         [] { return fmt::format("no pipe: {}", std::strerror(errno)); });
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int error =
      ::posix_spawnp(&child, words[0].c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  Answer answer;
  if (error != 0) {
    ::close(ends[0]);
    throw UserError({"", 0, "--engine"},
                    fmt::format("slurm: cannot run {}: {}", words[0], std::strerror(error)));
  }
  answer.text = read_whole(ends[0]);
  ::close(ends[0]);
  while (::waitpid(child, &answer.status, 0) < 0 && errno == EINTR) {
  }
  while (!answer.text.empty() && answer.text.back() == '\n') answer.text.pop_back();
  return answer;
}

}  // namespace

std::string SlurmClient::submit(const SlurmArray& array) {
  // What is lost is submitted again by us, in other tasks: Slurm itself is not to.
  std::vector<std::string> words = {"sbatch", "--parsable", "--no-requeue",
                                    "--job-name=" + array.name, "--output=" + array.log};
  words.push_back(fmt::format("--array=0-{}", array.tasks - 1));
  if (array.most_at_once > 0) words.back() += fmt::format("%{}", array.most_at_once);
  words.insert(words.end(), array.options.begin(), array.options.end());
  words.push_back(array.script);
  const Answer answer = ask(words);
  if (answer.status != 0) throw UserError({"", 0, "--engine"}, "sbatch: " + answer.text);
  return answer.text.substr(0, answer.text.find(';'));  // JOB;CLUSTER
}

std::optional<int> SlurmClient::unfinished(const std::string& job) {
  const Answer answer = ask({"squeue", "--noheader", "--array", "--jobs=" + job, "--format=%T"});
  if (answer.status != 0) {
    // Slurm forgets finished jobs after some minutes.
    if (answer.text.find("Invalid job id") != std::string::npos) return 0;
    return std::nullopt;
  }
  if (answer.text.empty()) return 0;
  return 1 + int(std::count(answer.text.begin(), answer.text.end(), '\n'));
}

void SlurmClient::cancel(const std::string& job) { ask({"scancel", job}); }

}  // namespace escalate
