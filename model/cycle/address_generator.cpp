#include "model/cycle/address_generator.h"

#include <algorithm>

namespace escalate::cycle {

PassGeometry geometry_of(const Run& run, const PassGroup& group) {
  const WindowOperand& window = run.window;
  PassGeometry geometry;
  geometry.rows = {window.r,      window.stride_h,  window.pad_top,
                   window.height, group.tile_begin, group.tile_end};
  geometry.columns = {window.s,     window.stride_w,         window.pad_left,
                      window.width, run.output.column_begin, run.output.column_end};
  return geometry;
}

AddressGenerator::AddressGenerator(const sc_core::sc_module_name& name,
                                   const MachineConfig& machine, std::function<void()> on_sent)
    : sc_module(name),
      entries("entries"),
      global_buffer("global_buffer"),
      chunk_channels_(machine.ca.chunk),
      entry_channels_(machine.ring.entry_channels),
      on_sent_(std::move(on_sent)) {
  entries.bind(*this);
}

void AddressGenerator::begin(const Run& run) {
  input_ = run.input;
  channels_ = run.channels;
  groups_.clear();
  turn_ = 0;
  const OutputMap& output = run.output;
  for (int g = 0; g < int(output.groups.size()); ++g) {
    const PassGroup& group = output.groups[std::size_t(g)];
    const PassGeometry geometry = geometry_of(run, group);
    Cursor cursor;
    for (int member = 0; output.channels_of_block(member) > 0; ++member) {
      cursor.blocks.push_back(g * output.blocks_per_group + member);
    }
    for (int h = group.in_begin; h < group.in_end; ++h) {
      if (geometry.rows.sends(h)) cursor.rows.push_back(h);
    }
    for (int w = 0; w < run.window.width; ++w) {
      if (geometry.columns.sends(w)) cursor.columns.push_back(w);
    }
    groups_.push_back(std::move(cursor));
  }
}

void AddressGenerator::read(Cursor& cursor) {
  const int h = cursor.rows[cursor.row];
  const int w = cursor.columns[cursor.column];
  const int channels = std::min(entry_channels_, channels_ - cursor.first_channel);
  Entry entry = make_entry(global_buffer->read(input_.at(h, w) + cursor.first_channel, channels),
                           chunk_channels_);
  entry.h = h;
  entry.w = w;
  entry.channel_tile = cursor.first_channel / entry_channels_;
  const bool last_tile = cursor.first_channel + channels == channels_;
  const bool last_column = cursor.column + 1 == cursor.columns.size();
  entry.line_end = last_tile && last_column;
  delivery_ = {std::make_shared<const Entry>(std::move(entry)), cursor.blocks};
  cursor.first_channel += channels;
  if (!last_tile) return;
  cursor.first_channel = 0;
  ++cursor.column;
  if (!last_column) return;
  cursor.column = 0;
  ++cursor.row;
}

// The groups take turns; one that has ended is skipped.
const Delivery* AddressGenerator::next() {
  for (std::size_t tried = 0; tried < groups_.size() && !has_next_; ++tried) {
    Cursor& cursor = groups_[turn_];
    turn_ = (turn_ + 1) % groups_.size();
    if (cursor.ended()) continue;
    read(cursor);
    has_next_ = true;
  }
  return has_next_ ? &delivery_ : nullptr;
}

}  // namespace escalate::cycle
