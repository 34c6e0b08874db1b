#include "common/machine.h"

#include <fmt/format.h>

#include <bit>

#include "common/concentrator_pattern.h"
#include "common/error.h"

namespace escalate {
namespace {

[[noreturn]] void fail(const char* key, std::string_view message) {
  throw UserError(SourcePlace{"", 0, key}, message);
}

void check_range(const char* key, std::int64_t value, std::int64_t low, std::int64_t high) {
  if (value < low || value > high) {
    fail(key, fmt::format("{} is outside {} to {}", value, low, high));
  }
}

void check_at_least_zero(const char* key, double value) {
  if (!(value >= 0)) fail(key, fmt::format("{} is negative", value));
}

void validate_ca(const CaConfig& ca) {
  check_range("ca.chunk", ca.chunk, 8, 64);
  if (ca.chunk % 8 != 0) fail("ca.chunk", fmt::format("{} is not a multiple of 8", ca.chunk));
  check_range("ca.lanes", ca.lanes, 1, kMaxLanes);
  const ConcentratorPattern pattern =
      ConcentratorPattern::parse(ca.pattern, SourcePlace{"", 0, "ca.pattern"});
  // A chunk completes up to ceil(chunk/lanes)+1 rows at once, and the concentrator may hold the
  // rows before them until its window is full: a shorter queue could wait for itself.
  const int rows_of_chunk = (ca.chunk + ca.lanes - 1) / ca.lanes + 1;
  const int needed = pattern.look_ahead() + rows_of_chunk;
  if (ca.slot_queue_rows < needed) {
    fail("ca.slot_queue_rows",
         fmt::format("{} slot rows cannot hold a window and a chunk: at least {} "
                     "(look-ahead {} + ceil({}/{}) + 1) are needed",
                     ca.slot_queue_rows, needed, pattern.look_ahead(), ca.chunk, ca.lanes));
  }
  check_range("ca.slot_queue_rows", ca.slot_queue_rows, 1, 4096);
  check_range("ca.element_queue", ca.element_queue, 1, 4096);
}

void validate_ring(const MachineConfig& machine) {
  const RingConfig& ring = machine.ring;
  check_range("ring.chunks", ring.chunks, 1, 1 << 20);
  check_range("ring.entry_channels", ring.entry_channels, machine.ca.chunk, 65536);
  if (ring.entry_channels % machine.ca.chunk != 0) {
    fail("ring.entry_channels", fmt::format("{} is not a multiple of ca.chunk = {}",
                                            ring.entry_channels, machine.ca.chunk));
  }
  const int chunks_of_entry = ring.entry_channels / machine.ca.chunk;
  if (ring.chunks < chunks_of_entry) {
    fail("ring.chunks", fmt::format("{} chunks cannot hold one entry of {} channels ({} chunks)",
                                    ring.chunks, ring.entry_channels, chunks_of_entry));
  }
}

void validate_dram(const DramConfig& dram) {
  check_range("dram.channels", dram.channels, 1, 64);
  check_range("dram.banks", dram.banks, 1, 1024);
  check_range("dram.burst_bytes", dram.burst_bytes, 8, 4096);
  check_range("dram.row_bytes", dram.row_bytes, dram.burst_bytes, 1 << 20);
  if (!std::has_single_bit(unsigned(dram.burst_bytes)))
    fail("dram.burst_bytes", "not a power of two");
  if (dram.row_bytes % dram.burst_bytes != 0) {
    fail("dram.row_bytes", "not a multiple of dram.burst_bytes");
  }
  if (!(dram.burst_ns > 0)) {
    fail("dram.burst_ns",
         fmt::format("{} is not above 0 (ideal.dram makes DRAM free)", dram.burst_ns));
  }
  check_at_least_zero("dram.row_hit_ns", dram.row_hit_ns);
  check_at_least_zero("dram.activate_ns", dram.activate_ns);
  check_at_least_zero("dram.precharge_ns", dram.precharge_ns);
  check_at_least_zero("dram.refresh_interval_ns", dram.refresh_interval_ns);
  check_at_least_zero("dram.refresh_ns", dram.refresh_ns);
  if (dram.refresh_interval_ns > 0 && dram.refresh_ns >= dram.refresh_interval_ns) {
    fail("dram.refresh_ns", "a refresh takes longer than dram.refresh_interval_ns");
  }
}

}  // namespace

int MachineConfig::intermediate_bits() const {
  return 8 + std::bit_width(unsigned(ring.entry_channels - 1));
}

int MachineConfig::look_ahead() const {
  return ConcentratorPattern::parse(ca.pattern).look_ahead();
}

void MachineConfig::validate() const {
  if (!(clock_mhz > 0 && clock_mhz <= 10000)) {
    fail("clock_mhz", fmt::format("{} is outside 0 (excluded) to 10000", clock_mhz));
  }
  check_range("blocks", blocks, 1, 1024);
  check_range("slices", slices, 1, 256);
  check_range("rows", rows, 1, 64);
  check_range("merge_words", merge_words, 1, 1024);
  check_range("output_bank_words", output_bank_words, std::int64_t{slices} * rows, 1 << 26);
  check_range("coefficient_bank_bytes", coefficient_bank_bytes, 64, 1 << 28);
  check_range("global_buffer_bytes", global_buffer_bytes, 1024, 1 << 30);
  check_range("network_bytes", network_bytes, 1, 4096);
  check_range("post_lanes", post_lanes, 1, 4096);
  validate_ca(ca);
  check_range("mac.multipliers", mac.multipliers, 1, 1024);
  check_range("mac.line_buffer_words", mac.line_buffer_words, 1, 1 << 24);
  check_range("mac.weight_port_bytes", mac.weight_port_bytes, 1, 4096);
  validate_ring(*this);
  check_range("dma.outstanding", dma.outstanding, 1, 4096);
  check_range("dma.directory_entries", dma.directory_entries, 1, 1 << 26);
  validate_dram(dram);
  check_range("dma.request_bytes", dma.request_bytes, dram.burst_bytes, 65536);
}

}  // namespace escalate
