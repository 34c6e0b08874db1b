// N:M sparsity: of each group of consecutive input channels only some weights of a filter's tap
// may differ from zero.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/error.h"

namespace escalate {

struct NmPattern {
  int kept = 1;   ///< N
  int group = 1;  ///< M

  /// The largest share of weights that may differ from zero.
  double density() const { return static_cast<double>(kept) / group; }
  bool operator==(const NmPattern&) const = default;
};

/// "2:4": at least one of each group, groups of at most 16. UserError at `place`, where it is
/// given.
NmPattern parse_nm_pattern(const std::string& text, const SourcePlace& place = {});

/// Zeroes weights [filters][channels][taps] until each group of channels (the last one of a filter
/// may be smaller) has at most `pattern.kept` places left at a tap; places are drawn by `seed`.
void keep_pattern(std::vector<std::int8_t>& weights, int channels, int taps,
                  const NmPattern& pattern, std::uint64_t seed);

}  // namespace escalate
