#include "buffers/global_buffer.h"

#include <algorithm>

#include "common/error.h"
#include "machine/ternary_words.h"

namespace escalate {
namespace {

constexpr std::int64_t kSlack = 64;  // vector code reads this far beyond what it needs

}  // namespace

GlobalBuffer::GlobalBuffer(std::int64_t bytes)
    : size_(bytes),
      bytes_(std::size_t(bytes + kSlack), 0),
      maps_(std::size_t((bytes + kSlack) / 64 + 2), 0) {}

void GlobalBuffer::write(std::int64_t address, std::span<const std::int8_t> values) {
  ensure(address >= 0 && address + std::int64_t(values.size()) <= size_,
         "a write lies within the global buffer");
  std::copy(values.begin(), values.end(), bytes_.begin() + address);
  for (std::size_t at = 0; at < values.size();) {
    const std::int64_t bit = address + std::int64_t(at);
    const int shift = int(bit % 64);
    const int width = int(std::min<std::size_t>(values.size() - at, std::size_t(64 - shift)));
    const std::uint64_t bits = nonzero_bits(values.subspan(at, std::size_t(width)));
    const std::uint64_t mask = low_bits(width) << shift;
    std::uint64_t& word = maps_[std::size_t(bit / 64)];
    word = (word & ~mask) | (bits << shift);
    at += std::size_t(width);
  }
}

}  // namespace escalate
