// Accelerators of the user's own in shared objects (escalate/accelerator.h).
#pragma once

#include <string>

#include "baselines/registry.h"

namespace escalate {

/// Enters the accelerator of the shared object `path`. UserError that names the file: it cannot be
/// loaded, lacks an entry point, is of another version, throws, or has a name that is taken. Its
/// runs are UserErrors, too, where they throw or break a law that every baseline keeps.
void add_plugin(BaselineRegistry& registry, const std::string& path);

}  // namespace escalate
