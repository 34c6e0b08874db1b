// Whether memory that is freed goes back to the operating system.
#pragma once

namespace escalate {

/// From now on this process keeps it for what comes next. Tensors of megabytes come and go layer by
/// layer, and pages that are taken anew have to be cleared and entered each time. Only where the C
/// library can be asked to (glibc); for programs, since it holds for the whole process.
void keep_freed_memory();

}  // namespace escalate
