// N:M pruning by magnitude, for machines whose multipliers take weights in such a pattern.
#pragma once

#include "workloads/graph.h"

namespace escalate {

/// Zeroes the weights [K][C/groups][R][S] of a layer that `pattern` does not keep: of each M
/// consecutive input channels of a filter's tap the N largest stay, of equal ones the first. A
/// filter's last channels, if they are fewer than M, are a group as if zeros filled it up, as in
/// NVIDIA's ASP. Doing it again changes nothing. `channels` is C/groups.
void prune_to_pattern(Node& node, int channels, const NmPattern& pattern);

}  // namespace escalate
