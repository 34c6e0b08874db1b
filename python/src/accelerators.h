// Accelerators written in Python, as those of escalate/accelerator.h.
#pragma once

#include <pybind11/pybind11.h>

#include <functional>
#include <memory>

#include "escalate/accelerator.h"
#include "python/src/calls.h"

/// What run() of an accelerator in Python is given.
void bind_layer(pybind11::module_& module);

/// Makes copies of `accelerator`, an escalate.Accelerator. What its methods raise goes to `raised`.
std::function<std::unique_ptr<esc::plugin::Accelerator>()> maker_of(pybind11::object accelerator,
                                                                    const Raised& raised);
