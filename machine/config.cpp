#include "machine/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <iterator>
#include <type_traits>
#include <utility>

#include "common/config.h"
#include "common/error.h"
#include "common/math.h"
#include "machine/concentrator_pattern.h"

namespace escalate {
namespace {

[[noreturn]] void fail(const char* key, std::string_view message) {
  throw UserError(SourcePlace{"", 0, key}, message);
}

constexpr double kLeastRefreshIntervalNs = 100;
// What one process can hold.
constexpr std::int64_t kMostRows = std::int64_t{1} << 17;
constexpr std::int64_t kMostMemoryBytes = std::int64_t{1} << 32;

void check_at_least(const char* key, std::int64_t value, std::int64_t least,
                    std::string_view what) {
  if (value < least) fail(key, fmt::format("{} is less than {} = {}", value, what, least));
}

void validate_ca(const CaConfig& ca) {
  if (ca.chunk % 8 != 0) fail("ca.chunk", fmt::format("{} is not a multiple of 8", ca.chunk));
  const ConcentratorPattern pattern =
      ConcentratorPattern::parse(ca.pattern, SourcePlace{"", 0, "ca.pattern"});
  // A chunk completes up to ceil(chunk/lanes)+1 rows at once, and the concentrator may hold the
  // rows before them until its window is full: a shorter queue could wait for itself.
  const int rows_of_chunk = ceil_div(ca.chunk, ca.lanes) + 1;
  const int needed = pattern.look_ahead() + rows_of_chunk;
  if (ca.slot_queue_rows < needed) {
    fail("ca.slot_queue_rows",
         fmt::format("{} slot rows cannot hold a window and a chunk: at least {} "
                     "(look-ahead {} + ceil({}/{}) + 1) are needed",
                     ca.slot_queue_rows, needed, pattern.look_ahead(), ca.chunk, ca.lanes));
  }
}

void validate_ring(const MachineConfig& machine) {
  const RingConfig& ring = machine.ring;
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

// Every number may be in its range and the machine still too large to be built.
void validate_size(const MachineConfig& machine) {
  const std::int64_t rows = std::int64_t{machine.blocks} * machine.slices * machine.rows;
  if (rows > kMostRows) {
    fail("blocks", fmt::format("{} blocks x {} slices x {} rows are {} PE rows; at most {}",
                               machine.blocks, machine.slices, machine.rows, rows, kMostRows));
  }
  constexpr int kWordBytes = 4;
  const std::pair<const char*, std::int64_t> parts[] = {
      {"global_buffer_bytes", machine.global_buffer_bytes},
      {"output_bank_words",
       std::int64_t{2} * machine.blocks * machine.output_bank_words * kWordBytes},
      {"coefficient_bank_bytes", std::int64_t{2} * machine.blocks * machine.coefficient_bank_bytes},
      {"mac.line_buffer_words", rows * machine.mac.line_buffer_words * kWordBytes},
      {"mac.sum_registers", rows * machine.mac.sum_registers * kWordBytes},
      {"ring.chunks",
       std::int64_t{machine.blocks} * machine.ring.chunks * machine.ca.chunk * 9 / 8}};
  std::int64_t bytes = 0;
  for (const auto& part : parts) bytes += part.second;
  if (bytes <= kMostMemoryBytes) return;
  const auto largest = std::max_element(
      std::begin(parts), std::end(parts),
      [](const auto& left, const auto& right) { return left.second < right.second; });
  fail(largest->first, fmt::format("{} of the machine's {} bytes of memory; at most {} in all",
                                   largest->second, bytes, kMostMemoryBytes));
}

}  // namespace

DramConfig DramConfig::without_time() const {
  DramConfig timeless;
  timeless.channels = channels;
  timeless.banks = banks;
  timeless.row_bytes = row_bytes;
  timeless.burst_bytes = burst_bytes;
  timeless.scheduler = scheduler;
  timeless.window = window;
  timeless.bank_groups = bank_groups;
  timeless.interleaved_groups = interleaved_groups;
  timeless.burst_ns = timeless.row_hit_ns = timeless.activate_ns = timeless.precharge_ns = 0;
  timeless.refresh_interval_ns = timeless.refresh_ns = 0;
  return timeless;
}

void DramConfig::validate() const {
  check_ranges(*this, "dram.");
  if (!std::has_single_bit(unsigned(burst_bytes))) fail("dram.burst_bytes", "not a power of two");
  if (row_bytes % burst_bytes != 0) {
    fail("dram.row_bytes", "not a multiple of dram.burst_bytes");
  }
  if (banks % bank_groups != 0) {
    fail("dram.bank_groups",
         fmt::format("{} is no divisor of dram.banks = {}", bank_groups, banks));
  }
  if (bank_groups % interleaved_groups != 0) {
    fail("dram.interleaved_groups",
         fmt::format("{} is no divisor of dram.bank_groups = {}", interleaved_groups, bank_groups));
  }
  if (refresh_interval_ns == 0) return;
  if (refresh_interval_ns < kLeastRefreshIntervalNs) {
    fail("dram.refresh_interval_ns", fmt::format("{} is between 0 (no refresh) and {}",
                                                 refresh_interval_ns, kLeastRefreshIntervalNs));
  }
  if (refresh_ns > refresh_interval_ns / 2) {
    fail("dram.refresh_ns", fmt::format("{} is more than half of dram.refresh_interval_ns = {}",
                                        refresh_ns, refresh_interval_ns));
  }
}

void DmaConfig::validate(const DramConfig& dram) const {
  check_ranges(*this, "dma.");
  check_at_least("dma.request_bytes", request_bytes, dram.burst_bytes, "dram.burst_bytes");
}

int MachineConfig::intermediate_bits() const {
  return 8 + std::bit_width(unsigned(ring.entry_channels - 1));
}

int MachineConfig::look_ahead() const {
  return ConcentratorPattern::parse(ca.pattern).look_ahead();
}

void MachineConfig::validate() const {
  check_ranges(*this);
  check_at_least("output_bank_words", output_bank_words, std::int64_t{slices} * rows,
                 "slices x rows");
  validate_ca(ca);
  validate_ring(*this);
  dram.validate();
  dma.validate(dram);
  validate_size(*this);
}

}  // namespace escalate
