#include "common/memory_limit.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>

#include "common/error.h"
#include "common/table.h"

namespace escalate {
namespace {

/// The number in a file of the control group; the largest one if there is none ("max").
std::int64_t number_in(const char* path) {
  std::int64_t number = std::numeric_limits<std::int64_t>::max();
  std::string text;
  std::ifstream(path) >> text;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

std::int64_t memory_limit_bytes() {
  std::int64_t limit = number_in("/sys/fs/cgroup/memory.max");
  rlimit space = {};
  if (::getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY) {
    limit = std::min(limit, static_cast<std::int64_t>(space.rlim_cur));
  }
  struct sysinfo machine = {};
  if (::sysinfo(&machine) == 0) {
    const auto units = static_cast<std::int64_t>(machine.totalram + machine.totalswap);
    limit = std::min(limit, units * static_cast<std::int64_t>(machine.mem_unit));
  }
  return limit;
}

void check_memory(const std::string& file, double bytes, const std::string& what,
                  std::int64_t limit) {
  if (bytes <= static_cast<double>(limit)) return;
  throw UserError({file, 0, ""}, fmt::format("needs at least {} of memory for {}, and there are {}",
                                             format_si(bytes, "B"), what,
                                             format_si(static_cast<double>(limit), "B")));
}

}  // namespace escalate
