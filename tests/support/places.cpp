#include "tests/support/places.h"

namespace escalate {

std::string source_folder() { return ESCALATE_SOURCE_DIR; }

std::string build_folder() { return ESCALATE_BINARY_DIR; }

}  // namespace escalate
