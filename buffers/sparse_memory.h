// A byte-addressed memory of 2^64 bytes that takes space only where something was written; all
// other bytes are zero.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>

namespace escalate {

class SparseMemory {
 public:
  static constexpr std::uint64_t kPageBytes = 1 << 16;

  void read(std::uint64_t address, std::span<std::uint8_t> bytes) const {
    for_each_part(address, bytes, [this](std::uint64_t page, std::uint64_t at, auto part) {
      const auto found = pages_.find(page);
      if (found == pages_.end()) {
        std::fill(part.begin(), part.end(), std::uint8_t{0});
      } else {
        std::copy_n(found->second->begin() + std::ptrdiff_t(at), part.size(), part.begin());
      }
    });
  }

  void write(std::uint64_t address, std::span<const std::uint8_t> bytes) {
    for_each_part(address, bytes, [this](std::uint64_t page, std::uint64_t at, auto part) {
      std::unique_ptr<Page>& stored = pages_[page];
      if (!stored) stored = std::make_unique<Page>();
      std::copy(part.begin(), part.end(), stored->begin() + std::ptrdiff_t(at));
    });
  }

 private:
  using Page = std::array<std::uint8_t, kPageBytes>;

  // Calls visit(page, offset in the page, part of `bytes`) for each page that is touched.
  template <class Byte, class Visit>
  static void for_each_part(std::uint64_t address, std::span<Byte> bytes, Visit&& visit) {
    while (!bytes.empty()) {
      const std::uint64_t at = address % kPageBytes;
      const std::size_t size = std::min<std::uint64_t>(bytes.size(), kPageBytes - at);
      visit(address / kPageBytes, at, bytes.first(size));
      bytes = bytes.subspan(size);
      address += size;
    }
  }

  std::unordered_map<std::uint64_t, std::unique_ptr<Page>> pages_;
};

}  // namespace escalate
