#include "common/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <iterator>
#include <type_traits>
#include <utility>

#include "common/concentrator_pattern.h"
#include "common/error.h"
#include "common/machine_ranges.h"

namespace escalate {
namespace {

[[noreturn]] void fail(const char* key, std::string_view message) {
  throw UserError(SourcePlace{"", 0, key}, message);
}

// Times and rates between which cycles and picoseconds of the longest runs fit into 64 bits.
constexpr double kMostDramNs = 1e5;
constexpr double kLeastRefreshIntervalNs = 100;
// What one process can hold.
constexpr std::int64_t kMostRows = std::int64_t{1} << 17;
constexpr std::int64_t kMostMemoryBytes = std::int64_t{1} << 32;

constexpr auto kRanges = std::to_array<FieldRange>({
    {"clock_mhz", 0.001, 10000},
    {"blocks", 1, 1024, "blocks x slices x rows up to 131072"},
    {"slices", 1, 256},
    {"rows", 1, 64},
    {"merge_words", 1, 1024},
    {"output_bank_words", 1, 1 << 26, "at least slices x rows"},
    {"coefficient_bank_bytes", 64, 1 << 28},
    {"global_buffer_bytes", 1024, 1 << 30},
    {"network_bytes", 1, 4096},
    {"post_lanes", 1, 4096},
    {"ca.chunk", 8, 64, "a multiple of 8"},
    {"ca.lanes", 1, kMaxLanes},
    {"ca.slot_queue_rows", 1, 4096, "at least look-ahead + ceil(ca.chunk / ca.lanes) + 1"},
    {"ca.element_queue", 1, 4096},
    {"mac.multipliers", 1, 1024},
    {"mac.line_buffer_words", 1, 1 << 24},
    {"mac.weight_port_bytes", 1, 4096},
    {"ring.chunks", 1, 1 << 20, "at least ring.entry_channels / ca.chunk"},
    {"ring.entry_channels", 8, 65536, "a multiple of ca.chunk"},
    {"dma.request_bytes", 8, 65536, "at least dram.burst_bytes"},
    {"dma.outstanding", 1, 4096},
    {"dma.directory_entries", 1, 1 << 26},
    {"dram.channels", 1, 64},
    {"dram.banks", 1, 1024},
    {"dram.row_bytes", 8, 1 << 20, "a multiple of dram.burst_bytes"},
    {"dram.burst_bytes", 8, 4096, "a power of two"},
    {"dram.burst_ns", 0.001, kMostDramNs},
    {"dram.row_hit_ns", 0, kMostDramNs},
    {"dram.activate_ns", 0, kMostDramNs},
    {"dram.precharge_ns", 0, kMostDramNs},
    {"dram.refresh_interval_ns", 0, 1e9, "0 or at least 100"},
    {"dram.refresh_ns", 0, 1e9, "at most half of dram.refresh_interval_ns, unless that is 0"},
});

void check_range(const std::string& key, double value) {
  const FieldRange* range = machine_range(key);
  ensure(range != nullptr, [&] { return "no range of " + key; });
  if (value >= range->low && value <= range->high) return;
  throw UserError(SourcePlace{"", 0, key}, fmt::format("{} is outside {}", value, range->text()));
}

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
  const int rows_of_chunk = (ca.chunk + ca.lanes - 1) / ca.lanes + 1;
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

void validate_dram(const DramConfig& dram) {
  if (!std::has_single_bit(unsigned(dram.burst_bytes)))
    fail("dram.burst_bytes", "not a power of two");
  if (dram.row_bytes % dram.burst_bytes != 0) {
    fail("dram.row_bytes", "not a multiple of dram.burst_bytes");
  }
  if (dram.refresh_interval_ns == 0) return;
  if (dram.refresh_interval_ns < kLeastRefreshIntervalNs) {
    fail("dram.refresh_interval_ns",
         fmt::format("{} is between 0 (no refresh) and {}", dram.refresh_interval_ns,
                     kLeastRefreshIntervalNs));
  }
  if (dram.refresh_ns > dram.refresh_interval_ns / 2) {
    fail("dram.refresh_ns", fmt::format("{} is more than half of dram.refresh_interval_ns = {}",
                                        dram.refresh_ns, dram.refresh_interval_ns));
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

std::string FieldRange::text() const {
  if (std::isinf(high)) return fmt::format("{} or more", low);
  return fmt::format("{} to {}", low, high);
}

std::span<const FieldRange> machine_ranges() { return kRanges; }

const FieldRange* machine_range(std::string_view key) {
  const auto found = std::find_if(kRanges.begin(), kRanges.end(),
                                  [&](const FieldRange& range) { return range.key == key; });
  return found == kRanges.end() ? nullptr : &*found;
}

int MachineConfig::intermediate_bits() const {
  return 8 + std::bit_width(unsigned(ring.entry_channels - 1));
}

int MachineConfig::look_ahead() const {
  return ConcentratorPattern::parse(ca.pattern).look_ahead();
}

void MachineConfig::validate() const {
  for_each_field(*this, [](const std::string& key, const FieldDoc&, const auto& value) {
    using Value = std::remove_cvref_t<decltype(value)>;
    if constexpr (std::is_arithmetic_v<Value> && !std::is_same_v<Value, bool>) {
      check_range(key, static_cast<double>(value));
    }
  });
  check_at_least("output_bank_words", output_bank_words, std::int64_t{slices} * rows,
                 "slices x rows");
  validate_ca(ca);
  validate_ring(*this);
  validate_dram(dram);
  check_at_least("dma.request_bytes", dma.request_bytes, dram.burst_bytes, "dram.burst_bytes");
  validate_size(*this);
}

}  // namespace escalate
