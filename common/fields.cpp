#include "common/fields.h"

#include <fmt/format.h>

#include <cmath>

namespace escalate {

std::string FieldDoc::range() const {
  if (std::isfinite(min) && std::isfinite(max)) return fmt::format("{} to {}", min, max);
  if (std::isfinite(min)) return fmt::format("{} or more", min);
  return std::isfinite(max) ? fmt::format("{} or less", max) : "";
}

}  // namespace escalate
