#include "pe/transaction/pass_input.h"

#include <gtest/gtest.h>

#include "tests/pe/small_pass.h"

namespace escalate {
namespace {

TEST(PassInput, HasOneMapWordAChunkOfWhatIsNotZero) {
  const SmallPass pass;
  PassInput input(pass.machine, pass.buffer, pass.run, *pass.rows);
  const std::vector<int> columns = {1, 3, 6};
  for (const int h : {4, 2}) {
    input.read_row(h, columns);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      for (int t = 0; t < 2; ++t) {
        const PassRows::Tile& tile = pass.rows->tiles[std::size_t(t)];
        const auto maps = input.maps(i, t);
        ASSERT_EQ(int(maps.size()), t == 0 ? 2 : 1);
        for (int c = 0; c < tile.channels; ++c) {
          EXPECT_EQ((maps[std::size_t(c / 8)] >> (c % 8) & 1) != 0,
                    pass.activation(h, columns[i], tile.first_channel + c) != 0);
        }
      }
      EXPECT_EQ(input.data(columns[i], 16)[3], pass.activation(h, columns[i], 19));
    }
  }
}

}  // namespace
}  // namespace escalate
