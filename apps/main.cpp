#include <unistd.h>

#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "apps/command_line.h"
#include "apps/commands.h"
#include "apps/standard_streams.h"
#include "common/error.h"

namespace {

void say_and_exit(std::string_view line, escalate::ExitStatus status) {
  const auto written = ::write(STDERR_FILENO, line.data(), line.size());
  ::_exit(written < 0 ? static_cast<int>(escalate::ExitStatus::kUserError)
                      : static_cast<int>(status));
}

// An error that nobody can catch gives one line all the same. Libraries need memory before main()
// begins.
void end_without_main() {
  try {
    if (std::current_exception()) std::rethrow_exception(std::current_exception());
  } catch (const std::bad_alloc&) {
    say_and_exit("escalate: out of memory: the limit of this process is too small (ulimit -v)\n",
                 escalate::ExitStatus::kUserError);
  } catch (...) {
  }
  say_and_exit("escalate: internal error: ended by an exception that nobody caught\n",
               escalate::ExitStatus::kInternalError);
}

void be_there_first() { std::set_terminate(end_without_main); }

// Called before the initialisers of shared libraries are.
__attribute__((section(".preinit_array"), used)) void (*const kFirst)() = be_there_first;

}  // namespace

int main(int argc, char** argv) {
  escalate::prepare_standard_streams();
  return escalate::run_command_line({argv + 1, argv + argc}, escalate::all_commands());
}
