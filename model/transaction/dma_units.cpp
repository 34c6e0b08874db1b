#include "model/transaction/dma_units.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "common/error.h"
#include "machine/segments.h"

namespace escalate {

DmaUnit::DmaUnit(const sc_core::sc_module_name& name, const MachineConfig& machine,
                 const LayerClock& clock, DmaDirection direction)
    : sc_module(name), dma("dma", machine, direction), machine_(machine), clock_(clock) {}

void DmaUnit::restart() {
  ensure(in_flight_.empty(), "a layer ends when its transfers have");
  dma.restart();
  counters_ = {};
}

void DmaUnit::start(const std::vector<Transfer>& transfers, Bytes bytes,
                    std::function<void(std::span<const std::uint8_t>)> finish) {
  const Cycle now = clock_.now();
  in_flight_.push_back(
      std::make_unique<InFlight>(InFlight{-1, std::move(bytes), std::move(finish)}));
  InFlight& instruction = *in_flight_.back();
  std::vector<DmaTransfer> parts;
  std::span<std::uint8_t> rest(instruction.bytes);
  for (const Transfer& transfer : transfers) {
    parts.push_back({transfer.address, rest.first(transfer.bytes)});
    rest = rest.subspan(transfer.bytes);
  }
  ensure(rest.empty(), "the transfers of an instruction use all of its bytes");
  instruction.number = dma.start(parts);
  started_.notify(sc_core::SC_ZERO_TIME);
  clock_.wait_until(now + 1);
  while (!dma.all_issued()) sc_core::wait(dma.issued());
}

void DmaUnit::retire() {
  while (in_flight_.empty()) sc_core::wait(started_);
  InFlight& oldest = *in_flight_.front();
  while (!dma.is_complete(oldest.number)) sc_core::wait(dma.completed());
  oldest.finish(oldest.bytes);
  in_flight_.pop_front();
}

LoadUnit::LoadUnit(const sc_core::sc_module_name& name, const MachineConfig& machine,
                   const LayerClock& clock, const SegmentDirectory& directory, GlobalBuffer& buffer,
                   BlockMemories& blocks, PostUnit& post)
    : DmaUnit(name, machine, clock, DmaDirection::kLoad),
      directory_(directory),
      buffer_(buffer),
      blocks_(blocks),
      post_(post) {}

void LoadUnit::begin(const Instruction& instruction) {
  std::visit(
      [&](const auto& operation) {
        using T = std::decay_t<decltype(operation)>;
        if constexpr (T::kStream == Stream::kLoad) {
          load(operation);
        } else {
          throw InternalError(fmt::format("the load stream has a '{}'", T::kName));
        }
      },
      instruction.operation);
}

void LoadUnit::load(const LoadTile& operation) {
  auto segments = segments_of(operation.segments, operation.region);
  std::vector<Transfer> transfers;
  std::size_t total = 0;
  for (const Segment& segment : segments) {
    const auto bytes = std::size_t(directory_[std::size_t(segment.directory)]);
    transfers.push_back({segment.address, bytes});
    total += bytes;
  }
  counters_.activation_bytes_loaded += std::int64_t(total);
  counters_.segments_loaded += std::int64_t(segments.size());
  start(transfers, Bytes(total),
        [this, transfers, segments = std::move(segments),
         stride = operation.region.position_stride](std::span<const std::uint8_t> bytes) {
          for (std::size_t i = 0; i < segments.size(); ++i) {
            const Segment& segment = segments[i];
            const auto packed = bytes.first(transfers[i].bytes);
            unpack_segment(segment.columns, segment.channels, packed,
                           [&](int column, std::span<const std::int8_t> values) {
                             buffer_.write(segment.buffer_address + std::int64_t{column} * stride,
                                           values);
                             count_global_buffer_write(counters_, values);
                           });
            bytes = bytes.subspan(transfers[i].bytes);
          }
        });
}

void LoadUnit::load(const LoadCoefficients& operation) {
  counters_.coefficient_bytes_loaded += operation.bytes;
  start({{operation.dram, std::size_t(operation.bytes)}}, Bytes(std::size_t(operation.bytes)),
        [this, operation](std::span<const std::uint8_t> bytes) { fill_banks(operation, bytes); });
}

void LoadUnit::fill_banks(const LoadCoefficients& operation, std::span<const std::uint8_t> bytes) {
  auto content = std::make_shared<CoefficientBank>(expand_coefficients(operation, bytes));
  content->version = ++bank_version_;
  counters_.coefficient_bytes_written += content->bytes * operation.num_blocks;
  for (int i = 0; i < operation.num_blocks; ++i) {
    blocks_.load_bank(operation.first_block + i * operation.block_step, operation.bank, content);
  }
}

template <class Parameters>
void LoadUnit::load_parameters(const Parameters& operation) {
  const std::size_t total =
      std::size_t(operation.channels) * std::size_t{Parameters::kBytesPerChannel};
  counters_.coefficient_bytes_loaded += std::int64_t(total);
  start({{operation.dram, total}}, Bytes(total),
        [this, operation](std::span<const std::uint8_t> bytes) {
          post_.load_parameters(operation, bytes);
        });
}

void LoadUnit::load(const LoadParameters& operation) { load_parameters(operation); }
void LoadUnit::load(const LoadSlopedParameters& operation) { load_parameters(operation); }

void LoadUnit::load(const LoadTable& operation) {
  constexpr std::size_t kBytes = LoadTable::kBytes;
  counters_.coefficient_bytes_loaded += LoadTable::kBytes;
  counters_.table_bytes_written += LoadTable::kBytes;
  start({{operation.dram, kBytes}}, Bytes(kBytes),
        [this, operation](std::span<const std::uint8_t> bytes) {
          post_.load_table(operation, bytes);
        });
}

StoreUnit::StoreUnit(const sc_core::sc_module_name& name, const MachineConfig& machine,
                     const LayerClock& clock, SegmentDirectory& directory,
                     const GlobalBuffer& buffer)
    : DmaUnit(name, machine, clock, DmaDirection::kStore), directory_(directory), buffer_(buffer) {}

void StoreUnit::begin(const Instruction& instruction) {
  const auto& operation = std::get<StoreTile>(instruction.operation);
  std::vector<Transfer> transfers;
  Bytes bytes;
  for (const Segment& segment : segments_of(operation.segments, operation.region)) {
    const auto position = [&](int column) {
      return segment.buffer_address + std::int64_t{column} * operation.region.position_stride;
    };
    const auto packed = pack_segment(segment.columns, segment.channels,
                                     [&](int column) { return buffer_.data(position(column)); });
    for (int column = 0; column < segment.columns; ++column) {
      count_global_buffer_read(counters_,
                               {buffer_.data(position(column)), std::size_t(segment.channels)});
    }
    directory_[std::size_t(segment.directory)] = std::int32_t(packed.size());
    transfers.push_back({segment.address, packed.size()});
    bytes.insert(bytes.end(), packed.begin(), packed.end());
  }
  counters_.activation_bytes_stored += std::int64_t(bytes.size());
  counters_.segments_stored += std::int64_t(transfers.size());
  start(transfers, std::move(bytes), [](std::span<const std::uint8_t>) {});
}

}  // namespace escalate
