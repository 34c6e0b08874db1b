// How much memory a process may have at most, to refuse what cannot fit before work begins.
#pragma once

#include <cstdint>
#include <string>

namespace escalate {

/// Bytes that this process can have at most: by its limit of address space, by its control group,
/// and by what the machine has with its swap.
std::int64_t memory_limit_bytes();

/// UserError naming `file` if `bytes` are more than `limit`: "needs at least 3.2 GB for `what`, and
/// there are 2.0 GB".
void check_memory(const std::string& file, double bytes, const std::string& what,
                  std::int64_t limit = memory_limit_bytes());

}  // namespace escalate
