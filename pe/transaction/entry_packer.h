// The bytes of an entry on the multicast network, made of the activations of one channel tile.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/host_simd.h"

namespace escalate {

class EntryPacker {
 public:
  explicit EntryPacker(HostSimd set) : set_(set) {}

  /// ceil(channels / 8) map bytes, then the activations that are not zero; valid until the next
  /// call. Up to 7 bytes behind the activations are read and have no effect.
  std::span<std::uint8_t> pack(const std::int8_t* activations, int channels);

 private:
  HostSimd set_;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace escalate
