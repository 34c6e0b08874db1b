#include "common/console.h"

#include <cerrno>
#include <cstdio>
#include <string>

#include "common/error.h"
#include "common/table.h"
#include "common/visible_text.h"

namespace escalate {
namespace {

void check_written(bool is_written) {
  if (is_written || errno == EPIPE) return;
  throw UserError({"standard output", 0, ""}, system_failure("write", errno));
}

}  // namespace

void put_text(std::string_view text) {
  const std::string shown = visible_lines(text, wants_colour(stdout));
  errno = 0;
  check_written(std::fwrite(shown.data(), 1, shown.size(), stdout) == shown.size());
}

void flush_output() {
  errno = 0;
  check_written(std::fflush(stdout) == 0);
}

void tell_text(std::string_view text) { draw_on_stderr(visible_lines(text, wants_colour(stderr))); }

void draw_on_stderr(std::string_view text) {
  // Nothing is left to do, or to say it on, where this fails.
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stderr));
}

void warn(std::string_view text, bool quiet) {
  if (!quiet) tell("warning: {}\n", visible(text));
}

}  // namespace escalate
