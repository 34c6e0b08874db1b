// Everything that one machine does in a layer, counted. Energy is these counters times a table, so
// each is an action of one component (docs/microarchitecture.md says when each takes place).
#pragma once

#include <cstdint>
#include <vector>

#include "common/fields.h"

namespace escalate {

/// Adds `factor` times every counter of `from` to that of `to`.
template <class T>
requires HasFields<T>
void add_counters(T& to, const T& from, std::int64_t factor = 1) {
  std::vector<std::int64_t> values;
  T::fields(from, [&](const FieldDoc&, std::int64_t value) { values.push_back(value); });
  auto next = values.begin();
  T::fields(to, [&](const FieldDoc&, std::int64_t& value) { value += factor * *next++; });
}

struct MachineCounters {
  // DRAM and DMA
  std::int64_t dram_read_bytes = 0;
  std::int64_t dram_written_bytes = 0;
  std::int64_t dram_activations = 0;
  std::int64_t dram_open_ps = 0;
  std::int64_t coefficient_bytes_loaded = 0;
  std::int64_t activation_bytes_loaded = 0;
  std::int64_t activation_bytes_stored = 0;
  std::int64_t segments_loaded = 0;
  std::int64_t segments_stored = 0;

  // Global buffer
  std::int64_t global_buffer_values_read = 0;
  std::int64_t global_buffer_values_written = 0;
  std::int64_t global_buffer_maps_read = 0;
  std::int64_t global_buffer_maps_written = 0;

  // Multicast network and ring input buffers
  std::int64_t entries_sent = 0;
  std::int64_t network_bytes = 0;
  std::int64_t network_delivered_bytes = 0;
  std::int64_t network_busy_cycles = 0;
  std::int64_t ring_chunks_written = 0;
  std::int64_t ring_values_written = 0;
  std::int64_t ring_chunks_read = 0;
  std::int64_t ring_values_read = 0;

  // CA units
  std::int64_t coefficient_chunks_read = 0;
  std::int64_t coefficient_bytes_written = 0;
  std::int64_t bit_gathers = 0;
  std::int64_t slots = 0;
  std::int64_t slot_rows = 0;
  std::int64_t concentrator_steps = 0;
  std::int64_t ca_additions = 0;
  std::int64_t elements = 0;
  std::int64_t nonzero_elements = 0;
  std::int64_t elements_pushed = 0;
  std::int64_t ca_busy_cycles = 0;

  // MAC units
  std::int64_t macs = 0;
  std::int64_t bypassed_elements = 0;
  std::int64_t weight_bytes_read = 0;
  std::int64_t sum_register_updates = 0;
  std::int64_t sum_registers_read = 0;
  std::int64_t line_buffer_updates = 0;
  std::int64_t mac_busy_cycles = 0;

  // Slice merges, output banks, post-processing
  std::int64_t merged_words = 0;
  std::int64_t output_words_written = 0;
  std::int64_t output_words_accumulated = 0;
  std::int64_t output_words_drained = 0;
  std::int64_t outputs_requantized = 0;
  std::int64_t residual_additions = 0;
  std::int64_t products_requantized = 0;
  std::int64_t pool_operands = 0;
  std::int64_t table_lookups = 0;
  std::int64_t table_bytes_written = 0;
  std::int64_t post_busy_cycles = 0;

  // Control
  std::int64_t instructions = 0;
  std::int64_t passes = 0;

  bool operator==(const MachineCounters&) const = default;

  // A table, however long it gets.
  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {  // NOLINT(readability-function-size)
    visit(FieldDoc{"dram_read_bytes", "bytes", "Bytes of all bursts read"}, self.dram_read_bytes);
    visit(FieldDoc{"dram_written_bytes", "bytes", "Bytes of all bursts written"},
          self.dram_written_bytes);
    visit(FieldDoc{"dram_activations", "rows", "Rows opened"}, self.dram_activations);
    visit(FieldDoc{"dram_open_ps", "ps", "Time in which channels have rows open, added up"},
          self.dram_open_ps);
    visit(FieldDoc{"coefficient_bytes_loaded", "bytes",
                   "Coefficients, basis kernels, weights, parameters and tables loaded from DRAM"},
          self.coefficient_bytes_loaded);
    visit(FieldDoc{"activation_bytes_loaded", "bytes", "Activation segments loaded from DRAM"},
          self.activation_bytes_loaded);
    visit(FieldDoc{"activation_bytes_stored", "bytes", "Activation segments stored to DRAM"},
          self.activation_bytes_stored);
    visit(FieldDoc{"segments_loaded", "segments", "Lengths read from the DMA's segment directory"},
          self.segments_loaded);
    visit(
        FieldDoc{"segments_stored", "segments", "Lengths written into the DMA's segment directory"},
        self.segments_stored);
    visit(FieldDoc{"global_buffer_values_read", "bytes", "Non-zero activations read"},
          self.global_buffer_values_read);
    visit(FieldDoc{"global_buffer_values_written", "bytes", "Non-zero activations written"},
          self.global_buffer_values_written);
    visit(FieldDoc{"global_buffer_maps_read", "bytes", "Map bytes (8 activations each) read"},
          self.global_buffer_maps_read);
    visit(FieldDoc{"global_buffer_maps_written", "bytes", "Map bytes (8 activations each) written"},
          self.global_buffer_maps_written);
    visit(FieldDoc{"entries_sent", "entries", "Entries sent over the multicast network"},
          self.entries_sent);
    visit(FieldDoc{"network_bytes", "bytes", "Map bytes and values sent, each entry once"},
          self.network_bytes);
    visit(FieldDoc{"network_delivered_bytes", "bytes",
                   "Map bytes and values delivered, once for each member block"},
          self.network_delivered_bytes);
    visit(FieldDoc{"network_busy_cycles", "cycles", "Cycles in which the network sends"},
          self.network_busy_cycles);
    visit(FieldDoc{"ring_chunks_written", "chunks", "Chunk slots filled in ring input buffers"},
          self.ring_chunks_written);
    visit(FieldDoc{"ring_values_written", "bytes", "Values written into ring input buffers"},
          self.ring_values_written);
    visit(FieldDoc{"ring_chunks_read", "chunks", "Chunks read by PE rows (visited chunks)"},
          self.ring_chunks_read);
    visit(FieldDoc{"ring_values_read", "bytes", "Values read by PE rows with their chunks"},
          self.ring_values_read);
    visit(FieldDoc{"coefficient_chunks_read", "chunks",
                   "Map and sign words read from coefficient buffers"},
          self.coefficient_chunks_read);
    visit(FieldDoc{"coefficient_bytes_written", "bytes",
                   "Bytes written into coefficient banks, once for each block"},
          self.coefficient_bytes_written);
    visit(FieldDoc{"bit_gathers", "gathers", "Chunk-wide bit gathers on butterfly networks"},
          self.bit_gathers);
    visit(FieldDoc{"slots", "slots", "Activations that enter slot queues"}, self.slots);
    visit(FieldDoc{"slot_rows", "slot rows", "Slot rows that enter slot queues"}, self.slot_rows);
    visit(FieldDoc{"concentrator_steps", "steps", "Steps of concentrators and adder trees"},
          self.concentrator_steps);
    visit(FieldDoc{"ca_additions", "additions",
                   "Activations added or subtracted (matched non-zero pairs)"},
          self.ca_additions);
    visit(FieldDoc{"elements", "elements", "Intermediate elements made"}, self.elements);
    visit(FieldDoc{"nonzero_elements", "elements", "Intermediate elements that are not zero"},
          self.nonzero_elements);
    visit(FieldDoc{"elements_pushed", "elements", "Elements that enter element queues"},
          self.elements_pushed);
    visit(FieldDoc{"ca_busy_cycles", "cycles", "CA units hold an element and are not blocked"},
          self.ca_busy_cycles);
    visit(FieldDoc{"macs", "MACs", "Multiplications (taps met by non-zero elements)"}, self.macs);
    visit(FieldDoc{"bypassed_elements", "elements",
                   "Elements added to a partial sum without multiplication"},
          self.bypassed_elements);
    visit(FieldDoc{"weight_bytes_read", "bytes", "Weights read in direct mode"},
          self.weight_bytes_read);
    visit(FieldDoc{"sum_register_updates", "words",
                   "Partial sums added to in registers (mac.sum_registers)"},
          self.sum_register_updates);
    visit(FieldDoc{"sum_registers_read", "words",
                   "Partial sums that leave registers for the line buffer"},
          self.sum_registers_read);
    visit(FieldDoc{"line_buffer_updates", "words", "Partial sums read, added to and written"},
          self.line_buffer_updates);
    visit(FieldDoc{"mac_busy_cycles", "cycles", "MAC units multiply or accumulate"},
          self.mac_busy_cycles);
    visit(FieldDoc{"merged_words", "words", "Partial sums read by slice merges"},
          self.merged_words);
    visit(FieldDoc{"output_words_written", "words", "Sums written to output banks"},
          self.output_words_written);
    visit(FieldDoc{"output_words_accumulated", "words", "Sums added to those in output banks"},
          self.output_words_accumulated);
    visit(FieldDoc{"output_words_drained", "words", "Sums read from output banks"},
          self.output_words_drained);
    visit(FieldDoc{"outputs_requantized", "outputs", "Requantised outputs"},
          self.outputs_requantized);
    visit(FieldDoc{"residual_additions", "outputs",
                   "Pairs of activations added, or the smaller or larger taken"},
          self.residual_additions);
    visit(FieldDoc{"products_requantized", "outputs", "Pairs of activations multiplied"},
          self.products_requantized);
    visit(FieldDoc{"pool_operands", "operands", "Activations taken by pooling and rescaling"},
          self.pool_operands);
    visit(FieldDoc{"table_lookups", "outputs", "Outputs looked up in a table"}, self.table_lookups);
    visit(FieldDoc{"table_bytes_written", "bytes", "Bytes written into table banks"},
          self.table_bytes_written);
    visit(FieldDoc{"post_busy_cycles", "cycles", "Post-processing unit at work"},
          self.post_busy_cycles);
    visit(FieldDoc{"instructions", "instructions", "Instructions executed"}, self.instructions);
    visit(FieldDoc{"passes", "passes", "Passes executed"}, self.passes);
  }
};

}  // namespace escalate
