#include "workloads/nm_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "common/random.h"

namespace escalate {

NmPattern parse_nm_pattern(const std::string& text, const SourcePlace& place) {
  constexpr int kMost = 16;
  NmPattern pattern;
  const char* end = text.data() + text.size();
  const auto kept = std::from_chars(text.data(), end, pattern.kept);
  if (kept.ec == std::errc() && kept.ptr != end && *kept.ptr == ':') {
    const auto group = std::from_chars(kept.ptr + 1, end, pattern.group);
    const bool is_whole = group.ec == std::errc() && group.ptr == end;
    if (is_whole && 1 <= pattern.kept && pattern.kept <= pattern.group && pattern.group <= kMost) {
      return pattern;
    }
  }
  throw UserError(place, fmt::format("'{}': expected N:M, such as 2:4, with N from 1 to M and M up "
                                     "to {}",
                                     text, kMost));
}

void keep_pattern(std::vector<std::int8_t>& weights, int channels, int taps,
                  const NmPattern& pattern, std::uint64_t seed) {
  const RandomStream order(seed);
  std::vector<std::pair<std::uint64_t, std::size_t>> places;
  const std::size_t filters = weights.size() / (static_cast<std::size_t>(channels) * taps);
  for (std::size_t k = 0; k < filters; ++k) {
    for (int first = 0; first < channels; first += pattern.group) {
      for (int tap = 0; tap < taps; ++tap) {
        places.clear();
        for (int c = first; c < std::min(first + pattern.group, channels); ++c) {
          const std::size_t place =
              (k * static_cast<std::size_t>(channels) + static_cast<std::size_t>(c)) *
                  static_cast<std::size_t>(taps) +
              static_cast<std::size_t>(tap);
          places.emplace_back(order.at(place), place);
        }
        std::sort(places.begin(), places.end());
        for (std::size_t i = static_cast<std::size_t>(pattern.kept); i < places.size(); ++i) {
          weights[places[i].second] = 0;
        }
      }
    }
  }
}

}  // namespace escalate
