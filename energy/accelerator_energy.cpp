#include "energy/accelerator_energy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "common/error.h"
#include "common/math.h"
#include "energy/component_list.h"
#include "energy/gate_counts.h"
#include "energy/memory_banks.h"
#include "energy/shared_components.h"
#include "machine/clock.h"
#include "machine/concentrator_pattern.h"

namespace escalate {
namespace {

constexpr int kActivationBits = 8;
constexpr int kWeightBits = 8;
constexpr int kSumBits = 32;
/// The length of a segment in the directory of the DMA (assumption).
constexpr int kSegmentBits = 16;
/// A slot from dilution to concentration: an activation, and whether it matches and its sign.
constexpr int kSlotFlags = 2;
constexpr int kSlotBits = kActivationBits + kSlotFlags;
/// Registers of a MAC unit for the basis kernel: up to 7 x 7 (assumption).
constexpr int kKernelTaps = 49;
/// A word of the global buffer: 8 activations and, beside them, their 8 map bits.
constexpr int kWordBytes = 8;
/// Most partial sums side by side in one array of an output bank (256 bits, the widest SRAM).
constexpr int kBankWords = 8;
/// Table banks of post-processing, and outputs in one: those of a function of 8 bits.
constexpr std::int64_t kTableBanks = 2;
constexpr std::int64_t kTableValues = 1 << kActivationBits;
/// An instruction with its operands, and how many are kept on chip (assumption).
constexpr int kInstructionBits = 256;
constexpr int kInstructions = 128;

/// Lists the units of the machine one after the other.
class Lister {
 public:
  Lister(const MachineConfig& machine, const CostModel& costs)
      : machine_(machine),
        costs_(costs),
        num_rows_(std::int64_t{machine.blocks} * machine.slices * machine.rows),
        list_(costs, 1e12 / static_cast<double>(Clock(machine).period())) {}

  MachineComponents list() {
    add_dram();
    add_global_buffer();
    add_rings();
    add_coefficient_buffers();
    add_dilution();
    add_concentration();
    add_mac_units();
    add_line_buffers();
    add_output_banks();
    add_post_processing();
    add_control();
    add_wires();
    return list_.take();
  }

 private:
  using L = ComponentList;

  double dram_bytes_per_cycle() const {
    // With a bus of no time, a burst each cycle.
    const DramConfig& dram = machine_.dram;
    return dram.burst_ns > 0 ? dram.bytes_per_ns() * 1e3 / machine_.clock_mhz
                             : double(dram.channels) * dram.burst_bytes;
  }

  void add_dram() {
    list_.add(dram_components(machine_.dram, machine_.dma, list_.clock_hz(), costs_));
    list_.add_memory("dma_directory", "dma", kSegmentBits, machine_.dma.directory_entries, 1,
                     {L::use("read", "segments_loaded"), L::use("write", "segments_stored")});
  }

  /// The buffer has banks for the words that the network, post-processing and DMA together use in a
  /// cycle.
  void add_global_buffer() {
    const double bytes_per_cycle =
        machine_.network_bytes + machine_.post_lanes + dram_bytes_per_cycle();
    BankedMemory memory;
    memory.width = kWordBytes * 8;
    memory.words = ceil_div(machine_.global_buffer_bytes, kWordBytes);
    memory.narrowest = kWordBytes;
    memory.least_banks = static_cast<std::int64_t>(std::ceil(bytes_per_cycle / kWordBytes));
    const std::int64_t banks = num_banks(memory, costs_, list_.clock_hz());
    const std::int64_t depth = words_of_bank(memory, banks);
    if (!keeps_up(memory, banks, costs_, list_.clock_hz())) {
      throw UserError(
          {"", 0, "clock_mhz"},
          fmt::format("no bank of the global buffer keeps up with {} MHz: the fastest, "
                      "of {} words, cycles at {:.0f} MHz ({} nm, {})",
                      machine_.clock_mhz, depth, 1e3 / costs_.sram_cycle_ns(memory.width, depth),
                      costs_.config().node_nm, enum_name(costs_.config().sram_devices)));
    }
    list_.add_memory("global_buffer", "global_buffer", memory.width, depth, banks,
                     {L::use("read", "global_buffer_values_read", 1.0 / kWordBytes),
                      L::use("write", "global_buffer_values_written", 1.0 / kWordBytes)});
    list_.add_memory(
        "global_buffer_maps", "global_buffer", kWordBytes, depth, banks,
        {L::use("read", "global_buffer_maps_read"), L::use("write", "global_buffer_maps_written")});
  }

  /// Every row has a copy of the ring to read from, one chunk a cycle; a write goes to all copies.
  void add_rings() {
    const int chunk = machine_.ca.chunk;
    const int copies = machine_.slices * machine_.rows;
    const int words = static_cast<int>(ceil_div(chunk, kWordBytes));
    list_.add_memory(
        "ring_maps", "ring_buffers", chunk, machine_.ring.chunks, num_rows_,
        {L::use("read", "ring_chunks_read"), L::use("write", "ring_chunks_written", copies)});
    list_.add_memory("ring_values", "ring_buffers", kWordBytes * 8, machine_.ring.chunks,
                     num_rows_ * words,
                     {L::use("read", "ring_values_read", 1.0 / kWordBytes),
                      L::use("write", "ring_values_written", double(copies) / kWordBytes)});
  }

  /// Each row has its part of the block's two banks; a word is a chunk's map and signs.
  void add_coefficient_buffers() {
    const int width = 2 * machine_.ca.chunk;
    const int word_bytes = width / 8;
    const std::int64_t depth = ceil_div(machine_.coefficient_bank_bytes,
                                        std::int64_t{machine_.slices} * machine_.rows * word_bytes);
    const int weights_a_read = std::min(machine_.mac.weight_port_bytes, word_bytes);
    list_.add_memory("coefficient_buffers", "coefficient_buffers", width, depth, 2 * num_rows_,
                     {L::use("read", "coefficient_chunks_read"),
                      L::use("read", "weight_bytes_read", 1.0 / weights_a_read),
                      L::use("write", "coefficient_bytes_written", 1.0 / word_bytes)});
  }

  void add_dilution() {
    const int chunk = machine_.ca.chunk;
    list_.add_logic("gather_networks", "dilution", permutation_network(chunk, 1), 2 * num_rows_,
                    {L::use("operate", "bit_gathers")});
    // The two gathers of a chunk share the control word that the activation map gives.
    list_.add_logic("gather_control", "dilution", bit_gather_control(chunk), num_rows_,
                    {L::use("operate", "bit_gathers", 0.5)});
    // The packed slots of a chunk are rotated to the next free lanes.
    GateCounts rotator;
    rotator.mux2 = std::int64_t{chunk} * kSlotBits * ceil_log2(machine_.ca.lanes);
    // The activation of a slot without a match is gated: only its flags move.
    constexpr double kFlags = double(kSlotFlags) / kSlotBits;
    constexpr double kValue = double(kActivationBits) / kSlotBits;
    list_.add_logic("slot_rotators", "dilution", rotator, num_rows_,
                    {L::use("operate", "slots", kFlags / chunk),
                     L::use("operate", "ca_additions", kValue / chunk)});
    const std::int64_t lanes = machine_.ca.lanes;
    const double part = 1.0 / machine_.ca.lanes;
    list_.add_registers(
        "slot_queues", "dilution", lanes * kSlotBits, machine_.ca.slot_queue_rows, num_rows_,
        {L::use("write", "slots", kFlags * part), L::use("write", "ca_additions", kValue * part),
         L::use("read", "slots", kFlags * part), L::use("read", "ca_additions", kValue * part)});
  }

  void add_concentration() {
    const std::int64_t lanes = machine_.ca.lanes;
    const auto pattern = ConcentratorPattern::parse(machine_.ca.pattern);
    const auto candidates = static_cast<std::int64_t>(1 + pattern.offsets().size());
    GateCounts picker = word_multiplexer(candidates, kActivationBits + 1);
    picker.gates += kActivationBits;  // the negation of a value before its addition
    list_.add_logic("lane_pickers", "concentration", picker, num_rows_ * lanes,
                    {L::use("operate", "ca_additions")});
    list_.add_logic("pick_control", "concentration", pick_control(lanes, candidates), num_rows_,
                    {L::use("operate", "concentrator_steps")});
    const int bits = machine_.intermediate_bits();
    // n values take n - 1 additions in the tree and one to the accumulator, all at its width.
    list_.add_adders("adder_trees", "concentration", bits, num_rows_ * lanes,
                     {L::use("add", "ca_additions")});
    list_.add_logic("accumulators", "concentration", {.registers = bits}, num_rows_,
                    {L::use("operate", "concentrator_steps")});
    list_.add_registers("element_queues", "concentration", bits + 1, machine_.ca.element_queue,
                        num_rows_,
                        {L::use("write", "elements_pushed"), L::use("read", "elements_pushed")});
  }

  void add_mac_units() {
    const std::int64_t count = num_rows_ * machine_.mac.multipliers;
    list_.add_multipliers(machine_.intermediate_bits(), kWeightBits, count,
                          {L::use("multiply", "macs")});
    list_.add_registers("kernel_registers", "multipliers", kWeightBits, kKernelTaps, num_rows_,
                        {L::use("read", "macs")});
  }

  /// One bank for each multiplier, so that the taps of an element are added in one cycle.
  void add_line_buffers() {
    const int banks = machine_.mac.multipliers;
    const std::int64_t depth = ceil_div(machine_.mac.line_buffer_words, banks);
    list_.add_memory("line_buffers", "line_buffers", kSumBits, depth, num_rows_ * banks,
                     {L::use("read", "line_buffer_updates"), L::use("write", "line_buffer_updates"),
                      L::use("read", "merged_words")});
    list_.add_adders("line_adders", "line_buffers", kSumBits, num_rows_ * banks,
                     {L::use("add", "line_buffer_updates")});
    const std::int64_t registers = machine_.mac.sum_registers;
    if (registers == 0) return;
    // Each multiplier adds to some of the registers; any of them is read on its way to the lines.
    list_.add_logic("sum_registers", "line_buffers", {.registers = kSumBits}, num_rows_ * registers,
                    {L::use("operate", "sum_register_updates")});
    list_.add_logic("sum_selectors", "line_buffers",
                    word_multiplexer(ceil_div(registers, std::int64_t{banks}), kSumBits),
                    num_rows_ * banks, {L::use("operate", "sum_register_updates")});
    list_.add_logic("sum_multiplexers", "line_buffers", word_multiplexer(registers, kSumBits),
                    num_rows_, {L::use("operate", "sum_registers_read")});
    list_.add_adders("sum_adders", "line_buffers", kSumBits, num_rows_ * banks,
                     {L::use("add", "sum_register_updates")});
  }

  void add_output_banks() {
    const std::int64_t slices = std::int64_t{machine_.blocks} * machine_.slices;
    list_.add_adders("merge_adders", "output_banks", kSumBits, slices * machine_.merge_words,
                     {L::use("add", "merged_words")});
    const int side_by_side = std::min(kBankWords, machine_.post_lanes);
    const std::int64_t arrays = ceil_div(machine_.post_lanes, side_by_side);
    const std::int64_t depth = ceil_div(machine_.output_bank_words, arrays * side_by_side);
    const double part = 1.0 / side_by_side;
    list_.add_memory("output_banks", "output_banks", std::int64_t{kSumBits} * side_by_side, depth,
                     2 * machine_.blocks * arrays,
                     {L::use("write", "output_words_written", part),
                      L::use("read", "output_words_accumulated", part),
                      L::use("write", "output_words_accumulated", part),
                      L::use("read", "output_words_drained", part)});
    list_.add_adders("output_adders", "output_banks", kSumBits,
                     std::int64_t{machine_.blocks} * machine_.merge_words,
                     {L::use("add", "output_words_accumulated")});
  }

  /// Each lane has a copy of both table banks to read from; a write goes to all copies.
  void add_post_processing() {
    list_.add(post_processing_components(machine_.post_lanes));
    list_.add_memory("post_tables", "post_processing", kActivationBits, kTableBanks * kTableValues,
                     machine_.post_lanes,
                     {L::use("read", "table_lookups"),
                      L::use("write", "table_bytes_written", machine_.post_lanes)});
  }

  void add_control() {
    list_.add_memory("instruction_buffer", "control", kInstructionBits, kInstructions, 1,
                     {L::use("read", "instructions"), L::use("write", "instructions")});
  }

  /// The die is a square: the network's trunk runs along one side and its branches into the blocks.
  /// A value of the global buffer crosses half of its side.
  void add_wires() {
    const double total_um2 = list_.area_um2([](const Component&) { return true; });
    const double global_buffer_um2 =
        list_.area_um2([](const Component& part) { return part.group == "global_buffer"; });
    const double blocks_um2 = list_.area_um2([](const Component& part) {
      return part.group != "global_buffer" && part.group != "dma" && part.group != "control" &&
             part.group != "post_processing";
    });
    list_.add_wire("network_trunk", "network", 8, side_mm(total_um2),
                   {L::use("transfer", "network_bytes")});
    list_.add_wire("network_branches", "network", 8, side_mm(blocks_um2 / machine_.blocks),
                   {L::use("transfer", "network_delivered_bytes")});
    list_.add_wire("global_buffer_wires", "global_buffer", 8, bank_wire_mm(global_buffer_um2),
                   {L::use("transfer", "global_buffer_values_read"),
                    L::use("transfer", "global_buffer_values_written"),
                    L::use("transfer", "global_buffer_maps_read"),
                    L::use("transfer", "global_buffer_maps_written")});
    // A drained sum runs from its block to post-processing.
    list_.add_wire("drain_wires", "output_banks", kSumBits, side_mm(total_um2) / 2,
                   {L::use("transfer", "output_words_drained")});
  }

  const MachineConfig& machine_;
  const CostModel& costs_;
  std::int64_t num_rows_;
  ComponentList list_;
};

}  // namespace

MachineComponents accelerator_components(const MachineConfig& machine, const CostModel& costs) {
  return Lister(machine, costs).list();
}

EnergyModel accelerator_energy(const MachineConfig& machine, const CostModel& costs) {
  return EnergyModel(costs, accelerator_components(machine, costs));
}

}  // namespace escalate
