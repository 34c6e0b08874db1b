#include "escalate/error.h"

#include "common/error.h"

namespace esc {

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
