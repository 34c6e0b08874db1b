#include "compiler/compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <span>

#include "common/error.h"
#include "common/interruption.h"
#include "common/math.h"
#include "compiler/layer_emitter.h"
#include "compiler/layers/machine_layer.h"
#include "compiler/synchronize.h"
#include "compiler/verify.h"
#include "compiler/wide_padding.h"

namespace escalate {
namespace {

// The quarters of the global buffer that tensors kept on chip leave to the tiles of those that are
// not: tried in this order until all tiles fit.
constexpr int kTileQuarters[] = {1, 2, 3, 4};

class Compiler {
 public:
  Compiler(const IntegerNetwork& network, const MachineConfig& machine, int batch,
           int tile_quarters)
      : network_(network),
        machine_(machine),
        batch_(batch),
        tile_quarters_(tile_quarters),
        tensor_of_(tensor_nodes(network)),
        steps_(layer_steps(network)),
        last_reader_(last_readers(network, steps_)),
        buffer_(machine.global_buffer_bytes),
        dram_(INT64_C(0xffffffff)),
        directory_(machine.dma.directory_entries),
        places_(network.nodes.size()),
        has_place_(network.nodes.size(), false) {}

  Program run() {
    ensure(batch_ >= 1, "a batch has at least one image");
    if (steps_.empty()) throw UserError("the network has no layer to run");
    for (const LayerStep& step : steps_) {
      if (pads_beyond_kernel(node(step.node))) {
        widened_.emplace(step.node, with_wide_kernel(node(step.node)));
      }
    }
    keep_on_chip();
    place_input();
    for (int i = 0; i < int(steps_.size()); ++i) {
      interruption_point();
      plan_layer(i);
    }
    program_.name = network_.name;
    program_.machine = machine_;
    program_.batch = batch_;
    program_.data_address = (dram_.high_water() + machine_.dram.burst_bytes - 1) /
                            machine_.dram.burst_bytes * machine_.dram.burst_bytes;
    DataWriter data(program_.data_address, machine_.dram.burst_bytes);
    for (int i = 0; i < int(steps_.size()); ++i) emit_layer(i, data);
    program_.data = data.take();
    program_.dram_bytes = program_.data_address + std::int64_t(program_.data.size());
    for (std::size_t i = 0; i < places_.size(); ++i) {
      if (has_place_[i]) program_.tensors.push_back(places_[i]);
    }
    return std::move(program_);
  }

 private:
  struct LayerPlan {
    SpanAllocator::Gap workspace;
    ConvLayer conv;
    ConvMapping mapping;
    PostPlan post;
  };

  const IntegerNode& node(int i) const { return network_.nodes[i]; }

  std::int64_t resident_bytes(int i) const {
    const Shape& shape = node(i).out;
    return std::int64_t{shape.h} * shape.w * position_bytes(shape.c) * batch_;
  }

  // Tensors that stay in the global buffer from the layer that makes them to the last that reads
  // them. The network's input and outputs are in DRAM.
  void keep_on_chip() {
    SpanAllocator tensors(std::int64_t{machine_.global_buffer_bytes} * (4 - tile_quarters_) / 4);
    std::set<int> outputs;
    for (const int output : network_.output_nodes()) {
      outputs.insert(tensor_of_[std::size_t(output)]);
    }
    for (int i = 0; i < int(steps_.size()); ++i) {
      const int made = steps_[i].output();
      if (outputs.contains(made)) continue;
      const auto base = tensors.allocate(round_up(resident_bytes(made), 8), i, last_reader_[made]);
      if (!base) continue;
      const auto same = buffer_.allocate(round_up(resident_bytes(made), 8), i, last_reader_[made]);
      ensure(same == base, "both plans of the global buffer agree");
      TensorPlace& place = new_place(made);
      const Shape& shape = place.shape;
      place.resident = true;
      place.region = {std::int32_t(*base), shape.w * position_bytes(shape.c),
                      position_bytes(shape.c)};
      place.image_stride = std::int32_t(resident_bytes(made) / batch_);
    }
  }

  TensorPlace& new_place(int i) {
    has_place_[i] = true;
    places_[i].node = i;
    places_[i].shape = node(i).out;
    return places_[i];
  }

  // A layer that loads and stores tiles in turn has two streams of addresses, which close each
  // other's rows where they meet in a bank. The output begins half a turn through the banks from
  // where its input is loaded by then: a tile and a half behind that of the first store.
  SpanAllocator::Phase away_from(const TensorPlace& input, std::int64_t tiles) const {
    const DramConfig& dram = machine_.dram;
    const std::int64_t turn = std::int64_t{dram.row_bytes} * dram.channels * dram.banks;
    const std::int64_t ahead = input.dram_image_stride * batch_ * 3 / (2 * tiles);
    const std::int64_t rest = (input.segments.dram + ahead + turn / 2) % turn;
    return {rest / dram.burst_bytes * dram.burst_bytes, turn};
  }

  // Where the output of a convolution begins; anywhere if it is less than a row of each channel.
  SpanAllocator::Phase phase_of_output(int i, const ConvMapping& mapping) const {
    const TensorPlace& input = places_[steps_[i].inputs[0]];
    const std::int64_t row = std::int64_t{machine_.dram.row_bytes} * machine_.dram.channels;
    if (input.resident || input.dram_image_stride * batch_ < row) return {};
    return away_from(input,
                     std::int64_t(mapping.row_tiles.size() * mapping.column_tiles.size()) * batch_);
  }

  void place_in_dram(int i, int first, int segment_columns, int segment_channels,
                     SpanAllocator::Phase phase = {}) {
    TensorPlace& place = new_place(i);
    const Shape& shape = place.shape;
    SegmentBox& box = place.segments;
    box.width = shape.w;
    box.channels = shape.c;
    box.segment_columns = segment_columns;
    box.segment_channels = segment_channels;
    const int burst = machine_.dram.burst_bytes;
    const std::int64_t values = std::int64_t{segment_columns} * segment_channels;
    const std::int64_t bytes =
        values + std::int64_t{segment_columns} * map_bytes(segment_channels) + burst - 1;
    if (bytes > std::numeric_limits<std::int32_t>::max()) {
      throw UserError({"", 0, node(i).name},
                      fmt::format("a row of its output, of {} values, lies in one segment of DRAM; "
                                  "expected less than 2 GiB",
                                  values));
    }
    box.stride = std::int32_t(bytes / burst * burst);
    box.row_end = shape.h;
    box.column_group_end = box.column_groups();
    box.channel_group_end = box.channel_groups();
    const std::int64_t segments =
        std::int64_t{shape.h} * box.column_groups() * box.channel_groups();
    place.directory_image_stride = std::int32_t(segments);
    place.dram_image_stride = segments * box.stride;
    const auto entry = directory_.allocate(segments * batch_, first, last_reader_[i]);
    if (!entry) {
      throw UserError({"", 0, "dma.directory_entries"},
                      fmt::format("layer '{}': the directory of {} entries has no room for the {} "
                                  "segments of its output",
                                  node(i).name, machine_.dma.directory_entries, segments * batch_));
    }
    box.directory = std::int32_t(*entry);
    const auto address =
        dram_.allocate(place.dram_image_stride * batch_, first, last_reader_[i], phase);
    if (!address) throw UserError("the network needs more than 4 GiB of DRAM");
    box.dram = std::uint32_t(*address);
  }

  void place_input() {
    const int input = 0;
    ensure(node(input).op == IntegerOp::kInput, "node 0 is the input");
    const Shape& shape = node(input).out;
    place_in_dram(input, -1, shape.w, shape.c);
  }

  // Whether the layer reads a tensor of several positions as one.
  bool is_flattened(int step) const {
    const int source = node(steps_[step].node).inputs.at(0);
    return node(source).op == IntegerOp::kFlatten && tensor_of_[std::size_t(source)] != source &&
           node(tensor_of_[std::size_t(source)]).op != IntegerOp::kFlatten;
  }

  // Whether some layer reads the tensor as one position of all its bytes.
  bool padding_is_read(int tensor) const {
    const Shape& shape = node(tensor).out;
    if (shape.c % 8 == 0 || shape.h * shape.w == 1) return false;
    for (int i = 0; i < int(steps_.size()); ++i) {
      if (node(steps_[i].node).op == IntegerOp::kConv && is_flattened(i) &&
          steps_[i].inputs[0] == tensor) {
        return true;
      }
    }
    return false;
  }

  ConvLayer conv_layer(int step) const {
    const auto widened = widened_.find(steps_[step].node);
    const IntegerNode& conv = widened != widened_.end() ? widened->second : node(steps_[step].node);
    ConvLayer layer;
    layer.node = &conv;
    layer.out = conv.out;
    layer.in = node(conv.inputs[0]).out;
    layer.direct = conv.form == WeightForm::kDirect;
    layer.terms = layer.direct ? 1 : conv.terms;
    layer.bypass = conv.bypasses_mac();
    set_coefficients(step, layer);
    set_densities(layer);
    const LayerStep& of = steps_[step];
    layer.input_density = read_density(of.inputs[0]);
    if (of.residual >= 0) layer.residual_density = read_density(of.residual);
    layer.output_density = computed_density(node(of.output()));
    return layer;
  }

  // Where they lie in the network, unless a flattened input wants them in another order.
  void set_coefficients(int step, ConvLayer& layer) const {
    const auto& values = layer.direct ? layer.node->weights : layer.node->coefficients;
    const Shape& shape = node(steps_[step].inputs[0]).out;
    const int positions = shape.h * shape.w;
    if (!is_flattened(step) || positions == 1) {
      layer.coefficients.look_at(values);
      return;
    }
    // It is read in the order in which it lies: position by position, with the padding of each.
    const int stride = position_bytes(shape.c);
    layer.coefficients.look_at_flattened(values, shape.c, positions, stride);
    layer.in = {positions * stride, 1, 1};
  }

  // Activations are not known when a network is compiled. About half of them are taken to be
  // cut off by a ReLU, and none to be zero otherwise.
  static double computed_density(const IntegerNode& node) {
    constexpr double kAfterRelu = 0.5;
    return node.clamp_low >= 0 ? kAfterRelu : 1;
  }

  // Of a tensor as its readers find it: of drawn values counted, of an image 1.
  double read_density(int tensor) const {
    const IntegerNode& made = node(tensor);
    if (made.substitute) {
      const std::vector<std::int8_t>& values = made.substitute->values;
      const auto zeros = std::count(values.begin(), values.end(), std::int8_t{0});
      return 1 - double(zeros) / double(std::max<std::size_t>(1, values.size()));
    }
    if (made.op == IntegerOp::kInput) return 1;
    return machine_layer(made.op).keeps_density() ? read_density(made.inputs.at(0))
                                                  : computed_density(made);
  }

  static void set_densities(ConvLayer& layer) {
    const Window& window = layer.node->window;
    const int taps = layer.direct ? window.r * window.s : 1;
    const std::span<const std::int8_t> values = layer.coefficients.of_node();
    const std::size_t rows = std::size_t(layer.out.c) * std::size_t(layer.terms);
    const std::size_t of_row = values.size() / rows;
    std::int64_t nonzero = 0, densest = 0;
    for (std::size_t row = 0; row < rows; ++row) {
      const auto of = values.subspan(row * of_row, of_row);
      const std::int64_t count = num_nonzero(of);
      nonzero += count;
      densest = std::max(densest, taps == 1 ? count : num_kernels(of, taps));
    }
    const std::size_t size = std::max<std::size_t>(1, layer.coefficients.size());
    layer.coefficient_density = double(nonzero) / double(size);
    layer.densest_row = double(densest) / layer.channels_of_group();
  }

  static std::int64_t num_nonzero(std::span<const std::int8_t> values) {
    std::int32_t count = 0;  // which a vector has more of than of wider ones
    for (const std::int8_t value : values) count += value != 0 ? 1 : 0;
    return count;
  }

  // Kernels that are not all zero.
  static std::int64_t num_kernels(std::span<const std::int8_t> row, int taps) {
    std::int64_t count = 0;
    for (; !row.empty(); row = row.subspan(std::size_t(taps))) {
      const auto kernel = row.first(std::size_t(taps));
      count += std::ranges::any_of(kernel, [](std::int8_t value) { return value != 0; }) ? 1 : 0;
    }
    return count;
  }

  void plan_layer(int i) {
    const LayerStep& step = steps_[i];
    LayerPlan plan;
    plan.workspace = buffer_.largest_gap(i);
    const int made = step.output();
    const bool resident = has_place_[made];
    if (node(step.node).op == IntegerOp::kConv) {
      plan.conv = conv_layer(i);
      plan.mapping = map_convolution(machine_, plan.conv, room_of(i, plan.workspace, resident));
      if (!resident) {
        place_in_dram(made, i, plan.mapping.column_tiles[0].size(), plan.mapping.rounds[0].size(),
                      phase_of_output(i, plan.mapping));
      }
      plan.conv.coefficients.clear();  // made again when it is written down
    } else {
      plan.post =
          machine_layer(node(step.node).op)
              .plan(node(step.node), input_places(i), resident, plan.workspace.size(), batch_);
      if (!resident) place_in_dram(made, i, node(made).out.w, plan.post.segment_channels);
    }
    plans_.push_back(std::move(plan));
  }

  MappingRoom room_of(int i, SpanAllocator::Gap workspace, bool output_resident) const {
    const LayerStep& step = steps_[i];
    const TensorPlace& input = places_[step.inputs[0]];
    MappingRoom room;
    room.workspace_bytes = workspace.size() - 64;  // buffers are rounded up to words
    room.input_resident = input.resident;
    if (!input.resident) {
      room.input_segment_columns = input.segments.segment_columns;
      room.input_segment_channels = input.segments.segment_channels;
    }
    room.whole_input = is_flattened(i);
    room.whole_input_bytes = resident_bytes(step.inputs[0]) / batch_;
    if (step.residual >= 0 && !places_[step.residual].resident) {
      room.residual_loaded = true;
      room.residual_segment_columns = places_[step.residual].segments.segment_columns;
      room.residual_segment_channels = places_[step.residual].segments.segment_channels;
    }
    room.output_stored = !output_resident;
    room.batch = batch_;
    return room;
  }

  std::vector<const TensorPlace*> input_places(int i) const {
    std::vector<const TensorPlace*> places;
    for (const int input : steps_[i].inputs) places.push_back(&places_[input]);
    return places;
  }

  void emit_layer(int i, DataWriter& data) {
    const LayerStep& step = steps_[i];
    LayerPlan& plan = plans_[i];
    const TensorPlace& output = places_[step.output()];
    const bool clear = padding_is_read(step.output());
    std::vector<Instruction> list;
    if (node(step.node).op == IntegerOp::kConv) {
      set_coefficients(i, plan.conv);
      ConvTensors tensors;
      tensors.input = &places_[step.inputs[0]];
      tensors.output = &output;
      tensors.flattened = is_flattened(i);
      tensors.clear_padding = clear;
      if (step.fused_table >= 0) tensors.table = &node(step.fused_table);
      if (step.fused_add >= 0) {
        tensors.residual = &places_[step.residual];
        tensors.add = &node(step.fused_add);
        tensors.conv_is_left = tensors.add->inputs[0] == step.added_node();
      }
      list = emit_convolution(machine_, plan.conv, plan.mapping, tensors, plan.workspace, batch_,
                              data);
      plan.conv.coefficients.clear();
    } else {
      list = machine_layer(node(step.node).op)
                 .emit(machine_, node(step.node), input_places(i), output, plan.post, clear,
                       plan.workspace, batch_, data);
    }
    LayerCode layer;
    layer.name = node(step.node).name;
    layer.kind = machine_layer(node(step.node).op).name(network_, node(step.node));
    layer.node = step.node;
    layer.fused_table = step.fused_table;
    layer.fused_add = step.fused_add;
    const auto streams = synchronize(list);
    for (int s = 0; s < kNumStreams; ++s) {
      layer.begin[s] = int(program_.streams[s].size());
      program_.streams[s].insert(program_.streams[s].end(), streams[s].begin(), streams[s].end());
      layer.end[s] = int(program_.streams[s].size());
    }
    program_.layers.push_back(std::move(layer));
  }

  const IntegerNetwork& network_;
  const MachineConfig& machine_;
  int batch_;
  int tile_quarters_;
  std::map<int, IntegerNode> widened_;  // layers that run with wider kernels, by node
  std::vector<int> tensor_of_;
  std::vector<LayerStep> steps_;
  std::vector<int> last_reader_;
  SpanAllocator buffer_, dram_, directory_;
  std::vector<TensorPlace> places_;
  std::vector<bool> has_place_;
  std::vector<LayerPlan> plans_;
  Program program_;
};

// All but the network.
Program compiled_where_it_fits(const IntegerNetwork& network, const MachineConfig& machine,
                               int batch) {
  for (const int quarters : kTileQuarters) {
    try {
      return Compiler(network, machine, batch, quarters).run();
    } catch (const UserError& error) {
      if (error.place().key != "global_buffer_bytes" || quarters == 4) throw;
    }
  }
  throw InternalError("the last attempt returns or throws");
}

}  // namespace

Program compile(IntegerNetwork network, const MachineConfig& machine, int batch) {
  machine.validate();
  Program program = compiled_where_it_fits(network, machine, batch);
  program.network = std::move(network);
  verify(program);
  return program;
}

}  // namespace escalate
