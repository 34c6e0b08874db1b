// Which process of this machine did something, and whether it still runs.
#pragma once

#include <string>

namespace escalate {

/// A name that no other process has, of any time: boot of the machine, process namespace, number
/// and time of start.
std::string process_identity();

/// Whether the process of that name surely runs: false, too, for one of another machine or
/// container, of which nothing can be known.
bool surely_runs(const std::string& identity);

}  // namespace escalate
