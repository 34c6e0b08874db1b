// Random small networks with values on random small machines that can just run them, for property
// tests of whole runs.
#pragma once

#include <fmt/format.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "common/error.h"
#include "common/json.h"
#include "common/random.h"
#include "compiler/compile.h"
#include "workloads/integer_network.h"

namespace escalate {

namespace draw {

/// Within a property: low to high, both included.
inline int between(int low, int high) { return *rc::gen::inRange(low, high + 1); }
/// True once in `times`; shrinks to false.
inline bool once_in(int times) { return *rc::gen::resize(100, rc::gen::inRange(0, times)) == 1; }
inline int one_of(const std::vector<int>& values) { return *rc::gen::elementOf(values); }

}  // namespace draw

/// Which layers a random network may have.
enum class RandomLayers { kConvolutions, kAll };

/// An integer network of 1 to `most_layers` layers. Shapes and structure are drawn by RapidCheck,
/// so that they shrink; values come from a seed that is drawn.
class RandomNetwork {
 public:
  static IntegerNetwork make(RandomLayers layers, int most_layers) {
    RandomNetwork random(layers);
    const int wanted = draw::between(1, most_layers);
    while (int(random.nodes_.size()) <= wanted) random.add_layer();
    // Something has to be computed.
    int last = int(random.nodes_.size()) - 1;
    while (random.nodes_[std::size_t(last)].op == IntegerOp::kFlatten) {
      last = random.nodes_[std::size_t(last)].inputs[0];
    }
    if (last == 0) random.add_rescale(int(random.nodes_.size()) - 1);
    return random.pruned();
  }

 private:
  explicit RandomNetwork(RandomLayers layers)
      : layers_(layers), random_(std::uint64_t(draw::between(1, 1 << 20))) {
    IntegerNode input;
    input.name = "input";
    input.out = {draw::one_of({1, 3, 8, 9, 16, 20, 33, 64, 70, 130}), draw::between(1, 10),
                 draw::between(1, 10)};
    add(std::move(input));
  }

  const Shape& shape(int node) const { return nodes_[std::size_t(node)].out; }

  std::vector<std::int8_t> values(std::int64_t count, double density, int most, bool is_signed) {
    std::vector<std::int8_t> result;
    for (std::int64_t i = 0; i < count; ++i) {
      const bool is_zero = random_.uniform() >= density;
      const int magnitude = 1 + int(random_.below(std::uint64_t(most)));
      const bool negative = is_signed && random_.below(2) == 1;
      result.push_back(std::int8_t(is_zero ? 0 : negative ? -magnitude : magnitude));
    }
    return result;
  }
  double density() { return double(draw::one_of({100, 50, 20, 5, 0})) / 100; }

  /// Keeps the node, with the values that it has for one image.
  void add(IntegerNode node) {
    node.name = node.name.empty() ? fmt::format("layer{}", nodes_.size()) : node.name;
    if (node.op == IntegerOp::kInput) {
      tensors_.push_back({node.out, values(node.out.size(), density(), 127, true)});
    } else {
      std::vector<const Activations*> inputs;
      for (const int input : node.inputs) inputs.push_back(&tensors_[std::size_t(input)]);
      tensors_.push_back(run_node(node, inputs));
    }
    nodes_.push_back(std::move(node));
  }

  void add_layer() {
    int from = int(nodes_.size()) - 1;
    if (draw::once_in(4)) from = draw::between(0, from);
    if (layers_ == RandomLayers::kConvolutions) return add_convolution(from);
    switch (draw::one_of({0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 11})) {
      case 0:
        return add_convolution(from);
      case 1:
        return add_residual_block(from);
      case 2:
        return add_pool(from);
      case 3:
        return add_sum(from, draw::one_of(fitting(shape(from), true)));
      case 4:
        return add_concatenation(from);
      case 5:
        return add_channel_pad(from);
      case 6:
        return add_rescale(from);
      case 7:
        return add_fully_connected(from);
      case 8:
        return add_selection(from);
      case 9:
        return add_combination(from);
      case 10:
        return add_table(from);
      default:
        return add_flatten(from);
    }
  }

  // Random, but such that it fits the input at least once.
  Window window(const Shape& in) {
    Window window;
    window.r = draw::between(1, 4);
    window.s = draw::between(1, 4);
    window.stride_h = draw::between(1, 3);
    window.stride_w = draw::between(1, 3);
    window.pad_top = draw::between(0, window.r - 1);
    window.pad_bottom = draw::between(0, window.r - 1);
    window.pad_left = draw::between(0, window.s - 1);
    window.pad_right = draw::between(0, window.s - 1);
    if (in.h + window.pad_top + window.pad_bottom < window.r) window.r = 1;
    if (in.w + window.pad_left + window.pad_right < window.s) window.s = 1;
    if (window.r == 1) window.pad_top = window.pad_bottom = 0;
    if (window.s == 1) window.pad_left = window.pad_right = 0;
    return window;
  }

  // Padding as large as the kernel or larger, as pools cannot have it.
  void pad_beyond_kernel(Window& window) {
    int* const pads[] = {&window.pad_top, &window.pad_bottom, &window.pad_left, &window.pad_right};
    *pads[draw::between(0, 3)] += draw::between(1, 3);
  }

  static FixedPoint factor() { return to_fixed_point(double(draw::between(1, 150)) / 100); }

  static void set_clamp(IntegerNode& node) {
    if (draw::once_in(2)) node.clamp_low = 0;
    if (draw::once_in(4)) node.clamp_high = draw::between(1, 126);
  }

  void add_convolution(int from) {
    const Shape& in = shape(from);
    IntegerNode node;
    node.op = IntegerOp::kConv;
    node.inputs = {from};
    node.window = draw::once_in(3) ? Window{} : window(in);
    if (draw::once_in(8)) pad_beyond_kernel(node.window);
    // Many groups take many rounds on a machine of a few rows.
    if (in.c <= kMostGroups && draw::once_in(4)) {
      std::vector<int> divisors;
      for (int groups = 1; groups <= in.c; ++groups) {
        if (in.c % groups == 0) divisors.push_back(groups);
      }
      node.groups = draw::once_in(2) ? in.c : draw::one_of(divisors);
    }
    node.out.c = node.groups * draw::between(1, std::max(1, 24 / node.groups));
    node.out.h = node.window.out_h(in.h);
    node.out.w = node.window.out_w(in.w);
    fill_weights(node, in);
    add(std::move(node));
  }

  // A convolution that keeps the shape, and its sum with what it reads.
  void add_residual_block(int from) {
    if (shape(from).c > kMostGroups) return add_convolution(from);
    IntegerNode node;
    node.op = IntegerOp::kConv;
    node.inputs = {from};
    node.out = shape(from);
    Window& window = node.window;
    window.r = draw::one_of({1, 3});
    window.s = draw::one_of({1, 3});
    window.pad_top = window.pad_bottom = window.r / 2;
    window.pad_left = window.pad_right = window.s / 2;
    fill_weights(node, shape(from));
    add(std::move(node));
    add_sum(int(nodes_.size()) - 1, from);
  }

  void fill_weights(IntegerNode& node, const Shape& in) {
    const std::int64_t channels = in.c / node.groups;
    const std::int64_t taps = std::int64_t{node.window.r} * node.window.s;
    const bool is_depthwise = node.groups > 1 && channels == 1;
    node.form = draw::once_in(is_depthwise ? 2 : 3) ? WeightForm::kDirect : WeightForm::kDecomposed;
    if (node.form == WeightForm::kDirect) {
      node.weights = values(node.out.c * channels * taps, density(), 127, true);
    } else {
      node.terms = draw::between(1, 9);
      node.coefficients = values(node.out.c * node.terms * channels, density(), 1, true);
      node.basis = values(node.terms * taps, draw::once_in(4) ? 0.5 : 1.0, 127, true);
      if (node.terms == 1 && taps == 1 && draw::once_in(2)) node.basis = {1};
    }
    finish_sums(node);
  }

  // Biases, and factors that bring the sums of the image at hand to 8 bits.
  void finish_sums(IntegerNode& node) {
    const auto sums = reference_accumulators(node, tensors_[std::size_t(node.inputs[0])]);
    std::int64_t largest = 1;
    for (const std::int32_t sum : sums) {
      largest = std::max<std::int64_t>(largest, std::abs(std::int64_t{sum}));
    }
    for (int k = 0; k < node.out.c; ++k) {
      node.bias.push_back(std::int32_t(random_.below(std::uint64_t(largest)) / 2) -
                          std::int32_t(largest / 4));
      node.requant.push_back(to_fixed_point((0.5 + random_.uniform()) * 128 / double(largest)));
    }
    if (draw::once_in(4)) add_slopes(node);
    set_clamp(node);
  }

  // Sums below 0 times -2 to 2 of what the others are, 0 among them.
  void add_slopes(IntegerNode& node) {
    for (const FixedPoint& factor : node.requant) {
      const double slope = double(int(random_.below(9)) - 4) / 2;
      node.negative_requant.push_back(
          to_signed_fixed_point(slope * std::ldexp(factor.multiplier, -factor.shift)));
    }
  }

  void add_flatten(int from) {
    IntegerNode flat;
    flat.op = IntegerOp::kFlatten;
    flat.inputs = {from};
    flat.out = {int(shape(from).size()), 1, 1};
    add(std::move(flat));
  }

  void add_fully_connected(int from) {
    add_flatten(from);
    IntegerNode node;
    node.op = IntegerOp::kConv;
    node.inputs = {int(nodes_.size()) - 1};
    node.out = {draw::between(1, 20), 1, 1};
    fill_weights(node, shape(node.inputs[0]));
    add(std::move(node));
  }

  void add_pool(int from) {
    const Shape& in = shape(from);
    IntegerNode node;
    node.op = draw::once_in(2) ? IntegerOp::kMaxPool : IntegerOp::kAvgPool;
    node.inputs = {from};
    node.window = window(in);
    node.window.ceil_mode = draw::once_in(2);
    if (draw::once_in(4)) node.window = Window{.r = in.h, .s = in.w};
    node.out = {in.c, node.window.out_h(in.h), node.window.out_w(in.w)};
    if (node.op == IntegerOp::kAvgPool) {
      node.count_include_pad = draw::once_in(2);
      node.requant = average_factors(double(draw::between(1, 150)) / 100, node.window,
                                     node.count_include_pad, in);
      set_clamp(node);
    }
    add(std::move(node));
  }

  // Nodes of the same height and width (and number of channels).
  std::vector<int> fitting(const Shape& in, bool same_channels) const {
    std::vector<int> nodes;
    for (int i = int(nodes_.size()) - 1; i >= 0; --i) {
      if (shape(i).h == in.h && shape(i).w == in.w && (!same_channels || shape(i).c == in.c)) {
        nodes.push_back(i);
      }
    }
    return nodes;
  }

  void add_sum(int left, int right) {
    IntegerNode node;
    node.op = IntegerOp::kAdd;
    node.out = shape(left);
    node.inputs = {left, right};
    if (draw::once_in(2)) std::swap(node.inputs[0], node.inputs[1]);
    for (std::int32_t& multiplier : node.add_multiplier) {
      multiplier = draw::between(1, 1 << 20) * 1000;
    }
    node.add_shift = draw::between(28, 32);
    set_clamp(node);
    add(std::move(node));
  }

  // With another tensor that fits, broadcast or not, or with a mean or a part of it made for that.
  void add_combination(int from) {
    int other = from;
    if (draw::once_in(3)) {
      add_mean(from);
      other = int(nodes_.size()) - 1;
    } else if (draw::once_in(2)) {
      add_part(from);
      other = int(nodes_.size()) - 1;
    } else {
      std::vector<int> choice;
      for (int i = 0; i < int(nodes_.size()); ++i) {
        const auto both = broadcast(shape(from), shape(i));
        if (both && both->size() <= kMostBroadcast) choice.push_back(i);
      }
      other = draw::one_of(choice);
    }
    IntegerNode node;
    node.op = draw::one_of({0, 1}) == 0 ? IntegerOp::kMultiply
              : draw::once_in(3)        ? IntegerOp::kMinimum
              : draw::once_in(2)        ? IntegerOp::kMaximum
                                        : IntegerOp::kAdd;
    node.out = broadcast(shape(from), shape(other)).value();
    node.inputs = {from, other};
    if (draw::once_in(2)) std::swap(node.inputs[0], node.inputs[1]);
    if (node.op == IntegerOp::kMultiply) {
      node.requant = {to_fixed_point(double(draw::between(1, 200)) / 10000)};
    } else {
      for (std::int32_t& multiplier : node.add_multiplier) {
        multiplier = draw::between(-(1 << 20), 1 << 20) * 1000;
      }
      node.add_shift = draw::between(28, 32);
    }
    set_clamp(node);
    add(std::move(node));
  }

  void add_mean(int from) {
    const Shape& in = shape(from);
    IntegerNode node;
    node.op = IntegerOp::kAvgPool;
    node.inputs = {from};
    node.window = Window{};
    node.window.r = in.h;
    node.window.s = in.w;
    node.out = {in.c, 1, 1};
    node.requant = average_factors(1, node.window, false, in);
    add(std::move(node));
  }

  // One channel, row or column, or several of these at once.
  void add_part(int from) {
    IntegerNode node;
    node.op = IntegerOp::kSelect;
    node.inputs = {from};
    const Shape& in = shape(from);
    const int axes = draw::between(1, 7);
    if ((axes & 1) != 0) node.selection.channels = {draw::between(0, in.c - 1)};
    if ((axes & 2) != 0) node.selection.rows = {draw::between(0, in.h - 1)};
    if ((axes & 4) != 0) node.selection.columns = {draw::between(0, in.w - 1)};
    node.requant = {to_fixed_point(1)};
    node.out = node.selection.selected(std::vector<Shape>{in});
    add(std::move(node));
  }

  // A function of any values: one for all channels, or several with neighbours that share one.
  void add_table(int from) {
    IntegerNode node;
    node.op = IntegerOp::kTable;
    node.inputs = {from};
    node.out = shape(from);
    const int tables = draw::once_in(3) && node.out.c <= kMostGroups ? node.out.c : 1;
    for (int i = 0; i < tables; ++i) {
      if (i > 0 && random_.below(2) == 0) {
        const std::vector<std::int8_t> last(node.table.end() - std::ptrdiff_t(kTableEntries),
                                            node.table.end());
        node.table.insert(node.table.end(), last.begin(), last.end());
        continue;
      }
      const auto drawn = values(std::int64_t(kTableEntries), 0.8, 127, true);
      node.table.insert(node.table.end(), drawn.begin(), drawn.end());
    }
    add(std::move(node));
  }

  void add_concatenation(int from) {
    IntegerNode node;
    node.op = IntegerOp::kConcat;
    node.out = shape(from);
    node.out.c = 0;
    const std::vector<int> choice = fitting(shape(from), false);
    const int count = draw::between(1, 3);
    for (int i = 0; i < count; ++i) {
      node.inputs.push_back(i == 0 ? from : draw::one_of(choice));
      node.requant.push_back(factor());
      node.out.c += shape(node.inputs.back()).c;
    }
    set_clamp(node);
    add(std::move(node));
  }

  void add_channel_pad(int from) {
    IntegerNode node;
    node.op = IntegerOp::kChannelPad;
    node.inputs = {from};
    node.pad_before = draw::between(0, 9);
    node.pad_after = draw::between(0, 9);
    node.out = shape(from);
    node.out.c += node.pad_before + node.pad_after;
    add(std::move(node));
  }

  // Nodes whose shape differs from that of `from` along this axis alone.
  std::vector<int> joinable(int from, int axis) const {
    std::vector<int> nodes;
    for (int i = 0; i < int(nodes_.size()); ++i) {
      Shape same = shape(i);
      const Shape& wanted = shape(from);
      (axis == 0   ? same.c
       : axis == 1 ? same.h
                   : same.w) = axis == 0   ? wanted.c
                               : axis == 1 ? wanted.h
                                           : wanted.w;
      if (same == wanted) nodes.push_back(i);
    }
    return nodes;
  }

  // Of `extent` places, at most `most`: all, parts, backwards, each several times, zeros between.
  std::vector<int> choice(int extent, int most) {
    const int times = draw::between(1, 4);
    std::vector<int> list;
    const auto put = [&](int place) {
      if (int(list.size()) < most) list.push_back(place);
    };
    for (int zeros = draw::once_in(4) ? draw::between(0, 3) : 0; zeros > 0; --zeros) put(-1);
    switch (draw::between(0, 5)) {
      case 0:
        for (int at = draw::between(0, extent - 1); at < extent; at += times) put(at);
        break;
      case 1:
        for (int at = extent - 1; at >= 0; at -= times) put(at);
        break;
      case 2:
        for (int at = 0; at < extent * times; ++at) put(at / times);
        break;
      case 3:
        for (int at = 0; at < extent * times; ++at) put(at % times == 0 ? at / times : -1);
        break;
      case 4:
        for (int at = 0; at < extent; ++at) put(at % times * (extent / times) + at / times);
        for (int& place : list) place = std::min(place, extent - 1);
        break;
      default:
        for (int i = draw::between(1, 12); i > 0; --i) put(draw::between(-1, extent - 1));
    }
    return list;
  }

  void add_selection(int from) {
    IntegerNode node;
    node.op = IntegerOp::kSelect;
    node.inputs = {from};
    node.selection.axis = draw::between(0, 2);
    const std::vector<int> others = joinable(from, node.selection.axis);
    for (int i = draw::between(0, 2); i > 0; --i) node.inputs.push_back(draw::one_of(others));
    std::vector<Shape> shapes;
    for (const int input : node.inputs) {
      shapes.push_back(shape(input));
      node.requant.push_back(draw::once_in(3) ? to_fixed_point(1) : factor());
    }
    const Shape whole = node.selection.joined(shapes);
    constexpr int kMostRows = 20, kMostChannels = 150;
    const auto choose = [&](std::vector<int>& list, int extent, int most) {
      if (extent > most || draw::once_in(2)) list = choice(extent, most);
    };
    choose(node.selection.channels, whole.c, kMostChannels);
    choose(node.selection.rows, whole.h, kMostRows);
    choose(node.selection.columns, whole.w, kMostRows);
    node.out = node.selection.selected(shapes);
    set_clamp(node);
    add(std::move(node));
  }

  void add_rescale(int from) {
    IntegerNode node;
    node.op = IntegerOp::kRescale;
    node.inputs = {from};
    node.out = shape(from);
    node.requant = {factor()};
    set_clamp(node);
    add(std::move(node));
  }

  // Without the nodes that the last one does not need; with drawn values in place of some that
  // convolutions read, as drawn workloads have them.
  IntegerNetwork pruned() {
    std::vector<bool> needed(nodes_.size(), false);
    needed[0] = needed.back() = true;
    for (std::size_t i = nodes_.size(); i-- > 0;) {
      nodes_[i].is_output = i > 0 && draw::once_in(8);
      needed[i] = needed[i] || nodes_[i].is_output;
      for (const int input : nodes_[i].inputs) {
        needed[std::size_t(input)] = needed[std::size_t(input)] || needed[i];
      }
    }
    IntegerNetwork network;
    network.name = "random";
    network.seed = random_();
    std::vector<int> number(nodes_.size(), -1);
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (!needed[i]) continue;
      number[i] = int(network.nodes.size());
      for (int& input : nodes_[i].inputs) input = number[std::size_t(input)];
      network.nodes.push_back(std::move(nodes_[i]));
    }
    for (std::size_t i = 1; i < network.nodes.size(); ++i) {
      const IntegerNode& reader = network.nodes[i];
      if (reader.op != IntegerOp::kConv || reader.inputs[0] == 0) continue;
      int read = reader.inputs[0];
      while (network.nodes[std::size_t(read)].op == IntegerOp::kFlatten) {
        read = network.nodes[std::size_t(read)].inputs[0];
      }
      IntegerNode& made = network.nodes[std::size_t(read)];
      if (read == 0 || !draw::once_in(6)) continue;
      made.substitute = {made.out, values(made.out.size(), density(), 127, false)};
      auto value = made.substitute->values.begin();
      for (int c = 0; c < made.out.c; ++c) {
        for (int h = 0; h < made.out.h; ++h) {
          for (int w = 0; w < made.out.w; ++w, ++value) {
            if (is_filled(made, c, h, w)) *value = 0;
          }
        }
      }
    }
    return network;
  }

  static constexpr int kMostGroups = 200;
  static constexpr std::int64_t kMostBroadcast = 20000;  // elements

  RandomLayers layers_;
  Random random_;
  std::vector<IntegerNode> nodes_;
  std::vector<Activations> tensors_;
};

/// Within a property: buffers from too small to roomy, units from narrow to wide.
inline MachineConfig random_machine() {
  using draw::between;
  using draw::one_of;
  MachineConfig machine;
  machine.clock_mhz = one_of({800, 100, 1333});
  machine.blocks = between(1, 5);
  machine.slices = between(1, 3);
  machine.rows = between(1, 7);
  machine.merge_words = between(1, 8);
  machine.output_bank_words = machine.slices * machine.rows * between(1, 20);
  machine.coefficient_bank_bytes = one_of({64, 100, 256, 4096});
  machine.global_buffer_bytes = one_of({1024, 2000, 4096, 20000});
  machine.network_bytes = one_of({1, 3, 16, 128});
  machine.post_lanes = between(1, 20);
  machine.mac.multipliers = between(1, 6);
  machine.mac.line_buffer_words = between(1, 60);
  machine.mac.weight_port_bytes = between(1, 9);
  machine.mac.sum_registers = draw::once_in(2) ? between(1, 30) : 0;
  machine.ca.chunk = one_of({8, 16, 24, 64});
  machine.ca.lanes = between(1, 16);
  machine.ca.pattern = *rc::gen::element<std::string>("L<0,0>", "L<1,0>", "L<2,1>", "L<3,2>",
                                                      "T<2,5>", "L<5,1>", "(1,3),(4,0),(2,-1)");
  machine.ca.slot_queue_rows = machine.look_ahead() +
                               (machine.ca.chunk + machine.ca.lanes - 1) / machine.ca.lanes + 1 +
                               between(0, 4);
  machine.ca.element_queue = between(1, 4);
  const int chunks_of_entry = between(1, 3);
  machine.ring.entry_channels = machine.ca.chunk * chunks_of_entry;
  machine.ring.chunks = chunks_of_entry + between(0, 5);
  machine.dram.channels = between(1, 3);
  machine.dram.banks = between(1, 4);
  machine.dram.bank_groups = draw::once_in(2) ? machine.dram.banks : 1;
  machine.dram.interleaved_groups = draw::once_in(2) ? machine.dram.bank_groups : 1;
  machine.dram.burst_bytes = one_of({8, 32, 64});
  machine.dram.row_bytes = machine.dram.burst_bytes * between(1, 20);
  machine.dma.request_bytes = machine.dram.burst_bytes + between(0, 100);
  machine.dma.outstanding = between(1, 5);
  machine.dma.directory_entries = one_of({16, 100, 65536});
  return machine;
}

/// Twice as much of what was too small; rethrows what is not about the machine's size.
inline void widen(MachineConfig& machine, const UserError& error) {
  const std::string& key = error.place().key;
  const auto grow = [&](const char* name, int& value) {
    if (key != name || value > 1 << 24) return false;
    value *= 2;
    return true;
  };
  const bool known = grow("global_buffer_bytes", machine.global_buffer_bytes) ||
                     grow("coefficient_bank_bytes", machine.coefficient_bank_bytes) ||
                     grow("output_bank_words", machine.output_bank_words) ||
                     grow("mac.line_buffer_words", machine.mac.line_buffer_words) ||
                     grow("dma.directory_entries", machine.dma.directory_entries);
  if (!known) throw error;
}

/// The program of the network on the machine, made larger where it is too small for it.
inline Program compile_on_just_enough(const IntegerNetwork& network, MachineConfig machine,
                                      int batch) {
  for (;;) {
    try {
      return compile(network, machine, batch);
    } catch (const UserError& error) {
      widen(machine, error);
    }
  }
}

struct RandomRun {
  Program program;
  std::vector<Activations> images;
};

inline std::string describe(const IntegerNetwork& network) {
  std::string text;
  for (const IntegerNode& node : network.nodes) {
    const Window& w = node.window;
    text += fmt::format(
        "{}: op {} of {}, {}x{}x{}, window {}x{} stride {} {} pad {} {} {} {} ceil {}, {} groups, "
        "{} terms{}{}\n",
        node.name, int(node.op), fmt::join(node.inputs, " "), node.out.c, node.out.h, node.out.w,
        w.r, w.s, w.stride_h, w.stride_w, w.pad_top, w.pad_left, w.pad_bottom, w.pad_right,
        w.ceil_mode, node.groups, node.terms,
        node.form == WeightForm::kDirect ? ", direct" : ", decomposed",
        node.substitute ? ", substituted" : "");
  }
  return text;
}

/// Within a property. Two batches of images, so that two processes run one each, layer after layer.
inline RandomRun random_run(RandomLayers layers = RandomLayers::kAll, int most_layers = 6) {
  const IntegerNetwork network = RandomNetwork::make(layers, most_layers);
  const MachineConfig machine = random_machine();
  const int batch = draw::between(1, 3);
  RandomRun run{compile_on_just_enough(network, machine, batch), {}};
  Random random(network.seed);
  const double density = double(draw::one_of({100, 60, 10, 0})) / 100;
  for (int image = 0; image < 2 * batch; ++image) {
    Activations values{network.nodes[0].out, {}};
    for (std::int64_t i = 0; i < values.shape.size(); ++i) {
      const bool is_zero = random.uniform() >= density;
      values.values.push_back(is_zero ? std::int8_t{0} : std::int8_t(int(random.below(255)) - 127));
    }
    run.images.push_back(std::move(values));
  }
  RC_LOG() << describe(network) << "batch " << batch << "\n"
           << fields_to_json(run.program.machine).dump() << "\n";
  return run;
}

}  // namespace escalate
