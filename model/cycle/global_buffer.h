// The global buffer's read side as a module of the cycle view (docs/microarchitecture.md, section
// 2): non-zero activations and map bits, a position of a channel tile at a time.
#pragma once

#include <cstdint>
#include <span>
#include <systemc>

#include "common/counters.h"
#include "model/global_buffer.h"

namespace escalate::cycle {

class GlobalBufferReadIf : public virtual sc_core::sc_interface {
 public:
  /// Consecutive channels of a position, zeros included.
  virtual std::span<const std::int8_t> read(std::int64_t address, int channels) = 0;
};

class GlobalBufferPort : public sc_core::sc_module, public GlobalBufferReadIf {
 public:
  sc_core::sc_export<GlobalBufferReadIf> reads;

  GlobalBufferPort(const sc_core::sc_module_name& name, const GlobalBuffer& storage)
      : sc_module(name), reads("reads"), storage_(storage) {
    reads.bind(*this);
  }

  std::span<const std::int8_t> read(std::int64_t address, int channels) override {
    const std::span<const std::int8_t> values(storage_.data(address), std::size_t(channels));
    for (const std::int8_t value : values) {
      if (value != 0) ++counters_.global_buffer_values_read;
    }
    counters_.global_buffer_maps_read += (channels + 7) / 8;
    return values;
  }

  const MachineCounters& counters() const { return counters_; }

 private:
  const GlobalBuffer& storage_;
  MachineCounters counters_;
};

}  // namespace escalate::cycle
