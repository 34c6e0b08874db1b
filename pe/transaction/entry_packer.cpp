#include "pe/transaction/entry_packer.h"

#include <bit>
#include <cstddef>
#include <cstring>

#include "common/math.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define ESCALATE_PACKS_BY_PEXT
#endif

namespace escalate {
namespace {

constexpr std::uint64_t kLowBits = 0x0101010101010101;

// Eight activations in channel order; those from `count` on are zero.
std::uint64_t load_activations(const std::int8_t* activations, int count) {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t word = 0;
  std::memcpy(&word, activations, sizeof(word));
  return count >= 8 ? word : word & ((std::uint64_t{1} << (8 * count)) - 1);
}

// The lowest bit of each byte: whether the byte is not zero.
std::uint64_t nonzero_bytes(std::uint64_t word) {
  constexpr std::uint64_t kBelowSign = 0x7f7f7f7f7f7f7f7f;
  return ((((word & kBelowSign) + kBelowSign) | word) >> 7) & kLowBits;
}

// These bits as one map byte.
std::uint8_t map_byte(std::uint64_t nonzero) {
  return std::uint8_t((nonzero * 0x0102040810204080) >> 56);
}

std::uint8_t* pack_by_byte(const std::int8_t* activations, int channels, std::uint8_t* maps,
                           std::uint8_t* values) {
  for (int c = 0; c < channels; c += 8) {
    const std::uint64_t word = load_activations(activations + c, channels - c);
    *maps++ = map_byte(nonzero_bytes(word));
    for (int i = 0; i < 8; ++i) {
      const auto value = std::uint8_t(word >> (8 * i));
      *values = value;
      values += value != 0 ? 1 : 0;
    }
  }
  return values;
}

#if defined(ESCALATE_PACKS_BY_PEXT)
__attribute__((target("bmi2,popcnt"))) std::uint8_t* pack_by_pext(const std::int8_t* activations,
                                                                  int channels, std::uint8_t* maps,
                                                                  std::uint8_t* values) {
  for (int c = 0; c < channels; c += 8) {
    const std::uint64_t word = load_activations(activations + c, channels - c);
    const std::uint64_t nonzero = nonzero_bytes(word);
    *maps++ = map_byte(nonzero);
    const std::uint64_t packed = _pext_u64(word, nonzero * 0xff);
    std::memcpy(values, &packed, sizeof(packed));
    values += _mm_popcnt_u64(nonzero);
  }
  return values;
}
#endif

}  // namespace

std::span<std::uint8_t> EntryPacker::pack(const std::int8_t* activations, int channels) {
  const auto size_of_map = std::size_t(map_bytes(channels));
  // Values are stored eight at a time, so that up to eight bytes follow the last one.
  bytes_.resize(size_of_map + 8 * size_of_map + 8);
  std::uint8_t* const maps = bytes_.data();
  std::uint8_t* const values = maps + size_of_map;
#if defined(ESCALATE_PACKS_BY_PEXT)
  std::uint8_t* const end = set_ == HostSimd::kAvx2Pext
                                ? pack_by_pext(activations, channels, maps, values)
                                : pack_by_byte(activations, channels, maps, values);
#else
  std::uint8_t* const end = pack_by_byte(activations, channels, maps, values);
#endif
  return {maps, std::size_t(end - maps)};
}

}  // namespace escalate
