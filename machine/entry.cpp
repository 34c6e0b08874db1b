#include "machine/entry.h"

#include <bit>

#include "common/error.h"
#include "common/math.h"

namespace escalate {

std::span<const std::int8_t> Entry::chunk_values(int chunk) const {
  std::size_t first = 0;
  for (int i = 0; i < chunk; ++i) first += std::size_t(std::popcount(maps[i]));
  return {values.data() + first, std::size_t(std::popcount(maps[chunk]))};
}

Entry make_entry(std::span<const std::int8_t> activations, int chunk) {
  ensure(chunk >= 1 && chunk <= 64, "a chunk has 1 to 64 channels");
  ensure(!activations.empty(), "an entry has channels");
  Entry entry;
  entry.channels = int(activations.size());
  entry.maps.resize(ceil_div(activations.size(), chunk));
  for (std::size_t channel = 0; channel < activations.size(); ++channel) {
    if (activations[channel] == 0) continue;
    entry.maps[channel / chunk] |= std::uint64_t{1} << (channel % chunk);
    entry.values.push_back(activations[channel]);
  }
  return entry;
}

}  // namespace escalate
