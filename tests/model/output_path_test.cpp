#include "model/output_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace escalate {
namespace {

using testing::ElementsAre;
using Values = std::vector<std::int8_t>;

class Witness : public OutputObserver {
 public:
  void on_outputs(const OutputPosition&, std::span<const std::int8_t> computed,
                  std::span<const std::int8_t> written) override {
    computed_.assign(computed.begin(), computed.end());
    written_.assign(written.begin(), written.end());
  }
  Values computed_, written_;
};

Values written(OutputPath& path, const OutputPosition& at, const Values& computed) {
  const auto bytes = path.written(at, computed);
  return {bytes.begin(), bytes.end()};
}

TEST(OutputPath, WritesWhatIsComputed) {
  OutputPath path;
  path.begin_layer(1);
  EXPECT_THAT(written(path, {}, {1, -2, 3}), ElementsAre(1, -2, 3));
}

// [2][2][3]: value 10 c + 3 h + w.
Activations drawn_tensor() { return {{2, 2, 3}, {0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15}}; }

TEST(OutputPath, WritesADrawnTensorInPlaceOfWhatIsComputedForEveryImage) {
  OutputPath path;
  path.put_drawn(drawn_tensor());
  path.begin_layer(2);
  EXPECT_THAT(written(path, {0, 0, 0, 2}, {7, 7}), ElementsAre(2, 12));
  EXPECT_THAT(written(path, {1, 0, 0, 2}, {7, 7}), ElementsAre(2, 12));
  EXPECT_THAT(written(path, {0, 1, 1, 0}, {7}), ElementsAre(13));
}

TEST(OutputPath, ADrawnTensorIsThatOfOneLayer) {
  OutputPath path;
  path.put_drawn(drawn_tensor());
  path.begin_layer(1);
  path.end_layer();
  path.begin_layer(1);
  EXPECT_THAT(written(path, {0, 0, 0, 2}, {7, 7}), ElementsAre(7, 7));
}

TEST(OutputPath, ObserversSeeWhatIsComputedAndWhatIsWritten) {
  Witness first, second;
  OutputPath path;
  path.add_observer(first);
  path.add_observer(second);
  path.put_drawn(drawn_tensor());
  path.begin_layer(1);
  written(path, {0, 0, 1, 2}, {8, 9});
  for (const Witness& witness : {first, second}) {
    EXPECT_THAT(witness.computed_, ElementsAre(8, 9));
    EXPECT_THAT(witness.written_, ElementsAre(5, 15));
  }
}

TEST(OutputPath, CountsTheOutputsOfEachImage) {
  OutputPath path;
  path.begin_layer(2);
  written(path, {1, 0, 0, 0}, {1, 2, 3});
  written(path, {1, 3, 0, 0}, {4});
  EXPECT_EQ(path.num_written(0), 0);
  EXPECT_EQ(path.num_written(1), 4);
  path.begin_layer(2);
  EXPECT_EQ(path.num_written(1), 0);
}

}  // namespace
}  // namespace escalate
