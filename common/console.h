// What the program prints: results on standard output, everything else on standard error. The only
// code that writes to either.
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace escalate {

/// Writes text to standard output, control characters made visible (visible_text.h). A reader that
/// has gone away (`| head`) has had enough: what it does not take is dropped. Whatever else keeps
/// the text from being written (a full disk, a closed stream) is a UserError.
void put_text(std::string_view text);

/// The same, formatted.
template <class... Args>
void put(fmt::format_string<Args...> format, Args&&... args) {
  put_text(fmt::format(format, std::forward<Args>(args)...));
}

/// Hands on what put() holds back; throws as put() does.
void flush_output();

/// Writes text to standard error, control characters made visible. What cannot be written is
/// dropped: no result is lost because nobody hears a remark.
void tell_text(std::string_view text);

/// The same, formatted.
template <class... Args>
void tell(fmt::format_string<Args...> format, Args&&... args) {
  tell_text(fmt::format(format, std::forward<Args>(args)...));
}

/// Text that moves the cursor, for a terminal on standard error; names in it have to be visible().
void draw_on_stderr(std::string_view text);

/// "warning: `text`" on a line of its own, unless `quiet`.
void warn(std::string_view text, bool quiet);

}  // namespace escalate
