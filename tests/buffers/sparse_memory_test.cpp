#include "buffers/sparse_memory.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <vector>

namespace escalate {
namespace {

TEST(SparseMemory, HoldsWhatWasLastWrittenAndElseZeroAcrossPages) {
  EXPECT_TRUE(rc::check("reads return the last bytes written", [] {
    SparseMemory memory;
    std::map<std::uint64_t, std::uint8_t> reference;
    const auto address = [] {
      const auto page = *rc::gen::element<std::uint64_t>(0, 1, 2, 1ULL << 40);
      return page * SparseMemory::kPageBytes +
             std::uint64_t(*rc::gen::inRange<std::int64_t>(0, SparseMemory::kPageBytes));
    };
    for (int i = *rc::gen::inRange(1, 10); i > 0; --i) {
      const std::uint64_t at = address();
      const auto bytes = *rc::gen::container<std::vector<std::uint8_t>>(
          *rc::gen::inRange<std::size_t>(0, 200), rc::gen::arbitrary<std::uint8_t>());
      memory.write(at, bytes);
      for (std::size_t k = 0; k < bytes.size(); ++k) reference[at + k] = bytes[k];
    }
    const std::uint64_t at = address();
    std::vector<std::uint8_t> bytes(SparseMemory::kPageBytes + 100, 0xAA);
    memory.read(at, bytes);
    for (std::size_t k = 0; k < bytes.size(); ++k) {
      const auto found = reference.find(at + k);
      RC_ASSERT(bytes[k] == (found == reference.end() ? 0 : found->second));
    }
  }));
}

}  // namespace
}  // namespace escalate
