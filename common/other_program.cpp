#include "common/other_program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "common/error.h"

namespace escalate {
namespace {

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

}  // namespace

ProgramAnswer ask_program(std::vector<std::string> words) {
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
  ProgramAnswer answer;
  answer.error =
      ::posix_spawnp(&child, words[0].c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (answer.error == 0) answer.text = read_whole(ends[0]);
  ::close(ends[0]);
  if (answer.error != 0) return answer;
  while (::waitpid(child, &answer.status, 0) < 0 && errno == EINTR) {
  }
  while (!answer.text.empty() && answer.text.back() == '\n') answer.text.pop_back();
  return answer;
}

}  // namespace escalate
