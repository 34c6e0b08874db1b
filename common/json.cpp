#include "common/json.h"

#include <algorithm>

#include "common/atomic_file.h"
#include "common/error.h"

namespace escalate {

void write_json(const std::string& path, const Json& json) {
  write_file(path, json.dump(2) + "\n");
}

Json read_json(const std::string& path) {
  const std::string text = read_file(path);
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(error.byte, text.size()));
    const int line = 1 + static_cast<int>(std::count(text.begin(), end, '\n'));
    throw UserError({path, line, ""}, "expected JSON, but it is malformed or cut off here");
  }
}

}  // namespace escalate
