#include "compiler/tensor_places.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "common/error.h"
#include "common/math.h"

namespace escalate {

TensorPlaces::TensorPlaces(const NetworkSteps& steps, const MachineConfig& machine, int batch,
                           int tile_quarters)
    : steps_(steps),
      machine_(machine),
      batch_(batch),
      buffer_(machine.global_buffer_bytes),
      dram_(INT64_C(0xffffffff)),
      directory_(machine.dma.directory_entries),
      places_(steps.network().nodes.size()),
      has_place_(steps.network().nodes.size(), false) {
  keep_on_chip(tile_quarters);
  constexpr int kInput = 0;
  ensure(steps.node(kInput).op == IntegerOp::kInput, "node 0 is the input");
  const Shape& shape = steps.node(kInput).out;
  place_in_dram(kInput, -1, shape.w, shape.c, {});
}

std::vector<const TensorPlace*> TensorPlaces::inputs_of(int step) const {
  std::vector<const TensorPlace*> places;
  for (const int input : steps_.at(step).inputs) places.push_back(&of(input));
  return places;
}

void TensorPlaces::place_output(int step, const ConvMapping& mapping) {
  place_in_dram(steps_.at(step).output(), step, mapping.column_tiles[0].size(),
                mapping.rounds[0].size(), phase_of_output(step, mapping));
}

MappingRoom TensorPlaces::room_of(int i, SpanAllocator::Gap workspace) const {
  const LayerStep& step = steps_.at(i);
  const TensorPlace& input = of(step.inputs[0]);
  MappingRoom room;
  room.workspace_bytes = workspace.size() - 64;  // buffers are rounded up to words
  room.input_resident = input.resident;
  if (!input.resident) {
    room.input_segment_columns = input.segments.segment_columns;
    room.input_segment_channels = input.segments.segment_channels;
  }
  room.whole_input = steps_.is_flattened(i);
  room.whole_input_bytes = resident_bytes(step.inputs[0]) / batch_;
  if (step.residual >= 0 && !of(step.residual).resident) {
    room.residual_loaded = true;
    room.residual_segment_columns = of(step.residual).segments.segment_columns;
    room.residual_segment_channels = of(step.residual).segments.segment_channels;
  }
  room.output_stored = !has(step.output());
  room.batch = batch_;
  return room;
}

std::vector<TensorPlace> TensorPlaces::all() const {
  std::vector<TensorPlace> all;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (has_place_[i]) all.push_back(places_[i]);
  }
  return all;
}

std::int64_t TensorPlaces::resident_bytes(int tensor) const {
  const Shape& shape = steps_.node(tensor).out;
  return std::int64_t{shape.h} * shape.w * position_bytes(shape.c) * batch_;
}

TensorPlace& TensorPlaces::new_place(int tensor) {
  has_place_[std::size_t(tensor)] = true;
  TensorPlace& place = places_[std::size_t(tensor)];
  place.node = tensor;
  place.shape = steps_.node(tensor).out;
  return place;
}

void TensorPlaces::keep_on_chip(int tile_quarters) {
  SpanAllocator tensors(std::int64_t{machine_.global_buffer_bytes} * (4 - tile_quarters) / 4);
  const std::vector<int> outputs = steps_.outputs();
  for (int i = 0; i < steps_.size(); ++i) {
    const int made = steps_.at(i).output();
    if (std::find(outputs.begin(), outputs.end(), made) != outputs.end()) continue;
    const auto base =
        tensors.allocate(round_up(resident_bytes(made), 8), i, steps_.last_reader(made));
    if (!base) continue;
    const auto same =
        buffer_.allocate(round_up(resident_bytes(made), 8), i, steps_.last_reader(made));
    ensure(same == base, "both plans of the global buffer agree");
    TensorPlace& place = new_place(made);
    const Shape& shape = place.shape;
    place.resident = true;
    place.region = {std::int32_t(*base), shape.w * position_bytes(shape.c),
                    position_bytes(shape.c)};
    place.image_stride = std::int32_t(resident_bytes(made) / batch_);
  }
}

// A layer that loads and stores tiles in turn has two streams of addresses, which close each
// other's rows where they meet in a bank. The output begins half a turn through the banks from
// where its input is loaded by then: a tile and a half behind that of the first store.
SpanAllocator::Phase TensorPlaces::away_from(const TensorPlace& input, std::int64_t tiles) const {
  const DramConfig& dram = machine_.dram;
  const std::int64_t turn = std::int64_t{dram.row_bytes} * dram.channels * dram.banks;
  const std::int64_t ahead = input.dram_image_stride * batch_ * 3 / (2 * tiles);
  const std::int64_t rest = (input.segments.dram + ahead + turn / 2) % turn;
  return {rest / dram.burst_bytes * dram.burst_bytes, turn};
}

// Where the output of a convolution begins; anywhere if it is less than a row of each channel.
SpanAllocator::Phase TensorPlaces::phase_of_output(int step, const ConvMapping& mapping) const {
  const TensorPlace& input = of(steps_.at(step).inputs[0]);
  const std::int64_t row = std::int64_t{machine_.dram.row_bytes} * machine_.dram.channels;
  if (input.resident || input.dram_image_stride * batch_ < row) return {};
  return away_from(input,
                   std::int64_t(mapping.row_tiles.size() * mapping.column_tiles.size()) * batch_);
}

void TensorPlaces::place_in_dram(int tensor, int first_step, int segment_columns,
                                 int segment_channels, SpanAllocator::Phase phase) {
  TensorPlace& place = new_place(tensor);
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
    throw UserError({"", 0, steps_.node(tensor).name},
                    fmt::format("a row of its output, of {} values, lies in one segment of DRAM; "
                                "expected less than 2 GiB",
                                values));
  }
  box.stride = std::int32_t(bytes / burst * burst);
  box.row_end = shape.h;
  box.column_group_end = box.column_groups();
  box.channel_group_end = box.channel_groups();
  const std::int64_t segments = std::int64_t{shape.h} * box.column_groups() * box.channel_groups();
  place.directory_image_stride = std::int32_t(segments);
  place.dram_image_stride = segments * box.stride;
  const auto entry = directory_.allocate(segments * batch_, first_step, steps_.last_reader(tensor));
  if (!entry) {
    throw UserError(
        {"", 0, "dma.directory_entries"},
        fmt::format("layer '{}': the directory of {} entries has no room for the {} "
                    "segments of its output",
                    steps_.node(tensor).name, machine_.dma.directory_entries, segments * batch_));
  }
  box.directory = std::int32_t(*entry);
  const auto address = dram_.allocate(place.dram_image_stride * batch_, first_step,
                                      steps_.last_reader(tensor), phase);
  if (!address) throw UserError("the network needs more than 4 GiB of DRAM");
  box.dram = std::uint32_t(*address);
}

}  // namespace escalate
