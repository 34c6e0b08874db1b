// The units of the load and the store stream: each a DMA engine, and what it moves between DRAM and
// the buffers (docs/microarchitecture.md, sections 2, 13 and 14).
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <systemc>
#include <vector>

#include "buffers/global_buffer.h"
#include "buffers/segment_directory.h"
#include "buffers/transaction/dma_module.h"
#include "interconnect/layer_clock.h"
#include "machine/counters.h"
#include "model/transaction/block_memories.h"
#include "model/transaction/execution_unit.h"
#include "model/transaction/post_unit.h"

namespace escalate {

/// What both have in common: instructions in flight, each with its bytes.
class DmaUnit : public sc_core::sc_module, public ExecutionUnit {
 public:
  DmaModule dma;

  void retire() override;
  std::string describe() const override { return dma.describe(); }
  const MachineCounters& counters() const { return counters_; }
  /// A layer begins: nothing is in flight, counters are zero.
  void restart();

 protected:
  struct Transfer {
    std::uint64_t address;
    std::size_t bytes;
  };
  using Bytes = std::vector<std::uint8_t>;

  DmaUnit(const sc_core::sc_module_name& name, const MachineConfig& machine,
          const LayerClock& clock, DmaDirection direction);

  /// Gives an instruction to the engine: transfers whose bytes stand in `bytes`, one behind the
  /// other; `finish` is called with them at completion. Returns when the next one may begin.
  void start(const std::vector<Transfer>& transfers, Bytes bytes,
             std::function<void(std::span<const std::uint8_t>)> finish);

  MachineConfig machine_;
  MachineCounters counters_;

 private:
  struct InFlight {
    std::int64_t number;
    Bytes bytes;
    std::function<void(std::span<const std::uint8_t>)> finish;
  };
  const LayerClock& clock_;
  std::deque<std::unique_ptr<InFlight>> in_flight_;
  sc_core::sc_event started_;
};

class LoadUnit : public DmaUnit {
 public:
  LoadUnit(const sc_core::sc_module_name& name, const MachineConfig& machine,
           const LayerClock& clock, const SegmentDirectory& directory, GlobalBuffer& buffer,
           BlockMemories& blocks, PostUnit& post);

  void begin(const Instruction& instruction) override;

 private:
  void load(const LoadTile& operation);
  void load(const LoadCoefficients& operation);
  template <class Parameters>
  void load_parameters(const Parameters& operation);
  void load(const LoadParameters& operation);
  void load(const LoadSlopedParameters& operation);
  void load(const LoadTable& operation);
  void fill_banks(const LoadCoefficients& operation, std::span<const std::uint8_t> bytes);

  const SegmentDirectory& directory_;
  GlobalBuffer& buffer_;
  BlockMemories& blocks_;
  PostUnit& post_;
  std::uint64_t bank_version_ = 0;
};

class StoreUnit : public DmaUnit {
 public:
  StoreUnit(const sc_core::sc_module_name& name, const MachineConfig& machine,
            const LayerClock& clock, SegmentDirectory& directory, const GlobalBuffer& buffer);

  void begin(const Instruction& instruction) override;

 private:
  SegmentDirectory& directory_;
  const GlobalBuffer& buffer_;
};

}  // namespace escalate
