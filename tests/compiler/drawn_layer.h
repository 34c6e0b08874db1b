// Layers, machines and rooms drawn by RapidCheck for tests of the mapper.
#pragma once

#include <rapidcheck.h>

#include <algorithm>

#include "compiler/mapping.h"
#include "machine/config.h"

namespace escalate {

/// A layer whose numbers are drawn, coefficients of every density included.
struct DrawnLayer {
  IntegerNode node;
  ConvLayer layer;

  explicit DrawnLayer(int most_channels) {
    Window& window = node.window;
    node.name = "conv";
    node.inputs = {1};
    window.r = *rc::gen::inRange(1, 6);
    window.s = *rc::gen::inRange(1, 6);
    window.stride_h = *rc::gen::inRange(1, 4);
    window.stride_w = *rc::gen::inRange(1, 4);
    window.pad_top = *rc::gen::inRange(0, window.r);
    window.pad_left = *rc::gen::inRange(0, window.s);
    window.pad_bottom = *rc::gen::inRange(0, window.r);
    window.pad_right = *rc::gen::inRange(0, window.s);
    node.groups = *rc::gen::inRange(1, 4);
    // Maps of one row, and strides beyond the kernel, are where padding weighs most.
    const auto extent = [](int kernel, int padding) {
      const int least = std::max(1, kernel - padding);
      return *rc::gen::inRange(least, least + 20);
    };
    layer.in = {node.groups * *rc::gen::inRange(1, most_channels),
                extent(window.r, window.pad_top + window.pad_bottom),
                extent(window.s, window.pad_left + window.pad_right)};
    layer.out.c = node.groups * *rc::gen::inRange(1, most_channels);
    layer.out.h =
        (layer.in.h + window.pad_top + window.pad_bottom - window.r) / window.stride_h + 1;
    layer.out.w =
        (layer.in.w + window.pad_left + window.pad_right - window.s) / window.stride_w + 1;
    layer.direct = *rc::gen::arbitrary<bool>();
    layer.terms = layer.direct ? 1 : *rc::gen::inRange(1, 9);
    const int of_row =
        layer.in.c / node.groups * (layer.direct ? window.r * window.s : layer.terms);
    layer.coefficients.assign(std::size_t(layer.out.c) * std::size_t(of_row), 0);
    const int period = *rc::gen::inRange(1, 40);
    for (std::size_t i = 0; i < layer.coefficients.size(); i += std::size_t(period)) {
      layer.coefficients.set(i, 1);
    }
    layer.input_density = *rc::gen::element(0.1, 0.5, 1.0);
    layer.densest_row = *rc::gen::element(0.0, 0.2, 1.0);
    layer.node = &node;
  }
  DrawnLayer(const DrawnLayer&) = delete;
  DrawnLayer& operator=(const DrawnLayer&) = delete;

  /// Input rows that output row `p` reads.
  std::vector<int> rows_of(int p) const {
    std::vector<int> rows;
    for (int r = 0; r < node.window.r; ++r) {
      const int h = p * node.window.stride_h - node.window.pad_top + r;
      if (h >= 0 && h < layer.in.h) rows.push_back(h);
    }
    return rows;
  }
};

inline MachineConfig drawn_machine() {
  MachineConfig machine;
  machine.blocks = *rc::gen::element(1, 2, 4, 6, 8);
  machine.slices = *rc::gen::inRange(1, 5);
  machine.rows = *rc::gen::inRange(1, 9);
  machine.output_bank_words = *rc::gen::inRange(8, 500);
  machine.coefficient_bank_bytes = *rc::gen::inRange(64, 600);
  machine.mac.line_buffer_words = *rc::gen::inRange(5, 80);
  machine.ca.chunk = *rc::gen::element(8, 16, 64);
  return machine;
}

inline MappingRoom drawn_room(const ConvLayer& layer) {
  MappingRoom room;
  room.workspace_bytes = *rc::gen::inRange(100, 60000);
  room.input_resident = *rc::gen::arbitrary<bool>();
  room.input_segment_columns = *rc::gen::inRange(1, layer.in.w + 1);
  room.input_segment_channels = *rc::gen::inRange(1, layer.in.c + 1);
  room.residual_loaded = *rc::gen::arbitrary<bool>();
  room.residual_segment_columns = *rc::gen::inRange(1, layer.out.w + 1);
  room.residual_segment_channels = *rc::gen::inRange(1, layer.out.c + 1);
  room.output_stored = *rc::gen::arbitrary<bool>();
  room.batch = *rc::gen::inRange(1, 3);
  return room;
}

}  // namespace escalate
