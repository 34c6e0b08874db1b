// The description of one ESCALATE-style machine: every size and rate of docs/microarchitecture.md.
//
// The paper's talk names the units but prints no sizes (numbers of blocks, rows, lanes, MACs,
// buffer sizes, clock, DRAM), so every default here is an assumption, chosen to match the
// accelerators the machine is compared with: about 1024 multipliers, about 1 MiB of on-chip SRAM,
// 800 MHz at 45 nm.
#pragma once

#include <cstdint>
#include <string>

#include "common/enum_names.h"
#include "common/fields.h"
#include "machine/concentrator_pattern.h"

namespace escalate {

/// CA unit of a PE row: dilution, slot queue, concentration (microarchitecture.md, "CA unit").
struct CaConfig {
  int chunk = 64;
  int lanes = 16;
  std::string pattern = "L<3,2>";
  int slot_queue_rows = 12;
  int element_queue = 4;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"chunk", "channels", "Channels that dilution matches in a cycle", "assumption",
                   8, 64, "a multiple of 8"},
          self.chunk);
    visit(
        FieldDoc{"lanes", "slots", "Lanes of the concentrator and inputs of the signed adder tree",
                 "assumption", 1, kMaxLanes},
        self.lanes);
    visit(FieldDoc{"pattern", "",
                   "Look-ahead and look-aside: L<h,d>, T<2,5>, or a list of (row,lane)",
                   "mechanism: Bit-Tactical, ASPLOS 2019; size: assumption"},
          self.pattern);
    visit(FieldDoc{"slot_queue_rows", "slot rows",
                   "Depth of the queue between dilution and concentration", "assumption", 1, 4096,
                   "at least look-ahead + ceil(ca.chunk / ca.lanes) + 1"},
          self.slot_queue_rows);
    visit(FieldDoc{"element_queue", "elements",
                   "Depth of the queue between the CA and the MAC unit", "assumption", 1, 4096},
          self.element_queue);
  }
};

/// MAC unit of a PE row.
struct MacConfig {
  int multipliers = 5;
  int line_buffer_words = 256;
  int sum_registers = 0;
  int weight_port_bytes = 8;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"multipliers", "multipliers", "Multipliers of a PE row", "assumption", 1, 1024},
          self.multipliers);
    visit(FieldDoc{"line_buffer_words", "words", "32-bit partial sums in a row's line buffer",
                   "assumption", 1, 1 << 24},
          self.line_buffer_words);
    visit(
        FieldDoc{"sum_registers", "registers",
                 "32-bit partial sums of a row that stay beside its multipliers along a row of the "
                 "kernel, in layers that need no more; 0: none",
                 "assumption", 0, 1024},
        self.sum_registers);
    visit(FieldDoc{"weight_port_bytes", "bytes/cycle", "Weight port of a row in direct mode",
                   "assumption", 1, 4096},
          self.weight_port_bytes);
  }
};

/// Ring input buffer of a PE block.
struct RingConfig {
  int chunks = 32;
  int entry_channels = 256;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"chunks", "chunks",
                   "Capacity: chunk slots, each a map of `ca.chunk` bits and as many bytes",
                   "assumption", 1, 1 << 20, "at least ring.entry_channels / ca.chunk"},
          self.chunks);
    visit(FieldDoc{"entry_channels", "channels",
                   "Most channels of one entry; more are cut into channel tiles", "assumption", 8,
                   65536, "a multiple of ca.chunk"},
          self.entry_channels);
  }
};

/// The longest time of DRAM, ns: cycles and picoseconds of the longest runs then fit into 64 bits.
constexpr double kMostDramNs = 1e5;

/// Which of the bursts that wait goes next (microarchitecture.md, "DMA and DRAM").
enum class DramScheduler { kFirstReady, kInOrder };

template <>
struct EnumNames<DramScheduler> {
  static constexpr auto kNames = std::to_array<std::pair<DramScheduler, std::string_view>>(
      {{DramScheduler::kFirstReady, "first_ready"}, {DramScheduler::kInOrder, "in_order"}});
};

/// DRAM behind the TLM-2.0 socket. Times in nanoseconds, rounded up to picoseconds. A standard's
/// are in `configs/dram`.
struct DramConfig {
  int channels = 2;
  int banks = 16;
  int row_bytes = 8192;
  int burst_bytes = 64;
  double burst_ns = 2.5;
  double row_hit_ns = 13.75;
  double activate_ns = 13.75;
  double precharge_ns = 13.75;
  double refresh_interval_ns = 7800;
  double refresh_ns = 350;
  DramScheduler scheduler = DramScheduler::kFirstReady;
  int window = 32;
  int bank_groups = 1;
  int interleaved_groups = 1;
  double write_latency_ns = 0;
  double same_group_ns = 0;
  double read_to_write_ns = 0;
  double write_to_read_ns = 0;
  double write_to_read_same_group_ns = 0;
  double activate_to_activate_ns = 0;
  double activate_to_activate_same_group_ns = 0;
  double four_activates_ns = 0;
  double activate_to_precharge_ns = 0;
  double read_to_precharge_ns = 0;
  double write_recovery_ns = 0;

  /// The same where nothing takes time.
  DramConfig without_time() const;
  /// What all channels together can move.
  double bytes_per_ns() const { return burst_bytes / burst_ns * channels; }
  /// UserError with the key if no DRAM can be like that.
  void validate() const;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"channels", "channels", "Independent channels, interleaved by burst",
                   "assumption", 1, 64},
          self.channels);
    visit(FieldDoc{"banks", "banks", "Banks of a channel", "assumption", 1, 1024}, self.banks);
    visit(FieldDoc{"row_bytes", "bytes", "Row (page) of a bank", "assumption", 8, 1 << 20,
                   "a multiple of dram.burst_bytes"},
          self.row_bytes);
    visit(FieldDoc{"burst_bytes", "bytes", "Bytes of one burst", "assumption", 8, 4096,
                   "a power of two"},
          self.burst_bytes);
    visit(FieldDoc{"burst_ns", "ns", "Data bus time of a burst", "assumption (64 B at 25.6 GB/s)",
                   0.001, kMostDramNs},
          self.burst_ns);
    visit(FieldDoc{"row_hit_ns", "ns", "Column access to first data", "assumption", 0, kMostDramNs},
          self.row_hit_ns);
    visit(FieldDoc{"activate_ns", "ns", "Row activation", "assumption", 0, kMostDramNs},
          self.activate_ns);
    visit(FieldDoc{"precharge_ns", "ns", "Precharge of an open row", "assumption", 0, kMostDramNs},
          self.precharge_ns);
    visit(FieldDoc{"refresh_interval_ns", "ns", "Between refreshes of a channel; 0: no refresh",
                   "assumption", 0, 1e9, "0 or at least 100"},
          self.refresh_interval_ns);
    visit(FieldDoc{"refresh_ns", "ns", "A channel is busy with one refresh", "assumption", 0, 1e9,
                   "at most half of dram.refresh_interval_ns, unless that is 0"},
          self.refresh_ns);
    visit_scheduling(self, visit);
    visit_gaps(self, visit);
  }

 private:
  template <class Self, class Visitor>
  static void visit_scheduling(Self& self, Visitor& visit) {
    visit(FieldDoc{"scheduler", "", "Which of the bursts that wait for a channel goes next",
                   "mechanism: Rixner et al., ISCA 2000; choice: assumption"},
          self.scheduler);
    visit(FieldDoc{"window", "bursts",
                   "Bursts of a channel that its scheduler sees, from the oldest that waits on",
                   "assumption", 1, 1024},
          self.window);
    visit(FieldDoc{"bank_groups", "groups", "Groups that the banks of a channel lie in",
                   "assumption", 1, 64, "a divisor of dram.banks"},
          self.bank_groups);
    visit(FieldDoc{"interleaved_groups", "groups",
                   "Bank groups that consecutive bursts of a channel go round; 1: they fill a row",
                   "assumption", 1, 64, "a divisor of dram.bank_groups"},
          self.interleaved_groups);
  }

  // Least times between commands of a channel; a standard has them, the default has none.
  template <class Self, class Visitor>
  static void visit_gaps(Self& self, Visitor& visit) {
    const auto gap = [&](std::string_view name, std::string_view description, auto& ns) {
      visit(FieldDoc{name, "ns", description, "assumption", 0, kMostDramNs}, ns);
    };
    gap("write_latency_ns", "Column access to the first data of a write; 0: dram.row_hit_ns",
        self.write_latency_ns);
    gap("same_group_ns", "Between column accesses of a bank group (tCCD_L)", self.same_group_ns);
    gap("read_to_write_ns", "From a read's column access to a write's", self.read_to_write_ns);
    gap("write_to_read_ns", "From a write's column access to a read's", self.write_to_read_ns);
    gap("write_to_read_same_group_ns", "The same within a bank group",
        self.write_to_read_same_group_ns);
    gap("activate_to_activate_ns", "Between activations of a channel (tRRD_S)",
        self.activate_to_activate_ns);
    gap("activate_to_activate_same_group_ns", "Between those of a bank group (tRRD_L)",
        self.activate_to_activate_same_group_ns);
    gap("four_activates_ns", "In which a channel has four activations at most (tFAW)",
        self.four_activates_ns);
    gap("activate_to_precharge_ns", "A row is open at least (tRAS)", self.activate_to_precharge_ns);
    gap("read_to_precharge_ns",
        "From a read's column access until its row can close (tRTP); 0: until its data are through",
        self.read_to_precharge_ns);
    gap("write_recovery_ns", "From a write's last data until its row can close (tWR)",
        self.write_recovery_ns);
  }
};

/// DMA engines: one for loads, one for stores.
struct DmaConfig {
  int request_bytes = 256;
  int outstanding = 16;
  int directory_entries = 65536;

  /// UserError unless requests of that size can be made of the DRAM.
  void validate(const DramConfig& dram) const;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"request_bytes", "bytes", "Largest DRAM request", "assumption", 8, 65536,
                   "at least dram.burst_bytes"},
          self.request_bytes);
    visit(FieldDoc{"outstanding", "requests", "Requests of one engine in flight", "assumption", 1,
                   4096},
          self.outstanding);
    visit(FieldDoc{"directory_entries", "segments",
                   "Lengths of stored activation segments kept on chip", "assumption", 1, 1 << 26},
          self.directory_entries);
  }
};

/// Resources made free, to show the cycles lost to them.
struct IdealConfig {
  bool dram = false;
  bool input = false;
  bool ca = false;
  bool mac = false;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"dram", "", "DRAM answers in the cycle of the request", "what-if"}, self.dram);
    visit(FieldDoc{"input", "", "The multicast network delivers an entry without taking a cycle",
                   "what-if"},
          self.input);
    visit(FieldDoc{"ca", "", "The CA unit needs one cycle for an element", "what-if"}, self.ca);
    visit(FieldDoc{"mac", "", "The MAC unit needs one cycle for an element", "what-if"}, self.mac);
  }
};

/// The whole machine.
struct MachineConfig {
  double clock_mhz = 800;
  int blocks = 8;
  int slices = 4;
  int rows = 6;
  int merge_words = 8;
  int output_bank_words = 2048;
  int coefficient_bank_bytes = 16384;
  int global_buffer_bytes = 1 << 20;
  int network_bytes = 128;
  int post_lanes = 64;
  CaConfig ca;
  MacConfig mac;
  RingConfig ring;
  DmaConfig dma;
  DramConfig dram;
  IdealConfig ideal;

  /// Multipliers of the whole machine.
  std::int64_t multipliers() const {
    return std::int64_t{blocks} * slices * rows * mac.multipliers;
  }
  /// Adder-tree inputs (lanes) of the whole machine.
  std::int64_t adder_inputs() const { return std::int64_t{blocks} * slices * rows * ca.lanes; }
  /// Bits of an intermediate element: 8 + ceil(log2(channels of an entry)).
  int intermediate_bits() const;
  /// Look-ahead h: rows of the concentration window beyond the oldest.
  int look_ahead() const;

  /// Throws UserError with the key and the violated constraint if the machine cannot exist.
  void validate() const;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"clock_mhz", "MHz", "Clock of the accelerator",
                   "SparTen, MICRO 2019 (for comparison)", 0.001, 10000},
          self.clock_mhz);
    visit(FieldDoc{"blocks", "blocks", "PE blocks (tiles)", "assumption", 1, 1024,
                   "blocks x slices x rows up to 131072"},
          self.blocks);
    visit(FieldDoc{"slices", "slices", "Slices of a PE block", "assumption", 1, 256}, self.slices);
    visit(FieldDoc{"rows", "rows", "PE rows of a slice", "assumption (M = 6 basis kernels)", 1, 64},
          self.rows);
    visit(FieldDoc{"merge_words", "words/cycle", "Partial sums that a slice merge reads in a cycle",
                   "assumption", 1, 1024},
          self.merge_words);
    visit(FieldDoc{"output_bank_words", "words", "32-bit sums in one of a block's two output banks",
                   "assumption", 1, 1 << 26, "at least slices x rows"},
          self.output_bank_words);
    visit(FieldDoc{"coefficient_bank_bytes", "bytes", "One of a block's two coefficient banks",
                   "assumption", 64, 1 << 28},
          self.coefficient_bank_bytes);
    visit(FieldDoc{"global_buffer_bytes", "bytes",
                   "Global buffer, values only (each byte has a map bit beside it)",
                   "assumption (SCNN, ISCA 2017: 8x8 PEs x 2 x 10 KB)", 1024, 1 << 30},
          self.global_buffer_bytes);
    visit(FieldDoc{"network_bytes", "bytes/cycle", "Width of the multicast input network",
                   "assumption", 1, 4096},
          self.network_bytes);
    visit(FieldDoc{"post_lanes", "outputs/cycle", "Lanes of the post-processing unit", "assumption",
                   1, 4096},
          self.post_lanes);
    visit(FieldDoc{"ca", "", "CA unit", ""}, self.ca);
    visit(FieldDoc{"mac", "", "MAC unit", ""}, self.mac);
    visit(FieldDoc{"ring", "", "Ring input buffer", ""}, self.ring);
    visit(FieldDoc{"dma", "", "DMA engines", ""}, self.dma);
    visit(FieldDoc{"dram", "", "DRAM", ""}, self.dram);
    visit(FieldDoc{"ideal", "", "What-if: free resources", ""}, self.ideal);
  }
};

}  // namespace escalate
