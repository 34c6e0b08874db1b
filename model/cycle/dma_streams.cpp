#include "model/cycle/dma_streams.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "buffers/cycle/segment_walk.h"
#include "common/error.h"
#include "pe/cycle/coefficient_decoder.h"

namespace escalate::cycle {

LoadEngine::LoadEngine(const sc_core::sc_module_name& name, const MachineConfig& machine,
                       const SegmentDirectory& directory)
    : DmaEngine(name, machine, tlm::TLM_READ_COMMAND),
      global_buffer("global_buffer"),
      coefficient_buffers("coefficient_buffers"),
      parameter_banks("parameter_banks"),
      machine_(machine),
      directory_(directory) {}

DmaEngine::Job LoadEngine::job_of(const Instruction& instruction) {
  const Operation& operation = instruction.operation;
  if (const auto* tile = std::get_if<LoadTile>(&operation)) return job_of(*tile);
  if (const auto* coefficients = std::get_if<LoadCoefficients>(&operation)) {
    return job_of(*coefficients);
  }
  if (const auto* parameters = std::get_if<LoadParameters>(&operation)) {
    return job_of_parameters(*parameters);
  }
  if (const auto* parameters = std::get_if<LoadSlopedParameters>(&operation)) {
    return job_of_parameters(*parameters);
  }
  if (const auto* table = std::get_if<LoadTable>(&operation)) return job_of(*table);
  throw InternalError(fmt::format("the load stream has a '{}'", instruction.name()));
}

DmaEngine::Job LoadEngine::job_of(const LoadTile& load) {
  Job job;
  std::uint64_t total = 0;
  for (SegmentWalk walk(load.segments, load.region); !walk.at_end(); walk.next()) {
    const auto bytes = std::uint64_t(directory_[std::size_t(walk.directory())]);
    ++counters_.segments_loaded;
    job.transfers.push_back({walk.address(), bytes});
    total += bytes;
  }
  job.bytes.resize(std::size_t(total));
  counters_.activation_bytes_loaded += std::int64_t(total);
  job.finish = [this, load](std::span<const std::uint8_t> bytes) {
    PositionDecoder decoder(bytes);
    for (SegmentWalk walk(load.segments, load.region); !walk.at_end(); walk.next()) {
      for (int column = 0; column < walk.columns(); ++column) {
        global_buffer->write(walk.position(column), decoder.next(walk.channels()));
      }
    }
    ensure(decoder.at_end(), "the segments of a load have the lengths of the directory");
  };
  return job;
}

DmaEngine::Job LoadEngine::job_of(const LoadCoefficients& load) {
  Job job;
  job.transfers = {{load.dram, std::uint64_t(load.bytes)}};
  job.bytes.resize(std::size_t(load.bytes));
  counters_.coefficient_bytes_loaded += load.bytes;
  job.finish = [this, load](std::span<const std::uint8_t> bytes) {
    const ClockedCoefficients content =
        decode_coefficients(load, bytes, machine_.ring.entry_channels, machine_.ca.chunk);
    counters_.coefficient_bytes_written += load.num_blocks * bank_bytes(load);
    for (int i = 0; i < load.num_blocks; ++i) {
      coefficient_buffers->fill(load.first_block + i * load.block_step, load.bank, content);
    }
  };
  return job;
}

template <class Parameters>
DmaEngine::Job LoadEngine::job_of_parameters(const Parameters& load) {
  Job job;
  const std::int64_t total = std::int64_t{load.channels} * Parameters::kBytesPerChannel;
  job.transfers = {{load.dram, std::uint64_t(total)}};
  job.bytes.resize(std::size_t(total));
  counters_.coefficient_bytes_loaded += total;
  job.finish = [this, load](std::span<const std::uint8_t> bytes) {
    parameter_banks->load_parameters(load, bytes);
  };
  return job;
}

DmaEngine::Job LoadEngine::job_of(const LoadTable& load) {
  Job job;
  job.transfers = {{load.dram, std::uint64_t{LoadTable::kBytes}}};
  job.bytes.resize(LoadTable::kBytes);
  counters_.coefficient_bytes_loaded += LoadTable::kBytes;
  job.finish = [this, load](std::span<const std::uint8_t> bytes) {
    counters_.table_bytes_written += std::int64_t(bytes.size());
    parameter_banks->load_table(load, bytes);
  };
  return job;
}

StoreEngine::StoreEngine(const sc_core::sc_module_name& name, const MachineConfig& machine,
                         SegmentDirectory& directory)
    : DmaEngine(name, machine, tlm::TLM_WRITE_COMMAND),
      global_buffer("global_buffer"),
      directory_(directory) {}

DmaEngine::Job StoreEngine::job_of(const Instruction& instruction) {
  const auto* store = std::get_if<StoreTile>(&instruction.operation);
  ensure(store != nullptr,
         [&] { return fmt::format("the store stream has a '{}'", instruction.name()); });
  Job job;
  for (SegmentWalk walk(store->segments, store->region); !walk.at_end(); walk.next()) {
    const std::size_t before = job.bytes.size();
    for (int column = 0; column < walk.columns(); ++column) {
      encode_position(global_buffer->read(walk.position(column), walk.channels()), job.bytes);
    }
    const std::size_t length = job.bytes.size() - before;
    directory_[std::size_t(walk.directory())] = std::int32_t(length);
    ++counters_.segments_stored;
    job.transfers.push_back({walk.address(), length});
  }
  counters_.activation_bytes_stored += std::int64_t(job.bytes.size());
  return job;
}

}  // namespace escalate::cycle
