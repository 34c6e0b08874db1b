// Random passes of a PE block behind its network, and their run on timelines.
#pragma once

#include <rapidcheck.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "interconnect/transaction/multicast_timeline.h"
#include "pe/transaction/block_timeline.h"
#include "pe/transaction/concentrator.h"
#include "tests/pe/block_ticking_reference.h"
#include "tests/pe/held_elements.h"

namespace escalate {

inline MachineConfig arbitrary_machine() {
  MachineConfig machine;
  machine.slices = *rc::gen::inRange(1, 4);
  machine.rows = *rc::gen::inRange(1, 4);
  machine.merge_words = *rc::gen::inRange(1, 5);
  machine.network_bytes = *rc::gen::element(4, 16, 64);
  machine.mac.multipliers = *rc::gen::inRange(1, 6);
  machine.mac.weight_port_bytes = *rc::gen::inRange(1, 6);
  machine.ca.chunk = 8;
  machine.ca.lanes = *rc::gen::inRange(1, 6);
  machine.ca.pattern = *rc::gen::element<std::string>("L<0,0>", "L<1,0>", "L<2,1>");
  machine.ca.slot_queue_rows = machine.look_ahead() +
                               (8 + machine.ca.lanes - 1) / machine.ca.lanes + 1 +
                               *rc::gen::inRange(0, 4);
  machine.ca.element_queue = *rc::gen::inRange(1, 4);
  machine.ring.entry_channels = 16;
  machine.ring.chunks = 2 + *rc::gen::inRange(0, 6);
  machine.ideal.ca = *rc::gen::inRange(0, 5) == 0;
  machine.ideal.mac = *rc::gen::inRange(0, 5) == 0;
  machine.ideal.input = *rc::gen::inRange(0, 5) == 0;
  machine.validate();
  return machine;
}

struct Scenario {
  MachineConfig machine;
  std::vector<BlockPass> passes;
  std::vector<reference::Entry> entries;
};

inline WindowAxis arbitrary_axis(int kernel, int most) {
  WindowAxis axis;
  axis.kernel = kernel;
  axis.stride = *rc::gen::inRange(1, 3);
  axis.pad = *rc::gen::inRange(0, kernel);
  axis.input = *rc::gen::inRange(kernel, most);
  const int outputs = (axis.input + 2 * axis.pad - kernel) / axis.stride + 1;
  axis.out_begin = *rc::gen::inRange(0, outputs);
  axis.out_end = *rc::gen::inRange(axis.out_begin + 1, outputs + 1);
  return axis;
}

inline void draw_direct(const MachineConfig& machine, const BlockPass& pass,
                        reference::Entry& entry) {
  const int kernel = pass.geometry.rows.kernel * pass.geometry.columns.kernel;
  for (int r = 0; r < machine.slices * machine.rows; ++r) {
    reference::Element element;
    element.direct = true;
    for (int c = *rc::gen::inRange(0, entry.chunks + 1); c > 0; --c) {
      element.taken.push_back(std::uint16_t(*rc::gen::inRange(0, machine.ca.chunk + 1)));
    }
    element.line_end = entry.line_end;
    element.one_by_one = kernel == 1;
    element.taps = pass.geometry.taps(entry.h, entry.w);
    entry.elements.push_back(element);
  }
}

inline void draw_elements(const MachineConfig& machine, const BlockPass& pass,
                          reference::Entry& entry) {
  if (pass.mode == PassMode::kDirect) return draw_direct(machine, pass, entry);
  const int kernel_taps = pass.geometry.taps(entry.h, entry.w);
  const auto arbitrary_slots = [&](int chunks) {
    std::vector<std::uint16_t> slots;
    for (; chunks > 0; --chunks) {
      slots.push_back(std::uint16_t(*rc::gen::inRange(0, machine.ca.chunk + 1)));
    }
    return slots;
  };
  const bool shares = *rc::gen::inRange(0, 4) != 0;
  if (shares) entry.slots = arbitrary_slots(entry.chunks);
  for (int r = 0; r < machine.slices * machine.rows; ++r) {
    reference::Element element;
    element.shares = shares && *rc::gen::inRange(0, 20) != 0;
    element.slots =
        element.shares ? entry.slots : arbitrary_slots(*rc::gen::inRange(0, entry.chunks + 1));
    const int slots = std::accumulate(element.slots.begin(), element.slots.end(), 0);
    const int rows = num_slot_rows(slots, machine.ca.lanes);
    for (int base = 0; base < rows;) {
      base = std::min(rows, base + *rc::gen::inRange(1, machine.look_ahead() + 2));
      element.step_ends.push_back(std::uint16_t(base));
    }
    element.is_zero = *rc::gen::inRange(0, 3) == 0;
    element.pushed = !element.is_zero || entry.line_end;
    element.mac_cycles =
        element.is_zero ? 1 : (kernel_taps + machine.mac.multipliers - 1) / machine.mac.multipliers;
    entry.elements.push_back(element);
  }
}

// The entries of input rows [h_begin, h_end) of a pass.
inline void draw_entries(Scenario& run, int pass, int h_begin, int h_end) {
  const PassGeometry& geometry = run.passes[pass].geometry;
  int last_column = -1;
  for (int w = 0; w < geometry.columns.input; ++w) {
    if (geometry.columns.sends(w)) last_column = w;
  }
  const int tiles = *rc::gen::inRange(1, 3);
  for (int h = h_begin; h < h_end; ++h) {
    for (int w = 0; w <= last_column && geometry.rows.sends(h); ++w) {
      for (int tile = 0; tile < tiles && geometry.columns.sends(w); ++tile) {
        reference::Entry entry;
        entry.pass = pass;
        entry.h = h;
        entry.w = w;
        entry.line_end = w == last_column && tile + 1 == tiles;
        entry.chunks = *rc::gen::inRange(1, 3);
        entry.bytes = *rc::gen::inRange(1, 40);
        draw_elements(run.machine, run.passes[pass], entry);
        run.entries.push_back(entry);
      }
    }
  }
}

// Passes of both modes; where the mode changes, run_timelines() puts a layer boundary.
inline Scenario arbitrary_scenario() {
  Scenario run;
  run.machine = arbitrary_machine();
  const int num_tiles = *rc::gen::inRange(1, 4);
  for (int tile = 0; tile < num_tiles; ++tile) {
    BlockPass pass;
    const int kernel = *rc::gen::inRange(1, 4);
    pass.mode = *rc::gen::element(PassMode::kDecomposed, PassMode::kDirect);
    pass.geometry = {arbitrary_axis(kernel, 9), arbitrary_axis(kernel, 7)};
    for (int slice = 0; slice < run.machine.slices; ++slice) {
      pass.active_rows.push_back(*rc::gen::inRange(slice == 0 ? 1 : 0, run.machine.rows + 1));
    }
    const WindowAxis& rows = pass.geometry.rows;
    const int cut = *rc::gen::inRange(rows.first_input(), rows.end_input() + 1);
    run.passes.push_back(pass);
    draw_entries(run, int(run.passes.size()) - 1, rows.first_input(), cut);
    pass.fresh = false;
    run.passes.push_back(pass);
    draw_entries(run, int(run.passes.size()) - 1, cut, rows.end_input());
  }
  // A line buffer in the range where rows wait for lines.
  int words = 1;
  for (const BlockPass& pass : run.passes) {
    const WindowAxis& rows = pass.geometry.rows;
    const WindowAxis& columns = pass.geometry.columns;
    words = std::max(words, (rows.kernel + rows.stride - 1) / rows.stride *
                                (columns.out_end - columns.out_begin));
  }
  run.machine.mac.line_buffer_words = words + *rc::gen::inRange(0, 12);
  return run;
}

struct Outcome {
  std::vector<Cycle> visible, complete;
  RowStates states;
  std::int64_t ca_busy_cycles = 0, mac_busy_cycles = 0, merged_words = 0;
  Cycle end = 0;
  bool operator==(const Outcome&) const = default;
};

// A word that says the steps of an element that shares its slots with other rows.
inline std::uint64_t step_bases_of(const reference::Element& element) {
  std::uint64_t bases = 1;
  for (const int end : element.step_ends) {
    if (end < element.step_ends.back()) bases |= std::uint64_t{1} << end;
  }
  return element.shares ? bases : 0;
}

// `side_by_side`: elements that share their slots say their steps in a word.
inline void process(BlockTimeline& block, const Scenario& run, const reference::Entry& entry,
                    Cycle visible, bool side_by_side) {
  const BlockPass& pass = run.passes[entry.pass];
  HeldElements elements;
  std::vector<TakenActivations> taken;
  for (int r = 0; r < run.machine.slices * run.machine.rows; ++r) {
    if (r % run.machine.rows >= pass.active_rows[r / run.machine.rows]) continue;
    const reference::Element& element = entry.elements[r];
    elements.add(element.slots, element.step_ends, element.is_zero,
                 side_by_side ? step_bases_of(element) : 0);
    taken.push_back(element.taken);
  }
  const BlockEntry place = {entry.h, entry.w, entry.line_end, entry.chunks, visible, entry.slots};
  if (pass.mode == PassMode::kDirect) {
    block.process_direct(place, taken);
  } else {
    block.process(place, elements.all());
  }
}

// Runs the timelines; fills in the begin of each pass: when the network is free, and a while later.
inline Outcome run_timelines(Scenario& run, const std::vector<int>& delays,
                             HostSimd set = best_host_simd(), bool side_by_side = true) {
  BlockTimeline block(run.machine, set);
  MulticastTimeline network(run.machine);
  Outcome outcome;
  std::size_t next = 0;
  for (std::size_t p = 0; p < run.passes.size(); ++p) {
    run.passes[p].begin = std::max(network.free(), p > 0 ? run.passes[p - 1].begin : 0) + delays[p];
    if (p > 0 && run.passes[p].mode != run.passes[p - 1].mode) {
      run.passes[p].begin = std::max(run.passes[p].begin, block.end_of_work());
    }
    block.begin_pass(run.passes[p]);
    for (; next < run.entries.size() && run.entries[next].pass == int(p); ++next) {
      const reference::Entry& entry = run.entries[next];
      const Cycle visible =
          network.send(entry.bytes, run.passes[p].begin, block.space_for(entry.chunks));
      process(block, run, entry, visible, side_by_side);
      outcome.visible.push_back(visible);
    }
    outcome.complete.push_back(block.end_pass());
  }
  outcome.end = std::max(block.end_of_work(), network.free()) + 3;
  for (const BlockPass& pass : run.passes) outcome.end = std::max(outcome.end, pass.begin + 3);
  block.close(outcome.end);
  outcome.states = block.states();
  outcome.ca_busy_cycles = block.ca_busy_cycles();
  outcome.mac_busy_cycles = block.mac_busy_cycles();
  outcome.merged_words = block.merged_words();
  return outcome;
}

}  // namespace escalate
