// Which elements of a tensor are not zero: one bit an element, in row-major order.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace escalate {

class BitTensor {
 public:
  BitTensor() = default;
  /// `size` elements, all zero.
  explicit BitTensor(std::int64_t size)
      : size_(size), words_(static_cast<std::size_t>((size + 63) / 64)) {}

  /// `size` elements, none zero.
  static BitTensor ones(std::int64_t size) {
    BitTensor bits(size);
    for (std::uint64_t& word : bits.words_) word = ~std::uint64_t{0};
    if (size % 64 != 0) bits.words_.back() = (std::uint64_t{1} << (size % 64)) - 1;
    return bits;
  }

  /// The non-zeros of integer values in their order.
  template <class Value>
  static BitTensor nonzeros_of(const std::vector<Value>& values) {
    BitTensor bits(static_cast<std::int64_t>(values.size()));
    for (std::size_t i = 0; i < values.size(); ++i) {
      bits.words_[i / 64] |= std::uint64_t{values[i] != 0} << (i % 64);
    }
    return bits;
  }

  std::int64_t size() const { return size_; }
  /// Element i is bit i % 64 of word i / 64.
  const std::uint64_t* words() const { return words_.data(); }
  bool at(std::int64_t i) const { return words_[static_cast<std::size_t>(i / 64)] >> (i % 64) & 1; }
  void set(std::int64_t i) {
    words_[static_cast<std::size_t>(i / 64)] |= std::uint64_t{1} << (i % 64);
  }

  /// Bits first .. first + count - 1 (count <= 64) in the low bits of a word.
  std::uint64_t bits(std::int64_t first, int count) const {
    const auto word = static_cast<std::size_t>(first / 64);
    const int shift = static_cast<int>(first % 64);
    std::uint64_t value = words_[word] >> shift;
    if (shift + count > 64) value |= words_[word + 1] << (64 - shift);
    return count == 64 ? value : value & ((std::uint64_t{1} << count) - 1);
  }

  /// Set bits of first .. first + count - 1.
  std::int64_t count(std::int64_t first, std::int64_t count) const {
    std::int64_t sum = 0;
    for (std::int64_t done = 0; done < count; done += 64) {
      const auto step = static_cast<int>(count - done < 64 ? count - done : 64);
      sum += std::popcount(bits(first + done, step));
    }
    return sum;
  }
  std::int64_t count() const { return count(0, size_); }

  /// Calls visit(i) for each set bit of first .. first + count - 1, in order.
  template <class Visit>
  void for_each(std::int64_t first, std::int64_t count, Visit&& visit) const {
    for (std::int64_t done = 0; done < count; done += 64) {
      const auto step = static_cast<int>(count - done < 64 ? count - done : 64);
      for (std::uint64_t word = bits(first + done, step); word != 0; word &= word - 1) {
        visit(first + done + std::countr_zero(word));
      }
    }
  }

  bool operator==(const BitTensor&) const = default;

 private:
  std::int64_t size_ = 0;
  std::vector<std::uint64_t> words_;
};

}  // namespace escalate
