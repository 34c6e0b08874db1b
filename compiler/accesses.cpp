#include "compiler/accesses.h"

#include <algorithm>

namespace escalate {
namespace {

struct Box {
  std::int64_t row_begin = 0, row_end = 0, column_begin = 0, column_end = 0, channels = 0;
};

class Collector {
 public:
  std::vector<Access> take() { return std::move(accesses_); }

  void operator()(const LoadTile& op) { segments(op.segments, op.region, false); }
  void operator()(const StoreTile& op) { segments(op.segments, op.region, true); }
  void operator()(const LoadCoefficients& op) {
    add(Space::kDram, op.dram, std::int64_t{op.dram} + op.bytes, false);
    bank(Space::kCoefficientBank, op.bank, true);
  }
  void operator()(const LoadParameters& op) { parameters(op); }
  void operator()(const LoadSlopedParameters& op) { parameters(op); }
  void operator()(const LoadTable& op) {
    add(Space::kDram, op.dram, std::int64_t{op.dram} + LoadTable::kBytes, false);
    bank(Space::kTableBank, op.bank, true);
  }
  void operator()(const Run& op) {
    const WindowOperand& window = op.window;
    const std::int64_t left = std::max<std::int64_t>(
        0, std::int64_t{op.output.column_begin} * window.stride_w - window.pad_left);
    const std::int64_t right = std::min<std::int64_t>(
        window.width,
        (std::int64_t{op.output.column_end} - 1) * window.stride_w - window.pad_left + window.s);
    for (const PassGroup& group : op.output.groups) {
      region(op.input, {group.in_begin, group.in_end, left, right, op.channels}, false);
    }
    bank(Space::kCoefficientBank, op.coefficient_bank, false);
    bank(Space::kOutputBank, op.output.bank, true);
  }
  void operator()(const Drain& op) {
    for (const PassGroup& group : op.output.groups) {
      const Box box{group.out_begin, group.out_end, op.output.column_begin, op.output.column_end,
                    op.output.channels};
      region(op.destination, box, true);
      if (op.add != 0) region(op.residual, box, false);
    }
    bank(Space::kParameterBank, op.parameter_bank, false);
    if (op.table >= 0) bank(Space::kTableBank, op.table, false);
    bank(Space::kOutputBank, op.output.bank, false);
  }
  void operator()(const Pool& op) {
    const WindowOperand& window = op.window;
    const auto first = [](std::int64_t out, std::int64_t stride, std::int64_t pad) {
      return std::max<std::int64_t>(0, out * stride - pad);
    };
    const auto last = [](std::int64_t out, std::int64_t stride, std::int64_t pad,
                         std::int64_t kernel, std::int64_t extent) {
      return std::min(extent, (out - 1) * stride - pad + kernel);
    };
    const std::int64_t row = op.row_begin / op.row_step;
    const std::int64_t column = op.column_begin / op.column_step;
    region(op.source,
           {first(row, window.stride_h, window.pad_top),
            last(row + op.rows(), window.stride_h, window.pad_top, window.r, window.height),
            first(column, window.stride_w, window.pad_left),
            last(column + op.columns(), window.stride_w, window.pad_left, window.s, window.width),
            op.channels},
           false);
    const std::int64_t last_row = op.row_begin + std::int64_t{op.rows() - 1} * op.row_step;
    const std::int64_t last_column =
        op.column_begin + std::int64_t{op.columns() - 1} * op.column_step;
    region(op.destination,
           {op.row_begin, last_row + 1, op.column_begin, last_column + 1, op.channels}, true);
    if (op.table >= 0) bank(Space::kTableBank, op.table, false);
  }
  void operator()(const Add& op) {
    const Box box{op.row_begin, op.row_end, 0, op.columns, op.channels};
    Box left = box, right = box;
    if (op.left_single != 0) left.channels = 1;
    if (op.right_single != 0) right.channels = 1;
    region(op.left, left, false);
    region(op.right, right, false);
    region(op.destination, box, true);
  }
  void operator()(const Fill& op) {
    region(op.destination, {0, op.rows, 0, op.columns, op.channels}, true);
  }

 private:
  void add(Space space, std::int64_t begin, std::int64_t end, bool is_write) {
    accesses_.push_back({space, begin, end, is_write});
  }
  template <class Load>
  void parameters(const Load& op) {
    add(Space::kDram, op.dram,
        std::int64_t{op.dram} + std::int64_t{op.channels} * Load::kBytesPerChannel, false);
    bank(Space::kParameterBank, op.bank, true);
  }
  void bank(Space space, int number, bool is_write) { add(space, number, number + 1, is_write); }
  // Takes everything from the lowest to the highest byte of the box.
  void region(const Region& place, const Box& box, bool is_write) {
    if (box.row_begin >= box.row_end || box.column_begin >= box.column_end) return;
    // Strides of a damaged program may be negative: the ends are in any of the corners.
    const auto ends = std::minmax({place.at(box.row_begin, box.column_begin),
                                   place.at(box.row_begin, box.column_end - 1),
                                   place.at(box.row_end - 1, box.column_begin),
                                   place.at(box.row_end - 1, box.column_end - 1)});
    add(Space::kGlobalBuffer, ends.first, ends.second + box.channels, is_write);
  }
  void segments(const SegmentBox& box, const Region& place, bool is_store) {
    const SegmentRange range = segment_numbers(box);
    add(Space::kDram, box.dram + range.begin * box.stride, box.dram + range.end * box.stride,
        is_store);
    add(Space::kDirectory, box.directory + range.begin, box.directory + range.end, is_store);
    const auto extent = [](std::int64_t begin, std::int64_t end, std::int64_t size,
                           std::int64_t whole) {
      return std::min(end * size, whole) - begin * size;
    };
    const std::int64_t columns =
        extent(box.column_group_begin, box.column_group_end, box.segment_columns, box.width);
    const std::int64_t channels =
        extent(box.channel_group_begin, box.channel_group_end, box.segment_channels, box.channels);
    region(place, {0, box.row_end - box.row_begin, 0, columns, channels}, !is_store);
  }

  std::vector<Access> accesses_;
};

}  // namespace

SegmentRange segment_numbers(const SegmentBox& box) {
  const auto number = [&](std::int64_t row, std::int64_t column, std::int64_t channel) {
    return (row * box.column_groups() + column) * box.channel_groups() + channel;
  };
  return {number(box.row_begin, box.column_group_begin, box.channel_group_begin),
          number(box.row_end - 1, box.column_group_end - 1, box.channel_group_end - 1) + 1};
}

std::vector<Access> accesses_of(const Instruction& instruction) {
  Collector collector;
  std::visit(collector, instruction.operation);
  return collector.take();
}

}  // namespace escalate
