#include "sweep/slurm_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "common/error.h"
#include "common/other_program.h"

namespace escalate {
namespace {

ProgramAnswer ask(const std::vector<std::string>& words) {
  ProgramAnswer answer = ask_program(words);
  if (answer.error == 0) return answer;
  throw UserError({"", 0, "--engine"},
                  fmt::format("slurm: cannot run {}: {}", words[0], std::strerror(answer.error)));
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
  const ProgramAnswer answer = ask(words);
  if (answer.status != 0) throw UserError({"", 0, "--engine"}, "sbatch: " + answer.text);
  return answer.text.substr(0, answer.text.find(';'));  // JOB;CLUSTER
}

std::optional<int> SlurmClient::unfinished(const std::string& job) {
  const ProgramAnswer answer =
      ask({"squeue", "--noheader", "--array", "--jobs=" + job, "--format=%T"});
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
