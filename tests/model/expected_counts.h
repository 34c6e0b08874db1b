// What a layer must count, taken from its tensors and the operands of its instructions alone: a
// second implementation that knows nothing of pe/ or model/.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <tuple>
#include <utility>
#include <vector>

#include "compiler/program.h"
#include "machine/config.h"
#include "machine/counters.h"
#include "workloads/integer_network.h"

namespace escalate {

/// Tensors of every image of a batch, [image][node].
using BatchTensors = std::vector<std::vector<Activations>>;

/// Which input rows or columns of a window count, along one axis.
struct TapAxis {
  int kernel, stride, pad, out_begin, out_end;
  /// Kernel taps under which input position `at` meets an output in [out_begin, out_end).
  int taps(int at) const { return int(outputs(at).size()); }
  /// The outputs that they meet.
  std::vector<int> outputs(int at) const {
    std::vector<int> met;
    for (int tap = 0; tap < kernel; ++tap) {
      const int moved = at + pad - tap;
      if (moved >= 0 && moved % stride == 0 && moved / stride >= out_begin &&
          moved / stride < out_end) {
        met.push_back(moved / stride);
      }
    }
    return met;
  }
  /// The most outputs that any position may meet.
  int most() const { return (kernel + stride - 1) / stride; }
};

/// A convolution with all its channels: zeros outside its group, and flattened inputs in the order
/// in which they lie in the global buffer.
class PlainConvolution {
 public:
  PlainConvolution(const Program& program, const IntegerNode& node) : node_(node) {
    const int input = node.inputs[0];
    const IntegerNetwork& network = program.network;
    const IntegerNode& read = network.nodes[std::size_t(input)];
    shape_ = read.out;
    if (read.op == IntegerOp::kFlatten) {
      const Shape& from = network.nodes[std::size_t(program.tensor_node(input))].out;
      if (from.h * from.w > 1) flatten(from);
    }
  }

  const Shape& in() const { return shape_; }
  int terms() const { return node_.form == WeightForm::kDirect ? 1 : node_.terms; }
  int channels_of_group() const { return shape_.c / node_.groups; }
  int group_of(int k) const { return k / (node_.out.c / node_.groups); }

  /// Activation of channel c (as it lies) at (h, w).
  int value(const Activations& tensor, int c, int h, int w) const {
    if (order_.empty()) return tensor.at(c, h, w);
    const int from = order_[std::size_t(c)];
    return from < 0 ? 0 : tensor.values[std::size_t(from)];
  }
  /// Ternary coefficient, or 1 where a direct kernel is not all zero.
  int coefficient(int k, int m, int c) const {
    const int number = order_.empty() ? c : order_[std::size_t(c)];
    const int channels = order_.empty() ? channels_of_group() : num_flat_;
    const int at = number - group_of(k) * channels;
    if (number < 0 || at < 0 || at >= channels) return 0;
    if (node_.form == WeightForm::kDecomposed) {
      return node_.coefficients[(std::size_t(k) * node_.terms + m) * channels + at];
    }
    const int taps = node_.window.r * node_.window.s;
    const std::int8_t* kernel = &node_.weights[(std::size_t(k) * channels + at) * taps];
    return std::count(kernel, kernel + taps, std::int8_t{0}) < taps ? 1 : 0;
  }

 private:
  void flatten(const Shape& from) {
    const int stride = (from.c + 7) / 8 * 8;
    const int positions = from.h * from.w;
    num_flat_ = from.c * positions;
    order_.assign(std::size_t(positions) * stride, -1);
    for (int c = 0; c < from.c; ++c) {
      for (int at = 0; at < positions; ++at) {
        order_[std::size_t(at) * stride + c] = c * positions + at;
      }
    }
    shape_ = {positions * stride, 1, 1};
  }

  const IntegerNode& node_;
  Shape shape_;
  std::vector<int>
      order_;  // flattened: channel as it lies -> channel in c, h, w order, -1: padding
  int num_flat_ = 0;
};

class LayerCount {
 public:
  LayerCount(const Program& program, int layer, const BatchTensors& tensors)
      : program_(program),
        machine_(program.machine),
        code_(program.layers[std::size_t(layer)]),
        node_(program.network.nodes[std::size_t(code_.node)]),
        tensors_(tensors) {}

  MachineCounters run() {
    const auto images = std::int64_t(tensors_.size());
    for (int s = 0; s < kNumStreams; ++s) {
      const std::size_t stream = std::size_t(s);
      for (int i = code_.begin[stream]; i < code_.end[stream]; ++i) {
        count_.instructions += 1;
        transfer(program_.streams[stream][std::size_t(i)]);
      }
    }
    if (node_.op == IntegerOp::kConv) {
      count_passes();
      count_.outputs_requantized = count_.output_words_drained = images * node_.out.size();
      count_.residual_additions = code_.fused_add >= 0 ? images * node_.out.size() : 0;
      count_.table_lookups = code_.fused_table >= 0 ? images * node_.out.size() : 0;
    } else if (node_.op == IntegerOp::kMultiply) {
      count_.products_requantized = images * node_.out.size();
    } else if (combines_two(node_.op)) {
      count_.residual_additions = images * node_.out.size();
    } else {
      const bool is_pool = node_.op == IntegerOp::kMaxPool || node_.op == IntegerOp::kAvgPool;
      const std::int64_t window = is_pool ? std::int64_t{node_.window.r} * node_.window.s : 1;
      count_.pool_operands = images * (node_.out.size() - num_filled(node_)) * window;
      count_.table_lookups = node_.op == IntegerOp::kTable ? images * node_.out.size() : 0;
    }
    return count_;
  }

 private:
  // Passes that make the same outputs from the same positions: channel steps times folds.
  using Key = std::tuple<int, int, int, int, int, std::vector<int>>;
  struct Passes {
    const Run* first = nullptr;
    int count = 0;
    int step = 0;                   // channels of the largest
    std::int64_t coefficients = 0;  // terms times channels
  };

  void count_passes() {
    std::map<Key, Passes> passes;
    const auto stream = std::size_t(Stream::kCompute);
    for (int i = code_.begin[stream]; i < code_.end[stream]; ++i) {
      const Run& run = std::get<Run>(program_.streams[stream][std::size_t(i)].operation);
      const OutputMap& map = run.output;
      std::vector<int> rows;
      for (const PassGroup& g : map.groups) {
        rows.insert(rows.end(), {g.tile_begin, g.tile_end, g.in_begin, g.in_end});
      }
      Passes& same = passes[{map.image, map.first_channel, map.channels, map.column_begin,
                             map.column_end, rows}];
      if (same.first == nullptr) same.first = &run;
      same.count += 1;
      same.step = std::max(same.step, run.channels);
      same.coefficients += std::int64_t{run.channels} * map.terms;
      count_.passes += 1;
      count_words(run);
    }
    for (const auto& [key, same] : passes) count_outputs(same);
  }

  void count_words(const Run& run) {
    std::int64_t words = 0;
    for (const PassGroup& group : run.output.groups) {
      words += std::int64_t{run.output.channels} * (group.out_end - group.out_begin) *
               run.output.columns();
    }
    (run.accumulate != 0 ? count_.output_words_accumulated : count_.output_words_written) += words;
    // Of every output channel, term and finished output row one line.
    count_.merged_words += words * run.output.terms;
  }

  void count_outputs(const Passes& same) {
    const PlainConvolution layer(program_, node_);
    const OutputMap& map = same.first->output;
    const int first = layer.group_of(map.first_channel) * layer.channels_of_group();
    const int last = layer.group_of(map.first_channel + map.channels - 1);
    const int end = (last + 1) * layer.channels_of_group();
    if (same.coefficients != std::int64_t{end - first} * layer.terms()) {
      throw std::logic_error("passes that do not meet every coefficient once");
    }
    const int steps = (end - first + same.step - 1) / same.step;
    folds_ = same.count / steps;
    for (int c = first; c < end; c += same.step) {
      for (const PassGroup& group : map.groups) {
        count_step(layer, *same.first, group, c, std::min(end, c + same.step));
      }
    }
  }

  void count_step(const PlainConvolution& layer, const Run& run, const PassGroup& group, int begin,
                  int end) {
    const WindowOperand& window = run.window;
    const TapAxis rows{window.r, window.stride_h, window.pad_top, group.tile_begin, group.tile_end};
    const TapAxis columns{window.s, window.stride_w, window.pad_left, run.output.column_begin,
                          run.output.column_end};
    all_taps_ = window.r * window.s;
    bypass_ = run.bypass != 0;
    has_registers_ = machine_.mac.sum_registers >= rows.most() * columns.most();
    int last_column = -1;
    for (int w = 0; w < layer.in().w; ++w) {
      if (columns.taps(w) > 0) last_column = w;
    }
    for (int h = group.in_begin; h < group.in_end; ++h) {
      if (rows.taps(h) == 0) continue;
      for (int w = 0; w <= last_column; ++w) {
        if (columns.taps(w) == 0) continue;
        taps_ = rows.taps(h) * columns.taps(w);
        met_.clear();
        for (const int p : rows.outputs(h)) {
          for (const int q : columns.outputs(w)) met_.emplace_back(p, q);
        }
        for (int c = begin; c < end; c += machine_.ring.entry_channels) {
          const int stop = std::min(end, c + machine_.ring.entry_channels);
          line_end_ = w == last_column && stop == end;
          count_entry(layer, run, c, stop, h, w);
        }
      }
      count_.line_buffer_updates += std::int64_t(held_.size());
      count_.sum_registers_read += std::int64_t(held_.size());
      held_.clear();
    }
  }

  void count_entry(const PlainConvolution& layer, const Run& run, int begin, int end, int h,
                   int w) {
    const Activations& tensor =
        tensors_[std::size_t(run.output.image)][std::size_t(node_.inputs[0])];
    activations_.clear();
    for (int c = begin; c < end; ++c) activations_.push_back(layer.value(tensor, c, h, w));
    const std::int64_t nonzeros =
        end - begin - std::count(activations_.begin(), activations_.end(), 0);
    const std::int64_t bytes = (end - begin + 7) / 8 + nonzeros;
    const int chunks = (end - begin + machine_.ca.chunk - 1) / machine_.ca.chunk;
    const int blocks = (run.output.channels + run.output.per_block - 1) / run.output.per_block;
    count_.entries_sent += folds_;
    count_.network_bytes += folds_ * bytes;
    count_.network_delivered_bytes += folds_ * bytes * blocks;
    count_.ring_chunks_written += folds_ * chunks * blocks;
    count_.ring_values_written += folds_ * nonzeros * blocks;
    for (int k = run.output.first_channel; k < run.output.first_channel + run.output.channels;
         ++k) {
      for (int m = 0; m < layer.terms(); ++m) count_row(layer, k, m, begin, end);
    }
  }

  // What one PE row does with an entry, chunk by chunk.
  void count_row(const PlainConvolution& layer, int k, int m, int begin, int end) {
    std::int64_t slots = 0, matches = 0, value = 0, elements = 0, taken = 0;
    for (int c = begin; c < end; c += machine_.ca.chunk) {
      bool visited = false;
      std::int64_t nonzeros = 0;
      std::int64_t met = 0;
      for (int at = c; at < std::min(end, c + machine_.ca.chunk); ++at) {
        const int coefficient = layer.coefficient(k, m, at);
        const int activation = activations_[std::size_t(at - begin)];
        visited = visited || coefficient != 0;
        nonzeros += activation != 0 ? 1 : 0;
        met += activation != 0 && coefficient != 0 ? 1 : 0;
        value += std::int64_t{coefficient} * activation;
      }
      if (!visited) continue;
      count_.ring_chunks_read += 1;
      count_.coefficient_chunks_read += 1;
      count_.bit_gathers += node_.form == WeightForm::kDecomposed ? 2 : 0;
      slots += nonzeros;
      matches += met;
      taken = met;
      const int at_once = all_taps_ > 1 ? 1 : machine_.mac.multipliers;
      elements += (met + at_once - 1) / at_once;
    }
    count_.ring_values_read += slots;
    if (node_.form == WeightForm::kDirect) {
      count_.elements += elements;
      count_.nonzero_elements += elements;
      count_.elements_pushed += elements + (line_end_ && taken == 0 ? 1 : 0);
      count_.weight_bytes_read += matches * taps_;
      count_.macs += matches * taps_;
      count_sums(k, m, elements);
      return;
    }
    count_ternary(k, m, slots, matches, value);
  }

  // Sums of a row to which elements are added; registers hold those of the input row's elements.
  void count_sums(int k, int m, std::int64_t elements) {
    (has_registers_ ? count_.sum_register_updates : count_.line_buffer_updates) += elements * taps_;
    if (!has_registers_ || elements == 0) return;
    for (const auto& [p, q] : met_) held_.insert({k, m, p, q});
  }

  void count_ternary(int k, int m, std::int64_t slots, std::int64_t matches, std::int64_t value) {
    const bool is_zero = value == 0;
    count_.slots += slots;
    count_.slot_rows +=
        std::max<std::int64_t>(1, (slots + machine_.ca.lanes - 1) / machine_.ca.lanes);
    count_.ca_additions += matches;
    count_.elements += 1;
    count_.nonzero_elements += is_zero ? 0 : 1;
    count_.elements_pushed += is_zero && !line_end_ ? 0 : 1;
    if (is_zero) return;
    count_sums(k, m, 1);
    (bypass_ ? count_.bypassed_elements : count_.macs) += bypass_ ? 1 : taps_;
  }

  void transfer(const Instruction& instruction) {
    if (const auto* load = std::get_if<LoadTile>(&instruction.operation)) {
      count_.activation_bytes_loaded += segments(load->segments, false);
    } else if (const auto* store = std::get_if<StoreTile>(&instruction.operation)) {
      count_.activation_bytes_stored += segments(store->segments, true);
    } else if (const auto* coefficients = std::get_if<LoadCoefficients>(&instruction.operation)) {
      count_.coefficient_bytes_loaded += coefficients->bytes;
      count_.dram_read_bytes += burst_bytes(coefficients->dram, coefficients->bytes);
    } else if (const auto* parameters = std::get_if<LoadParameters>(&instruction.operation)) {
      const std::int64_t bytes = std::int64_t{parameters->channels} * 9;
      count_.coefficient_bytes_loaded += bytes;
      count_.dram_read_bytes += burst_bytes(parameters->dram, bytes);
    } else if (const auto* sloped = std::get_if<LoadSlopedParameters>(&instruction.operation)) {
      const std::int64_t bytes = std::int64_t{sloped->channels} * 14;
      count_.coefficient_bytes_loaded += bytes;
      count_.dram_read_bytes += burst_bytes(sloped->dram, bytes);
    } else if (const auto* table = std::get_if<LoadTable>(&instruction.operation)) {
      constexpr std::int64_t kTableBytes = 256;
      count_.coefficient_bytes_loaded += kTableBytes;
      count_.table_bytes_written += kTableBytes;
      count_.dram_read_bytes += burst_bytes(table->dram, kTableBytes);
    }
  }

  // Bytes of the bursts that a transfer touches, request by request.
  std::int64_t burst_bytes(std::int64_t address, std::int64_t bytes) const {
    const std::int64_t burst = machine_.dram.burst_bytes;
    std::int64_t total = 0;
    while (bytes > 0) {
      const std::int64_t request = machine_.dma.request_bytes;
      const std::int64_t part = std::min(bytes, request - address % request);
      total += ((address + part - 1) / burst - address / burst + 1) * burst;
      address += part;
      bytes -= part;
    }
    return total;
  }

  // Packed bytes of the segments of a box; counts them and their bursts.
  std::int64_t segments(const SegmentBox& box, bool is_store) {
    const auto [tensor, image] = tensor_at(box, is_store);
    std::int64_t total = 0;
    for (int h = box.row_begin; h < box.row_end; ++h) {
      for (int group = box.column_group_begin; group < box.column_group_end; ++group) {
        for (int part = box.channel_group_begin; part < box.channel_group_end; ++part) {
          const std::int64_t number =
              (std::int64_t{h} * box.column_groups() + group) * box.channel_groups() + part;
          const std::int64_t bytes = packed_bytes(*tensor, box, h, group, part);
          std::int64_t& bursts = is_store ? count_.dram_written_bytes : count_.dram_read_bytes;
          bursts += burst_bytes(box.dram + number * box.stride, bytes);
          (is_store ? count_.segments_stored : count_.segments_loaded) += 1;
          total += bytes;
        }
      }
    }
    return total;
  }

  static std::int64_t packed_bytes(const Activations& tensor, const SegmentBox& box, int h,
                                   int group, int part) {
    const int first = part * box.segment_channels;
    const int end = std::min(box.channels, first + box.segment_channels);
    std::int64_t bytes = 0;
    for (int w = group * box.segment_columns;
         w < std::min(box.width, (group + 1) * box.segment_columns); ++w) {
      bytes += (end - first + 7) / 8;
      for (int c = first; c < end; ++c) bytes += tensor.at(c, h, w) != 0 ? 1 : 0;
    }
    return bytes;
  }

  // The tensor of this layer that lies there.
  std::pair<const Activations*, int> tensor_at(const SegmentBox& box, bool is_store) const {
    std::vector<int> nodes = node_.inputs;
    if (code_.fused_add >= 0) {
      const auto& add = program_.network.nodes[std::size_t(code_.fused_add)];
      nodes.insert(nodes.end(), add.inputs.begin(), add.inputs.end());
    }
    if (is_store) nodes = {code_.written_node()};
    for (int node : nodes) {
      node = program_.tensor_node(node);
      const TensorPlace* place = program_.place_of(node);
      if (place == nullptr || place->resident) continue;
      for (int image = 0; image < int(tensors_.size()); ++image) {
        if (place->segments_of(image).dram == box.dram) {
          return {&tensors_[std::size_t(image)][std::size_t(node)], image};
        }
      }
    }
    throw std::logic_error("a transfer of no tensor of the layer");
  }

  const Program& program_;
  const MachineConfig& machine_;
  const LayerCode& code_;
  const IntegerNode& node_;
  const BatchTensors& tensors_;
  MachineCounters count_;
  std::int64_t folds_ = 1;
  std::int64_t taps_ = 0, all_taps_ = 0;
  bool has_registers_ = false;
  std::vector<std::pair<int, int>> met_;           ///< outputs of the position
  std::set<std::tuple<int, int, int, int>> held_;  ///< sums of channel, term and output
  bool bypass_ = false;
  bool line_end_ = false;
  std::vector<int> activations_;
};

}  // namespace escalate
