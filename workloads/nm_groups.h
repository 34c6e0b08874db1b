// Values in an N:M pattern: which of them it keeps by magnitude, and the bits that they take.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "workloads/nm_pattern.h"

namespace escalate {

/// "2:4"
std::string text_of(const NmPattern& pattern);

/// Whether filters of so many channels have a whole group. A pattern leaves other layers alone.
inline bool has_groups(int channels, const NmPattern& pattern) { return channels >= pattern.group; }

/// Calls visit(places) for each group of values [filters][channels][taps]: the places of its
/// channels at one tap, in order. The last group of a filter has the channels that are left.
template <class Visit>
void for_each_group(std::size_t values, int channels, int taps, const NmPattern& pattern,
                    Visit&& visit) {
  const auto filter = static_cast<std::size_t>(channels) * static_cast<std::size_t>(taps);
  std::vector<std::size_t> places;
  for (std::size_t first = 0; first < values; first += filter) {
    for (int begin = 0; begin < channels; begin += pattern.group) {
      for (int tap = 0; tap < taps; ++tap) {
        places.clear();
        for (int c = begin; c < std::min(begin + pattern.group, channels); ++c) {
          places.push_back(first + static_cast<std::size_t>(c) * static_cast<std::size_t>(taps) +
                           static_cast<std::size_t>(tap));
        }
        visit(places);
      }
    }
  }
}

/// For each of values [filters][channels][taps] whether the pattern keeps it: of each group at each
/// tap `pattern.kept` of the largest magnitudes, of equal ones the first channel's.
std::vector<bool> largest_of_groups(std::span<const float> values, int channels, int taps,
                                    const NmPattern& pattern);

/// Whether of each group of values [filters][channels][taps] at most `pattern.kept` differ from 0.
template <class Value>
bool keeps_to(const std::vector<Value>& values, int channels, int taps, const NmPattern& pattern) {
  bool keeps = true;
  for_each_group(values.size(), channels, taps, pattern, [&](const auto& places) {
    const auto nonzeros = std::count_if(places.begin(), places.end(),
                                        [&](std::size_t i) { return values[i] != Value{0}; });
    keeps = keeps && nonzeros <= pattern.kept;
  });
  return keeps;
}

/// Bits of `filters` x `channels` x `taps` values stored in the pattern: of each group as many as
/// are kept (a smaller last group has no more than its channels), `value_bits` each, and for each
/// of them its place in the group, ceil(log2 M) bits.
std::int64_t nm_bits(std::int64_t filters, int channels, int taps, const NmPattern& pattern,
                     int value_bits);

}  // namespace escalate
