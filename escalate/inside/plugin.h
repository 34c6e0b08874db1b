// Accelerators of the user's own (escalate/accelerator.h), in shared objects or in this program.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "baselines/registry.h"
#include "escalate/accelerator.h"

namespace escalate {

/// Enters the accelerator of the shared object `path`. UserError that names the file: it cannot be
/// loaded, lacks an entry point, is of another version, throws, or has a name that is taken. Its
/// runs are UserErrors, too, where they throw or break a law that every baseline keeps.
void add_plugin(BaselineRegistry& registry, const std::string& path);

/// The same for what `make` makes, which is called several times; "accelerator NAME" stands for the
/// file.
void add_accelerator(BaselineRegistry& registry,
                     const std::function<std::unique_ptr<esc::plugin::Accelerator>()>& make);

}  // namespace escalate
