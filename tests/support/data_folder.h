// The folder of real networks and images that some tests use where it is present.
#pragma once

#include <cstdlib>
#include <filesystem>

namespace escalate {

inline std::filesystem::path data_folder() {
  const char* given = std::getenv("ESCALATE_DATA");
  return given != nullptr ? given : std::filesystem::path(ESCALATE_SOURCE_DIR) / "../shared/data";
}

}  // namespace escalate
