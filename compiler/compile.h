// The compiler: from an integer network to the instruction streams of one machine
// (docs/compiler.md).
#pragma once

#include "compiler/program.h"
#include "machine/config.h"

namespace escalate {

/// Maps, places and lowers every layer; the result passes verify(). `batch` images run through each
/// layer before the next one, so that coefficients are loaded once for them. The program keeps the
/// network: move one that is not needed any more. UserError names the
/// layer that cannot run on the machine, and the parameter that is too small.
Program compile(IntegerNetwork network, const MachineConfig& machine, int batch = 1);

}  // namespace escalate
