// The one exception of the library.
#pragma once

#include <stdexcept>
#include <string>

#include "escalate/export.h"

namespace esc {

/// Every function of the library throws it, and nothing else but std::bad_alloc. what() is one
/// line: "file:line: key: message".
class ESCALATE_API Error : public std::runtime_error {
 public:
  /// Whose fault it is: what the caller gave is wrong, or an invariant of the simulator is broken
  /// (a law of conservation, a deadlock, an output that differs from its check).
  enum class Kind { kUser, kInternal };

  /// Parts of the place that do not apply stay empty (line 0: no line).
  Error(Kind kind, const std::string& message, const std::string& file = "", int line = 0,
        const std::string& key = "");
  Error(const Error&);
  ~Error() override;

  Kind kind() const { return kind_; }
  /// The text without the place: what was expected.
  const std::string& message() const { return message_; }
  const std::string& file() const { return file_; }
  int line() const { return line_; }
  /// The parameter, option, layer or argument that is wrong.
  const std::string& key() const { return key_; }

 private:
  Kind kind_;
  std::string message_, file_;
  int line_;
  std::string key_;
};

}  // namespace esc
