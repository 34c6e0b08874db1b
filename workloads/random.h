// Reproducible random numbers: the i-th number of a stream depends on the stream's seed and i only.
#pragma once

#include <cstdint>
#include <string_view>

namespace escalate {

/// Finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): a bijection that mixes all bits.
constexpr std::uint64_t mix_bits(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

/// Seed of the stream of one use, such as ("layer2.0.conv1", "coefficients"): streams of other
/// names are independent of it, so that changing one layer changes no other.
constexpr std::uint64_t stream_seed(std::uint64_t seed, std::string_view name,
                                    std::string_view use) {
  std::uint64_t hash = mix_bits(seed + 0x9e3779b97f4a7c15ULL);
  for (const std::string_view part : {name, use}) {
    for (const char c : part) hash = mix_bits(hash ^ static_cast<unsigned char>(c)) + 0x100;
    hash = mix_bits(hash + part.size());
  }
  return hash;
}

/// SplitMix64 as a counter-based generator.
class RandomStream {
 public:
  explicit constexpr RandomStream(std::uint64_t seed) : seed_(seed) {}
  constexpr std::uint64_t at(std::uint64_t i) const {
    return mix_bits(seed_ + (i + 1) * 0x9e3779b97f4a7c15ULL);
  }

 private:
  std::uint64_t seed_;
};

}  // namespace escalate
