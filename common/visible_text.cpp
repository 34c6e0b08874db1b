#include "common/visible_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace escalate {
namespace {

/// A character at the begin of a text: its bytes (0: no UTF-8 begins here) and its code point.
struct Character {
  std::size_t bytes = 0;
  std::uint32_t point = 0;
};

Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {1, lead};
  std::size_t bytes = 0;
  if (lead >= 0xc2 && lead <= 0xdf) bytes = 2;
  if (lead >= 0xe0 && lead <= 0xef) bytes = 3;
  if (lead >= 0xf0 && lead <= 0xf4) bytes = 4;
  if (bytes == 0 || text.size() < bytes) return {};
  std::uint32_t point = lead & (0xffU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    point = point << 6 | (byte(i) & 0x3fU);
  }
  constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = point >= 0xd800 && point <= 0xdfff;
  if (point < kSmallest[bytes] || point > 0x10ffff || is_surrogate) return {};
  return {bytes, point};
}

/// What a terminal, or the eye, would take for something else than a character of a name.
bool is_hidden(std::uint32_t point) {
  return point < 0x20 || (point >= 0x7f && point <= 0x9f) || point == 0x61c || point == 0x200e ||
         point == 0x200f || (point >= 0x2028 && point <= 0x202e) ||
         (point >= 0x2066 && point <= 0x2069) || point == 0xfeff;
}

/// The bytes of a sequence that sets a colour ("\x1b[1;31m") at the begin of `text`; 0: there is
/// none.
std::size_t colour_sequence(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const std::size_t end = text.find_first_not_of("0123456789;", 2);
  return end != std::string_view::npos && text[end] == 'm' ? end + 1 : 0;
}

std::string escaped(std::string_view text, bool keeps_lines, bool keeps_colour) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const Character character = first_character(text);
    std::size_t bytes = keeps_colour ? colour_sequence(text) : 0;
    if (bytes > 0 || (keeps_lines && text[0] == '\n')) {
      bytes = std::max<std::size_t>(bytes, 1);
      shown += text.substr(0, bytes);
    } else if (character.bytes == 0) {
      bytes = 1;
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
    } else {
      bytes = character.bytes;
      if (is_hidden(character.point)) {
        shown += fmt::format("\\u{:04x}", character.point);
      } else {
        shown += text.substr(0, bytes);
      }
    }
    text.remove_prefix(bytes);
  }
  return shown;
}

}  // namespace

std::size_t first_not_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t bytes = first_character(text.substr(at)).bytes;
    if (bytes == 0) break;
    at += bytes;
  }
  return at;
}

bool is_utf8(std::string_view text) { return first_not_utf8(text) == text.size(); }

std::string visible(std::string_view text) { return escaped(text, false, false); }

std::string visible_lines(std::string_view text, bool has_colour) {
  return escaped(text, true, has_colour);
}

}  // namespace escalate
