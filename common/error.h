// The two kinds of failure of the program: the user's fault and ours (docs/architecture.md).
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace escalate {

/// Documented exit statuses of the program.
enum class ExitStatus { kDone = 0, kCheckFailed = 1, kUserError = 2, kInternalError = 3 };

/// Where in the user's input a fault lies; parts that do not apply stay empty (line 0: no line).
struct SourcePlace {
  std::string file = {};
  int line = 0;
  std::string key = {};
};

/// Something the user gave is wrong. `what()` is one line: "file:line: key: message".
class UserError : public std::runtime_error {
 public:
  explicit UserError(std::string_view message) : UserError(SourcePlace{}, message) {}
  UserError(SourcePlace place, std::string_view message);
  const SourcePlace& place() const { return place_; }
  /// The text without the place, to be thrown again once the place is known.
  const std::string& message() const { return message_; }

 private:
  SourcePlace place_;
  std::string message_;
};

/// One of our own invariants is broken (conservation of work, deadlock, ...): exit status 3.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Throws InternalError with `message` unless `invariant` holds.
inline void ensure(bool invariant, const char* message) {
  if (!invariant) throw InternalError(message);
}

/// The same for a message put together only when it is needed.
template <class MakeMessage>
requires std::is_invocable_v<MakeMessage>
void ensure(bool invariant, MakeMessage&& make_message) {
  if (!invariant) throw InternalError(make_message());
}

/// The candidate nearest to `word` by edit distance, or "" if none is within half its length.
std::string nearest_word(std::string_view word, const std::vector<std::string>& candidates);

/// "; did you mean 'x'?" with the candidate nearest to `word`, or "" if none is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

/// The message of a failed system call: "cannot <action> (<meaning of error_number>)".
std::string system_failure(std::string_view action, int error_number);

}  // namespace escalate
