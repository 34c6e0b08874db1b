// Whether a program can run on its machine at all: operands within every buffer, streams that end,
// and no two streams that use the same bytes or bank at once.
#pragma once

#include "compiler/program.h"

namespace escalate {

/// UserError names layer, stream and instruction, and what is wrong with it.
void verify(const Program& program);

}  // namespace escalate
