#include "machine/ternary_words.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "common/error.h"
#include "common/math.h"

namespace escalate {
namespace {

constexpr int kWord = 64;

// The lowest bits of eight bytes, that of the first one lowest.
std::uint64_t gather_low_bits(std::uint64_t bytes) {
  return (bytes & 0x0101010101010101) * 0x0102040810204080 >> 56;
}

}  // namespace

TernaryWord TernaryWord::of(std::span<const std::int8_t> coefficients) {
  ensure(coefficients.size() <= kWord, "a word has up to 64 coefficients");
  static_assert(std::endian::native == std::endian::little);
  TernaryWord word;
  for (std::size_t i = 0; i < coefficients.size(); i += 8) {
    const std::size_t count = std::min<std::size_t>(8, coefficients.size() - i);
    std::uint64_t bytes = 0;
    if (count == 8) {
      std::memcpy(&bytes, &coefficients[i], 8);  // in one instruction
    } else {
      std::memcpy(&bytes, &coefficients[i], count);
    }
    // 0, 1 and -1 are 0x00, 0x01 and 0xff.
    const std::uint64_t negative = bytes >> 7 & 0x0101010101010101;
    const std::uint64_t nonzero = bytes & 0x0101010101010101;
    ensure((bytes & 0xfefefefefefefefe) == negative * 0xfe && (negative & ~nonzero) == 0,
           "a coefficient is -1, 0 or 1");
    word.map |= gather_low_bits(nonzero) << i;
    word.signs |= gather_low_bits(negative) << i;
  }
  return word;
}

std::uint64_t nonzero_bits(std::span<const std::int8_t> values) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < values.size(); i += 8) {
    std::uint64_t bytes = 0;
    if (i + 8 <= values.size()) {
      std::memcpy(&bytes, &values[i], 8);  // in one instruction
    } else {
      std::memcpy(&bytes, &values[i], values.size() - i);
    }
    // The highest bit of each byte that has a lower one, or itself.
    const std::uint64_t nonzero = ((bytes & 0x7f7f7f7f7f7f7f7f) + 0x7f7f7f7f7f7f7f7f) | bytes;
    bits |= gather_low_bits(nonzero >> 7) << i;
  }
  return bits;
}

TernaryWords::TernaryWords(int rows, int channels)
    : rows_(rows),
      channels_(channels),
      per_row_(std::size_t(ceil_div(channels, kWord))),
      words_(std::size_t(rows) * per_row_) {}

void TernaryWords::set_row(int row, std::span<const std::int8_t> coefficients) {
  ensure(int(coefficients.size()) == channels_, "a row has one coefficient a channel");
  for (std::size_t i = 0; i < per_row_; ++i) {
    const std::size_t begin = i * kWord;
    const std::size_t count = std::min<std::size_t>(kWord, coefficients.size() - begin);
    words_[first(row) + i] = TernaryWord::of(coefficients.subspan(begin, count));
  }
}

std::int8_t TernaryWords::at(int row, int channel) const {
  const TernaryWord word = part(row, channel, 1);
  return word.map == 0 ? std::int8_t{0} : word.signs != 0 ? std::int8_t{-1} : std::int8_t{1};
}

TernaryWord TernaryWords::part(int row, int begin, int count) const {
  const std::span<const TernaryWord> words = this->row(row);
  const auto at = std::size_t(begin / kWord);
  const int shift = begin % kWord;
  TernaryWord made = {words[at].map >> shift, words[at].signs >> shift};
  if (shift + count > kWord && at + 1 < words.size()) {
    made.map |= words[at + 1].map << (kWord - shift);
    made.signs |= words[at + 1].signs << (kWord - shift);
  }
  made.map &= low_bits(count);
  made.signs &= low_bits(count);
  return made;
}

}  // namespace escalate
