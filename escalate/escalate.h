// ESCALATE as a library: read or draw a network, compile it for a machine, simulate it, and look at
// what it took (docs/library.md).
//
//   const esc::Result result = esc::simulate(esc::Network::from_zoo("resnet20-cifar10"));
//   result.write("page.html");  // result.cycles(), result.energy_j(), result.layers(), ...
//
// Beside this header stand escalate/concentrator.h (another concentrator), escalate/dram.h (another
// DRAM; needs SystemC) and escalate/accelerator.h (plug-ins for comparisons).
#pragma once

#include "escalate/ablate.h"     // IWYU pragma: export
#include "escalate/chart.h"      // IWYU pragma: export
#include "escalate/compare.h"    // IWYU pragma: export
#include "escalate/error.h"      // IWYU pragma: export
#include "escalate/interrupt.h"  // IWYU pragma: export
#include "escalate/machine.h"    // IWYU pragma: export
#include "escalate/network.h"    // IWYU pragma: export
#include "escalate/program.h"    // IWYU pragma: export
#include "escalate/result.h"     // IWYU pragma: export
#include "escalate/simulate.h"   // IWYU pragma: export
#include "escalate/sweep.h"      // IWYU pragma: export

namespace esc {

/// "0.1.0".
ESCALATE_API const char* version();

}  // namespace esc
