// Small seeded random numbers, the same on every machine and with every standard library.
// Generators: S. Vigna, splitmix64; D. Blackman and S. Vigna, xoshiro256** (ACM TOMS 47(4), 2021).
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <string_view>

namespace escalate {

/// Next number of the splitmix64 sequence; advances `state`.
constexpr std::uint64_t splitmix64(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/// A seed of its own for everything that is drawn, so that neither order nor --jobs matters.
constexpr std::uint64_t seed_for(std::uint64_t seed, std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : name) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  std::uint64_t state = splitmix64(seed) ^ hash;
  return splitmix64(state);
}

/// The i-th number of a splitmix64 sequence, in any order: what is drawn at one place does not
/// depend on what is drawn elsewhere.
class RandomStream {
 public:
  explicit constexpr RandomStream(std::uint64_t seed) : seed_(seed) {}
  constexpr std::uint64_t at(std::uint64_t i) const {
    std::uint64_t state = seed_ + i * 0x9e3779b97f4a7c15;
    return splitmix64(state);
  }

 private:
  std::uint64_t seed_;
};

/// xoshiro256**; satisfies std::uniform_random_bit_generator.
class Random {
 public:
  using result_type = std::uint64_t;

  explicit constexpr Random(std::uint64_t seed) {
    for (std::uint64_t& word : state_) word = splitmix64(seed);
  }
  explicit constexpr Random(const std::array<std::uint64_t, 4>& state) : state_(state) {}

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

  constexpr result_type operator()() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  /// Uniform in [0, 1), a multiple of 2^-53.
  constexpr double uniform() { return static_cast<double>((*this)() >> 11) * 0x1p-53; }

  /// Uniform in [0, bound), bound >= 1; without bias (numbers of an incomplete last round are drawn
  /// again).
  constexpr std::uint64_t below(std::uint64_t bound) {
    const std::uint64_t surplus = (max() - bound + 1) % bound;  // 2^64 mod bound
    std::uint64_t number = (*this)();
    while (number > max() - surplus) number = (*this)();
    return number % bound;
  }

  /// Uniform in [low, high], both included.
  constexpr std::int64_t between(std::int64_t low, std::int64_t high) {
    const std::uint64_t span = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
    const std::uint64_t offset = span == max() ? (*this)() : below(span + 1);
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + offset);
  }

  /// True with the given probability (0..1).
  constexpr bool chance(double probability) { return uniform() < probability; }

 private:
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace escalate
