// Where the tensors of a network lie: in the global buffer from the layer that makes them to the
// last that reads them, or in DRAM, with an entry of the directory for each of their segments.
#pragma once

#include <cstdint>
#include <vector>

#include "compiler/memory_plan.h"
#include "compiler/network_steps.h"
#include "compiler/program.h"
#include "machine/config.h"

namespace escalate {

class TensorPlaces {
 public:
  /// Gives the network's input its place, and a place in the global buffer to the tensors that find
  /// one in what `tile_quarters` quarters of it, left to tiles, leave. The network's input and
  /// outputs are in DRAM. Refers to `steps` and `machine`.
  TensorPlaces(const NetworkSteps& steps, const MachineConfig& machine, int batch,
               int tile_quarters);

  /// Whether the tensor has a place already, as those in the global buffer have from the beginning.
  bool has(int tensor) const { return has_place_[std::size_t(tensor)]; }
  const TensorPlace& of(int tensor) const { return places_[std::size_t(tensor)]; }
  /// Of the tensors that a step reads.
  std::vector<const TensorPlace*> inputs_of(int step) const;

  /// A place in DRAM for what the step makes, whose segments have so many columns and channels.
  /// UserError for a segment that is too large, and where directory or DRAM have no room.
  void place_output(int step, int segment_columns, int segment_channels) {
    place_in_dram(steps_.at(step).output(), step, segment_columns, segment_channels, {});
  }
  /// The same of a convolution, by the tiles of its mapping: begins where its stores are in other
  /// banks than the loads beside them.
  void place_output(int step, const ConvMapping& mapping);

  /// The largest piece of the global buffer that no tensor takes in a step.
  SpanAllocator::Gap workspace(int step) const { return buffer_.largest_gap(step); }
  /// What the mapper has to know of the convolution's surroundings.
  MappingRoom room_of(int step, SpanAllocator::Gap workspace) const;

  /// The end of the highest tensor in DRAM.
  std::int64_t dram_end() const { return dram_.high_water(); }
  /// All places, in the order of the nodes.
  std::vector<TensorPlace> all() const;

 private:
  std::int64_t resident_bytes(int tensor) const;
  TensorPlace& new_place(int tensor);
  void keep_on_chip(int tile_quarters);
  void place_in_dram(int tensor, int first_step, int segment_columns, int segment_channels,
                     SpanAllocator::Phase phase);
  SpanAllocator::Phase away_from(const TensorPlace& input, std::int64_t tiles) const;
  SpanAllocator::Phase phase_of_output(int step, const ConvMapping& mapping) const;

  const NetworkSteps& steps_;
  const MachineConfig& machine_;
  int batch_;
  SpanAllocator buffer_, dram_, directory_;
  std::vector<TensorPlace> places_;
  std::vector<bool> has_place_;
};

}  // namespace escalate
