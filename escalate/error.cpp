#include "escalate/error.h"

#include <cctype>

#include "common/error.h"
#include "escalate/inside/handles.h"

namespace esc {
namespace {

bool is_letter(char c) { return std::islower(static_cast<unsigned char>(c)) != 0; }

}  // namespace

std::string without_dashes(const std::string& text) {
  std::string made;
  bool is_quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    is_quoted = is_quoted != (text[i] == '`');
    const bool begins = i == 0 || text[i - 1] == ' ' || text[i - 1] == '(';
    const bool is_option = begins && !is_quoted && text.compare(i, 2, "--") == 0 &&
                           i + 2 < text.size() && is_letter(text[i + 2]);
    if (!is_option) {
      made += text[i];
      continue;
    }
    for (i += 2; i < text.size() && (is_letter(text[i]) || text[i] == '-'); ++i) {
      made += text[i] == '-' ? '_' : text[i];
    }
    --i;
  }
  return made;
}

Error::Error(Kind kind, const std::string& message, const std::string& file, int line,
             const std::string& key)
    : std::runtime_error(escalate::UserError({file, line, key}, message).what()),
      kind_(kind),
      message_(message),
      file_(file),
      line_(line),
      key_(key) {}

Error::Error(const Error&) = default;
Error::~Error() = default;

}  // namespace esc
