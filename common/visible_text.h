// Text of the user's (names, file names) made fit to be shown: what a terminal would obey, and what
// is no UTF-8, as escapes that can be read.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace escalate {

/// Whether `text` is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates).
bool is_utf8(std::string_view text);

/// The first byte that is not part of well-formed UTF-8; text.size() if there is none.
std::size_t first_not_utf8(std::string_view text);

/// `text` on one line: control characters and those that turn the direction of writing or break
/// lines as "\u001b" (a form that JSON knows too), bytes that are no UTF-8 as "\xff". Everything
/// else, a backslash too, is as it was. The result is UTF-8.
std::string visible(std::string_view text);

/// The same for text of several lines: '\n' stays, and a colour sequence ("\x1b[1m") if
/// `has_colour`.
std::string visible_lines(std::string_view text, bool has_colour);

}  // namespace escalate
