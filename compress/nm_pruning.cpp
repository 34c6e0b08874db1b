#include "compress/nm_pruning.h"

#include <cstddef>
#include <vector>

#include "workloads/nm_groups.h"

namespace escalate {

void prune_to_pattern(Node& node, int channels, const NmPattern& pattern) {
  const int taps = node.window.r * node.window.s;
  const std::vector<bool> kept = largest_of_groups(node.weights, channels, taps, pattern);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (!kept[i]) node.weights[i] = 0;
  }
}

}  // namespace escalate
