#include "energy/accelerator_energy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "common/error.h"
#include "common/math.h"
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
/// An instruction with its operands, and how many are kept on chip (assumption).
constexpr int kInstructionBits = 256;
constexpr int kInstructions = 128;

/// Side of a square of that area.
double side_mm(double area_um2) { return std::sqrt(area_um2) * 1e-3; }

/// Lists the units of the machine one after the other.
class Lister {
 public:
  Lister(const MachineConfig& machine, const CostModel& costs)
      : machine_(machine),
        costs_(costs),
        num_rows_(std::int64_t{machine.blocks} * machine.slices * machine.rows) {
    list_.clock_hz = 1e12 / static_cast<double>(Clock(machine).period());
  }

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
    return std::move(list_);
  }

 private:
  void add(Component component, std::vector<ActionRule> rules) {
    for (ActionRule& rule : rules) {
      rule.component = component.name;
      list_.rules.push_back(std::move(rule));
    }
    list_.components.push_back(std::move(component));
  }
  void add(std::vector<ListedComponent> listed) {
    for (ListedComponent& one : listed) add(std::move(one.component), std::move(one.rules));
  }
  /// One use of a component by a counter.
  static ActionRule use(std::string action, std::string counter, double actions = 1) {
    return {"", std::move(action), std::move(counter), actions};
  }
  /// An SRAM, or registers where those are smaller.
  Component memory(std::string name, std::string group, std::int64_t width, std::int64_t depth,
                   std::int64_t count) const {
    return {std::move(name),
            std::move(group),
            costs_.memory_kind(width, depth),
            {{"width", static_cast<double>(width)}, {"depth", static_cast<double>(depth)}},
            count};
  }
  static Component logic(std::string name, std::string group, const GateCounts& gates,
                         std::int64_t count) {
    return {std::move(name), std::move(group), "logic", gates.attributes(), count};
  }
  static Component adders(std::string name, std::string group, int width, std::int64_t count) {
    return {std::move(name), std::move(group), "adder", {{"width", double(width)}}, count};
  }

  double dram_bytes_per_cycle() const {
    const DramConfig& dram = machine_.dram;
    const double cycle_ns = 1e3 / machine_.clock_mhz;
    const double bursts_per_cycle = dram.burst_ns > 0 ? cycle_ns / dram.burst_ns : 1;
    return dram.channels * dram.burst_bytes * bursts_per_cycle;
  }

  void add_dram() {
    add(dram_components(machine_.dma, costs_));
    add(memory("dma_directory", "dma", kSegmentBits, machine_.dma.directory_entries, 1),
        {use("read", "segments_loaded"), use("write", "segments_stored")});
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
    const std::int64_t banks = num_banks(memory, costs_, list_.clock_hz);
    const std::int64_t depth = words_of_bank(memory, banks);
    if (!keeps_up(memory, banks, costs_, list_.clock_hz)) {
      throw UserError(
          {"", 0, "clock_mhz"},
          fmt::format("no bank of the global buffer keeps up with {} MHz: the fastest, "
                      "of {} words, cycles at {:.0f} MHz ({} nm, {})",
                      machine_.clock_mhz, depth, 1e3 / costs_.sram_cycle_ns(memory.width, depth),
                      costs_.config().node_nm, enum_name(costs_.config().sram_devices)));
    }
    add(this->memory("global_buffer", "global_buffer", memory.width, depth, banks),
        {use("read", "global_buffer_values_read", 1.0 / kWordBytes),
         use("write", "global_buffer_values_written", 1.0 / kWordBytes)});
    add(this->memory("global_buffer_maps", "global_buffer", kWordBytes, depth, banks),
        {use("read", "global_buffer_maps_read"), use("write", "global_buffer_maps_written")});
  }

  /// Every row has a copy of the ring to read from, one chunk a cycle; a write goes to all copies.
  void add_rings() {
    const int chunk = machine_.ca.chunk;
    const int copies = machine_.slices * machine_.rows;
    const int words = static_cast<int>(ceil_div(chunk, kWordBytes));
    add(memory("ring_maps", "ring_buffers", chunk, machine_.ring.chunks, num_rows_),
        {use("read", "ring_chunks_read"), use("write", "ring_chunks_written", copies)});
    add(memory("ring_values", "ring_buffers", kWordBytes * 8, machine_.ring.chunks,
               num_rows_ * words),
        {use("read", "ring_values_read", 1.0 / kWordBytes),
         use("write", "ring_values_written", double(copies) / kWordBytes)});
  }

  /// Each row has its part of the block's two banks; a word is a chunk's map and signs.
  void add_coefficient_buffers() {
    const int width = 2 * machine_.ca.chunk;
    const int word_bytes = width / 8;
    const std::int64_t depth = ceil_div(machine_.coefficient_bank_bytes,
                                        std::int64_t{machine_.slices} * machine_.rows * word_bytes);
    const int weights_a_read = std::min(machine_.mac.weight_port_bytes, word_bytes);
    add(memory("coefficient_buffers", "coefficient_buffers", width, depth, 2 * num_rows_),
        {use("read", "coefficient_chunks_read"),
         use("read", "weight_bytes_read", 1.0 / weights_a_read),
         use("write", "coefficient_bytes_written", 1.0 / word_bytes)});
  }

  void add_dilution() {
    const int chunk = machine_.ca.chunk;
    add(logic("gather_networks", "dilution", permutation_network(chunk, 1), 2 * num_rows_),
        {use("operate", "bit_gathers")});
    // The two gathers of a chunk share the control word that the activation map gives.
    add(logic("gather_control", "dilution", bit_gather_control(chunk), num_rows_),
        {use("operate", "bit_gathers", 0.5)});
    // The packed slots of a chunk are rotated to the next free lanes.
    GateCounts rotator;
    rotator.mux2 = std::int64_t{chunk} * kSlotBits * ceil_log2(machine_.ca.lanes);
    // The activation of a slot without a match is gated: only its flags move.
    constexpr double kFlags = double(kSlotFlags) / kSlotBits;
    constexpr double kValue = double(kActivationBits) / kSlotBits;
    add(logic("slot_rotators", "dilution", rotator, num_rows_),
        {use("operate", "slots", kFlags / chunk), use("operate", "ca_additions", kValue / chunk)});
    const std::int64_t lanes = machine_.ca.lanes;
    const double part = 1.0 / machine_.ca.lanes;
    add({"slot_queues",
         "dilution",
         "register_file",
         {{"width", static_cast<double>(lanes * kSlotBits)},
          {"depth", static_cast<double>(machine_.ca.slot_queue_rows)}},
         num_rows_},
        {use("write", "slots", kFlags * part), use("write", "ca_additions", kValue * part),
         use("read", "slots", kFlags * part), use("read", "ca_additions", kValue * part)});
  }

  void add_concentration() {
    const std::int64_t lanes = machine_.ca.lanes;
    const auto pattern = ConcentratorPattern::parse(machine_.ca.pattern);
    const auto candidates = static_cast<std::int64_t>(1 + pattern.offsets().size());
    GateCounts picker = word_multiplexer(candidates, kActivationBits + 1);
    picker.gates += kActivationBits;  // the negation of a value before its addition
    add(logic("lane_pickers", "concentration", picker, num_rows_ * lanes),
        {use("operate", "ca_additions")});
    add(logic("pick_control", "concentration", pick_control(lanes, candidates), num_rows_),
        {use("operate", "concentrator_steps")});
    const int bits = machine_.intermediate_bits();
    // n values take n - 1 additions in the tree and one to the accumulator, all at its width.
    add(adders("adder_trees", "concentration", bits, num_rows_ * lanes),
        {use("add", "ca_additions")});
    add(logic("accumulators", "concentration", {.registers = bits}, num_rows_),
        {use("operate", "concentrator_steps")});
    add({"element_queues",
         "concentration",
         "register_file",
         {{"width", bits + 1.0}, {"depth", static_cast<double>(machine_.ca.element_queue)}},
         num_rows_},
        {use("write", "elements_pushed"), use("read", "elements_pushed")});
  }

  void add_mac_units() {
    const std::int64_t count = num_rows_ * machine_.mac.multipliers;
    add({"multipliers",
         "multipliers",
         "multiplier",
         {{"width_a", static_cast<double>(machine_.intermediate_bits())}, {"width_b", kWeightBits}},
         count},
        {use("multiply", "macs")});
    add({"kernel_registers",
         "multipliers",
         "register_file",
         {{"width", kWeightBits}, {"depth", kKernelTaps}},
         num_rows_},
        {use("read", "macs")});
  }

  /// One bank for each multiplier, so that the taps of an element are added in one cycle.
  void add_line_buffers() {
    const int banks = machine_.mac.multipliers;
    const std::int64_t depth = ceil_div(machine_.mac.line_buffer_words, banks);
    add(memory("line_buffers", "line_buffers", kSumBits, depth, num_rows_ * banks),
        {use("read", "line_buffer_updates"), use("write", "line_buffer_updates"),
         use("read", "merged_words")});
    add(adders("line_adders", "line_buffers", kSumBits, num_rows_ * banks),
        {use("add", "line_buffer_updates")});
  }

  void add_output_banks() {
    const std::int64_t slices = std::int64_t{machine_.blocks} * machine_.slices;
    add(adders("merge_adders", "output_banks", kSumBits, slices * machine_.merge_words),
        {use("add", "merged_words")});
    const int side_by_side = std::min(kBankWords, machine_.post_lanes);
    const std::int64_t arrays = ceil_div(machine_.post_lanes, side_by_side);
    const std::int64_t depth = ceil_div(machine_.output_bank_words, arrays * side_by_side);
    const double part = 1.0 / side_by_side;
    add(memory("output_banks", "output_banks", std::int64_t{kSumBits} * side_by_side, depth,
               2 * machine_.blocks * arrays),
        {use("write", "output_words_written", part), use("read", "output_words_accumulated", part),
         use("write", "output_words_accumulated", part),
         use("read", "output_words_drained", part)});
    add(adders("output_adders", "output_banks", kSumBits,
               std::int64_t{machine_.blocks} * machine_.merge_words),
        {use("add", "output_words_accumulated")});
  }

  void add_post_processing() { add(post_processing_components(machine_.post_lanes)); }

  void add_control() {
    add(memory("instruction_buffer", "control", kInstructionBits, kInstructions, 1),
        {use("read", "instructions"), use("write", "instructions")});
  }

  /// The die is a square: the network's trunk runs along one side and its branches into the blocks.
  /// A value of the global buffer crosses half of its side.
  void add_wires() {
    double total_um2 = 0;
    double global_buffer_um2 = 0;
    double blocks_um2 = 0;
    for (const Component& component : list_.components) {
      const double area = static_cast<double>(component.count) * costs_.cost(component).area_um2;
      const std::string& group = component.group;
      total_um2 += area;
      if (group == "global_buffer") global_buffer_um2 += area;
      const bool in_block = group != "global_buffer" && group != "dma" && group != "control" &&
                            group != "post_processing";
      if (in_block) blocks_um2 += area;
    }
    const auto wire = [](std::string name, std::string group, double length_mm) {
      return Component{
          std::move(name), std::move(group), "wire", {{"width", 8}, {"length_mm", length_mm}}, 1};
    };
    add(wire("network_trunk", "network", side_mm(total_um2)), {use("transfer", "network_bytes")});
    add(wire("network_branches", "network", side_mm(blocks_um2 / machine_.blocks)),
        {use("transfer", "network_delivered_bytes")});
    add(wire("global_buffer_wires", "global_buffer", bank_wire_mm(global_buffer_um2)),
        {use("transfer", "global_buffer_values_read"),
         use("transfer", "global_buffer_values_written"),
         use("transfer", "global_buffer_maps_read"),
         use("transfer", "global_buffer_maps_written")});
    // A drained sum runs from its block to post-processing.
    Component drain = wire("drain_wires", "output_banks", side_mm(total_um2) / 2);
    drain.attributes["width"] = kSumBits;
    add(std::move(drain), {use("transfer", "output_words_drained")});
  }

  const MachineConfig& machine_;
  const CostModel& costs_;
  std::int64_t num_rows_;
  MachineComponents list_;
};

}  // namespace

MachineComponents accelerator_components(const MachineConfig& machine, const CostModel& costs) {
  return Lister(machine, costs).list();
}

EnergyModel accelerator_energy(const MachineConfig& machine, const CostModel& costs) {
  return EnergyModel(costs, accelerator_components(machine, costs));
}

}  // namespace escalate
