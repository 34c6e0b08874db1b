// What is small enough to be run many times a second.
#pragma once

#include <algorithm>

#include "workloads/graph.h"
#include "workloads/integer_network.h"

namespace escalate {

inline constexpr std::int64_t kMostFuzzedValues = 1 << 14;  ///< of a tensor
inline constexpr std::int64_t kMostFuzzedMacs = 1 << 16;    ///< of a network

inline bool is_small(const Graph& graph) {
  return graph.dense_macs() < kMostFuzzedMacs &&
         std::all_of(graph.nodes.begin(), graph.nodes.end(), [](const Node& node) {
           return node.out.size() < kMostFuzzedValues && node.window.r < 100 && node.window.s < 100;
         });
}

inline bool is_small(const IntegerNetwork& network) {
  std::int64_t work = 0;
  for (int i = 0; i < int(network.nodes.size()); ++i) {
    const IntegerNode& node = network.nodes[std::size_t(i)];
    if (node.out.size() >= kMostFuzzedValues || node.window.r >= 100 || node.window.s >= 100) {
      return false;
    }
    work += node.out.size() + network.dense_macs(i);
  }
  return work < kMostFuzzedMacs;
}

}  // namespace escalate
