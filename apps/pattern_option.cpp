#include "apps/pattern_option.h"

#include "common/error.h"

namespace escalate {

NmPattern pattern_option(const std::string& option, const std::string& text) {
  try {
    return parse_nm_pattern(text);
  } catch (const UserError& error) {
    throw UserError({"", 0, "--" + option}, error.message());
  }
}

}  // namespace escalate
