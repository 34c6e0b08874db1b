#include "workloads/nm_groups.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>

namespace escalate {

std::string text_of(const NmPattern& pattern) {
  return fmt::format("{}:{}", pattern.kept, pattern.group);
}

std::vector<bool> largest_of_groups(std::span<const float> values, int channels, int taps,
                                    const NmPattern& pattern) {
  std::vector<bool> kept(values.size(), false);
  for_each_group(values.size(), channels, taps, pattern, [&](std::vector<std::size_t>& places) {
    std::stable_sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
      return std::abs(values[a]) > std::abs(values[b]);
    });
    const auto count = std::min(places.size(), static_cast<std::size_t>(pattern.kept));
    for (std::size_t i = 0; i < count; ++i) kept[places[i]] = true;
  });
  return kept;
}

std::int64_t nm_bits(std::int64_t filters, int channels, int taps, const NmPattern& pattern,
                     int value_bits) {
  const int stored =
      channels / pattern.group * pattern.kept + std::min(channels % pattern.group, pattern.kept);
  const int place_bits = std::bit_width(static_cast<unsigned>(pattern.group - 1));
  return filters * stored * taps * (value_bits + place_bits);
}

}  // namespace escalate
