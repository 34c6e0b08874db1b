#include "pe/transaction/entry_packer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/random.h"
#include "machine/segments.h"
#include "tests/support/print_host_simd.h"

namespace escalate {
namespace {

class EntryPackers : public testing::TestWithParam<HostSimd> {};

INSTANTIATE_TEST_SUITE_P(Pe, EntryPackers, testing::ValuesIn(available_host_simd()),
                         [](const auto& test) {
                           std::string name(to_string(test.param));
                           std::erase(name, '+');
                           return name;
                         });

TEST_P(EntryPackers, PackAsASegmentOfOnePositionIsPacked) {
  EntryPacker packer(GetParam());
  Random random(5);
  for (int channels = 1; channels <= 300; ++channels) {
    for (const double density : {0.0, 0.3, 1.0}) {
      std::vector<std::int8_t> activations(std::size_t(channels) + 8, 99);  // 99: not of the entry
      for (int c = 0; c < channels; ++c) {
        const bool is_zero = !random.chance(density);
        activations[std::size_t(c)] =
            is_zero ? std::int8_t{0} : std::int8_t(random.between(-128, 127));
      }
      const auto bytes = packer.pack(activations.data(), channels);
      const auto expected = pack_segment(1, channels, [&](int) { return activations.data(); });
      EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), expected.begin(), expected.end()))
          << channels;
    }
  }
}

}  // namespace
}  // namespace escalate
