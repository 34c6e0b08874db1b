// The folder of real networks and images that some tests use where it is present.
#pragma once

#include <cstdlib>
#include <filesystem>

#include "tests/support/places.h"

namespace escalate {

inline std::filesystem::path data_folder() {
  const char* given = std::getenv("ESCALATE_DATA");
  return given != nullptr ? given : std::filesystem::path(source_folder()) / "../shared/data";
}

}  // namespace escalate
