// Patterns with * and ? as in `--layers` and `--direct`.
#pragma once

#include <string_view>

namespace escalate {

/// Whether the whole of `text` is `pattern`, in which * stands for any text (also none) and ? for
/// any one character.
bool matches_pattern(std::string_view text, std::string_view pattern);

}  // namespace escalate
