#include "common/name_pattern.h"

#include <algorithm>

namespace escalate {

bool matches(const std::string& name, const std::string& pattern) {
  std::size_t at = 0;
  std::size_t next = 0;                  // in the pattern
  std::size_t star = std::string::npos;  // the last * met
  std::size_t star_end = 0;              // where in the name what it stands for ends
  while (at < name.size()) {
    if (next < pattern.size() && pattern[next] == '*') {
      star = next++;
      star_end = at;
    } else if (next < pattern.size() && (pattern[next] == '?' || pattern[next] == name[at])) {
      ++at;
      ++next;
    } else if (star != std::string::npos) {
      next = star + 1;
      at = ++star_end;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', next) == std::string::npos;
}

bool matches_any(const std::string& name, const std::vector<std::string>& patterns) {
  return patterns.empty() ||
         std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches(name, pattern); });
}

}  // namespace escalate
