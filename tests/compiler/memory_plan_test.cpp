#include "compiler/memory_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace escalate {
namespace {

using testing::ElementsAre;

/// Which bytes are taken in which layer.
class TakenBytes {
 public:
  static constexpr int kLayers = 8;
  explicit TakenBytes(std::int64_t capacity)
      : taken_(kLayers, std::vector<bool>(std::size_t(capacity), false)) {}

  std::optional<std::int64_t> lowest(std::int64_t size, int first, int last) const {
    for (std::int64_t at = 0; at + size <= capacity(); ++at) {
      if (is_free(at, at + size, first, last)) return at;
    }
    return std::nullopt;
  }
  bool is_free(std::int64_t begin, std::int64_t end, int first, int last) const {
    for (int layer = first; layer <= last; ++layer) {
      for (std::int64_t at = begin; at < end; ++at) {
        if (taken_[std::size_t(layer)][std::size_t(at)]) return false;
      }
    }
    return true;
  }
  void take(std::int64_t begin, std::int64_t end, int first, int last) {
    for (int layer = first; layer <= last; ++layer) {
      for (std::int64_t at = begin; at < end; ++at) {
        taken_[std::size_t(layer)][std::size_t(at)] = true;
      }
    }
  }
  std::int64_t largest_gap(int layer) const {
    std::int64_t largest = 0, size = 0;
    for (const bool taken : taken_[std::size_t(layer)]) {
      size = taken ? 0 : size + 1;
      largest = std::max(largest, size);
    }
    return largest;
  }
  std::int64_t capacity() const { return std::int64_t(taken_[0].size()); }

 private:
  std::vector<std::vector<bool>> taken_;
};

TEST(SpanAllocator, KeepsToAPhase) {
  SpanAllocator spans(100);
  EXPECT_EQ(spans.allocate(10, 0, 1, {3, 16}), 3);
  EXPECT_EQ(spans.allocate(3, 0, 1), 0);
  EXPECT_EQ(spans.allocate(10, 0, 1, {3, 16}), 19);
  EXPECT_EQ(spans.allocate(10, 0, 1, {14, 16}), 30);
  EXPECT_EQ(spans.allocate(6, 0, 1, {13, 16}), 13);  // between two of them
  EXPECT_EQ(spans.allocate(10, 2, 2, {3, 16}), 3);   // in another layer
  EXPECT_EQ(spans.allocate(10, 0, 0, {11, 16}), 43);
  EXPECT_EQ(spans.allocate(60, 0, 0, {11, 16}), std::nullopt);
}

TEST(SpanAllocator, TakesTheLowestPlaceThatIsFreeInAllLayersOfASpan) {
  SpanAllocator memory(100);
  EXPECT_EQ(memory.allocate(40, 0, 1), 0);
  EXPECT_EQ(memory.allocate(30, 1, 2), 40);
  EXPECT_EQ(memory.allocate(40, 2, 3), 0);
  EXPECT_EQ(memory.allocate(30, 0, 1), 70);
  EXPECT_EQ(memory.allocate(31, 2, 2), std::nullopt);
  EXPECT_EQ(memory.high_water(), 100);
  EXPECT_EQ(memory.allocate(30, 0, 0), 40);
}

TEST(SpanAllocator, FindsEachPlaceAndGapThatASearchOfEveryByteFinds) {
  EXPECT_TRUE(rc::check([] {
    const int capacity = *rc::gen::inRange(1, 60);
    SpanAllocator memory(capacity);
    TakenBytes bytes(capacity);
    std::int64_t highest = 0;
    const int requests = *rc::gen::inRange(1, 20);
    for (int i = 0; i < requests; ++i) {
      const int size = *rc::gen::inRange(1, 20);
      const int first = *rc::gen::inRange(0, TakenBytes::kLayers);
      const int last = *rc::gen::inRange(first, TakenBytes::kLayers);
      const auto expected = bytes.lowest(size, first, last);
      RC_ASSERT(memory.allocate(size, first, last) == expected);
      if (expected) {
        bytes.take(*expected, *expected + size, first, last);
        highest = std::max(highest, *expected + size);
      }
      RC_ASSERT(memory.high_water() == highest);
      for (int layer = 0; layer < TakenBytes::kLayers; ++layer) {
        const SpanAllocator::Gap gap = memory.largest_gap(layer);
        RC_ASSERT(gap.size() == bytes.largest_gap(layer));
        RC_ASSERT(gap.size() == 0 || bytes.is_free(gap.begin, gap.end, layer, layer));
      }
    }
  }));
}

class LayerSteps : public testing::Test {
 protected:
  int add(IntegerOp op, std::vector<int> inputs) {
    IntegerNode node;
    node.op = op;
    node.inputs = std::move(inputs);
    network_.nodes.push_back(node);
    return int(network_.nodes.size()) - 1;
  }
  std::vector<LayerStep> steps() const { return layer_steps(network_); }
  std::vector<int> last() const { return last_readers(network_, steps()); }

  IntegerNetwork network_;
};

TEST_F(LayerSteps, FuseAnAdditionIntoTheConvolutionBeforeIt) {
  const int input = add(IntegerOp::kInput, {});
  const int left = add(IntegerOp::kConv, {input});
  const int right = add(IntegerOp::kConv, {left});
  const int sum = add(IntegerOp::kAdd, {left, right});
  ASSERT_EQ(steps().size(), 2u);
  EXPECT_EQ(steps()[0].node, left);
  EXPECT_EQ(steps()[0].output(), left);
  EXPECT_EQ(steps()[0].fused_add, -1);
  EXPECT_THAT(steps()[0].inputs, ElementsAre(input));
  EXPECT_EQ(steps()[1].node, right);
  EXPECT_EQ(steps()[1].fused_add, sum);
  EXPECT_EQ(steps()[1].output(), sum);
  EXPECT_EQ(steps()[1].residual, left);
  EXPECT_THAT(steps()[1].inputs, ElementsAre(left, left));
  // The network's output is read after the last step; the fused convolution has no tensor.
  EXPECT_THAT(last(), ElementsAre(0, 1, -1, 2));
}

TEST_F(LayerSteps, FuseItIntoTheLaterOfTwoConvolutionsWhicheverOperandThatIs) {
  const int input = add(IntegerOp::kInput, {});
  const int first = add(IntegerOp::kConv, {input});
  const int second = add(IntegerOp::kConv, {input});
  add(IntegerOp::kAdd, {second, first});
  ASSERT_EQ(steps().size(), 2u);
  EXPECT_EQ(steps()[0].fused_add, -1);
  EXPECT_EQ(steps()[1].node, second);
  EXPECT_EQ(steps()[1].residual, first);
}

TEST_F(LayerSteps, DoNotFuseWhatSomebodyElseReadsOrIsAddedToItselfOrComesAfterwards) {
  const int input = add(IntegerOp::kInput, {});
  const int read_twice = add(IntegerOp::kConv, {input});
  const int sum = add(IntegerOp::kAdd, {input, read_twice});
  const int doubled = add(IntegerOp::kConv, {read_twice});
  const int twice = add(IntegerOp::kAdd, {doubled, doubled});
  const int early = add(IntegerOp::kConv, {sum});
  const int pool = add(IntegerOp::kMaxPool, {twice});
  add(IntegerOp::kAdd, {early, pool});
  std::vector<int> nodes;
  for (const LayerStep& step : steps()) {
    nodes.push_back(step.node);
    EXPECT_EQ(step.fused_add, -1);
    EXPECT_EQ(step.residual, -1);
  }
  EXPECT_THAT(nodes, ElementsAre(read_twice, sum, doubled, twice, early, pool, 7));
  EXPECT_THAT(last(), ElementsAre(1, 2, 4, 3, 5, 6, 6, 7));
}

TEST_F(LayerSteps, DoNotFuseIntoAConvolutionWhoseOutputIsSubstituted) {
  const int input = add(IntegerOp::kInput, {});
  const int conv = add(IntegerOp::kConv, {input});
  add(IntegerOp::kAdd, {conv, input});
  ASSERT_EQ(steps().size(), 1u);
  network_.nodes[std::size_t(conv)].substitute = Activations{};
  EXPECT_EQ(steps().size(), 2u);
}

TEST_F(LayerSteps, FuseAFunctionAndTheAdditionBehindItIntoAConvolution) {
  const int input = add(IntegerOp::kInput, {});
  const int conv = add(IntegerOp::kConv, {input});
  const int table = add(IntegerOp::kTable, {conv});
  const int sum = add(IntegerOp::kAdd, {input, table});
  network_.nodes[std::size_t(table)].table.assign(kTableEntries, 1);
  ASSERT_EQ(steps().size(), 1u);
  EXPECT_EQ(steps()[0].fused_table, table);
  EXPECT_EQ(steps()[0].added_node(), table);
  EXPECT_EQ(steps()[0].fused_add, sum);
  EXPECT_EQ(steps()[0].residual, input);
  EXPECT_THAT(last(), ElementsAre(0, -1, -1, 1));

  network_.nodes[std::size_t(table)].is_output = true;  // the addition reads it from memory
  ASSERT_EQ(steps().size(), 2u);
  EXPECT_EQ(steps()[0].output(), table);
  network_.nodes[std::size_t(conv)].is_output = true;
  EXPECT_EQ(steps().size(), 3u);
}

TEST_F(LayerSteps, DoNotFuseAFunctionOfItsOwnForEachChannel) {
  const int input = add(IntegerOp::kInput, {});
  const int conv = add(IntegerOp::kConv, {input});
  const int table = add(IntegerOp::kTable, {conv});
  network_.nodes[std::size_t(table)].table.assign(2 * kTableEntries, 1);
  EXPECT_EQ(steps().size(), 2u);
}

TEST_F(LayerSteps, ReadAFlattenedTensorWhereItWasMade) {
  const int input = add(IntegerOp::kInput, {});
  const int pool = add(IntegerOp::kMaxPool, {input});
  const int flat = add(IntegerOp::kFlatten, {pool});
  const int again = add(IntegerOp::kFlatten, {flat});
  const int fc = add(IntegerOp::kConv, {again});
  add(IntegerOp::kFlatten, {fc});
  network_.nodes[std::size_t(pool)].out = {4, 2, 2};
  network_.nodes[std::size_t(flat)].out = {16, 1, 1};
  network_.nodes[std::size_t(again)].out = {16, 1, 1};
  network_.nodes[std::size_t(fc)].out = {5, 1, 1};
  EXPECT_THAT(tensor_nodes(network_), ElementsAre(input, pool, pool, pool, fc, fc));
  ASSERT_EQ(steps().size(), 2u);
  EXPECT_THAT(steps()[1].inputs, ElementsAre(pool));
  EXPECT_THAT(last(), ElementsAre(0, 1, -1, -1, 2, -1));
}

TEST_F(LayerSteps, PutAFlattenedTensorInOrderIfAnythingButAFullyConnectedLayerReadsIt) {
  const int input = add(IntegerOp::kInput, {});
  const int flat = add(IntegerOp::kFlatten, {input});
  const int again = add(IntegerOp::kFlatten, {flat});
  const int fc = add(IntegerOp::kConv, {flat});
  const int reader = add(IntegerOp::kConv, {again});
  network_.nodes[std::size_t(input)].out = {4, 1, 2};
  network_.nodes[std::size_t(flat)].out = network_.nodes[std::size_t(again)].out = {8, 1, 1};
  IntegerNode& node = network_.nodes[std::size_t(reader)];
  EXPECT_THAT(tensor_nodes(network_), ElementsAre(input, input, input, fc, reader));
  node.groups = 2;
  EXPECT_THAT(tensor_nodes(network_), ElementsAre(input, flat, flat, fc, reader));
  EXPECT_EQ(steps()[0].node, flat);
  EXPECT_THAT(steps()[1].inputs, ElementsAre(flat));
  node.groups = 1;
  node.window.r = 2;
  EXPECT_THAT(tensor_nodes(network_), ElementsAre(input, flat, flat, fc, reader));
  node.window.r = 1;
  node.window.s = 2;
  EXPECT_THAT(tensor_nodes(network_), ElementsAre(input, flat, flat, fc, reader));
  node.op = IntegerOp::kRescale;
  node.window.s = 1;
  EXPECT_THAT(tensor_nodes(network_), ElementsAre(input, flat, flat, fc, reader));
  // Of one position there is only one order.
  network_.nodes[std::size_t(input)].out = {8, 1, 1};
  EXPECT_THAT(tensor_nodes(network_), ElementsAre(input, input, input, fc, reader));
}

}  // namespace
}  // namespace escalate
