// The global buffer as a module of the cycle view (docs/microarchitecture.md, section 2): non-zero
// activations and map bits, a position of a channel tile at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <systemc>

#include "buffers/global_buffer.h"
#include "common/math.h"
#include "interconnect/cycle/clocked_unit.h"
#include "interconnect/cycle/signal_list.h"
#include "interconnect/cycle/stream_ports.h"
#include "machine/counters.h"

namespace escalate::cycle {

/// One for each unit that reads and writes the buffer.
class GlobalBufferPort : public sc_core::sc_module, public GlobalBufferIf {
 public:
  sc_core::sc_export<GlobalBufferIf> access;

  GlobalBufferPort(const sc_core::sc_module_name& name, GlobalBuffer& storage)
      : sc_module(name), access("access"), storage_(storage) {
    access.bind(*this);
  }

  std::span<const std::int8_t> read(std::int64_t address, int channels) override {
    const std::span<const std::int8_t> values(storage_.data(address), std::size_t(channels));
    counters_.global_buffer_values_read += nonzeros(values);
    counters_.global_buffer_maps_read += map_bytes(std::int64_t(values.size()));
    return values;
  }
  void write(std::int64_t address, std::span<const std::int8_t> values) override {
    storage_.write(address, values);
    counters_.global_buffer_values_written += nonzeros(values);
    counters_.global_buffer_maps_written += map_bytes(std::int64_t(values.size()));
  }

  /// A layer begins: counters are zero.
  void restart() { counters_ = {}; }
  const MachineCounters& counters() const { return counters_; }
  void list_signals(SignalList& list) const {
    list.add(*this, "activations_read", 32,
             [this] { return std::uint32_t(counters_.global_buffer_values_read); });
    list.add(*this, "activations_written", 32,
             [this] { return std::uint32_t(counters_.global_buffer_values_written); });
  }

 private:
  static std::int64_t nonzeros(std::span<const std::int8_t> values) {
    return std::count_if(values.begin(), values.end(), [](std::int8_t v) { return v != 0; });
  }

  GlobalBuffer& storage_;
  MachineCounters counters_;
};

/// The buffer with a port for each of its users.
class GlobalBufferUnit : public sc_core::sc_module {
 public:
  GlobalBufferPort load, compute, post, store;

  GlobalBufferUnit(const sc_core::sc_module_name& name, GlobalBuffer& storage)
      : sc_module(name),
        load("load", storage),
        compute("compute", storage),
        post("post", storage),
        store("store", storage) {}

  void restart() {
    for (GlobalBufferPort* port : {&load, &compute, &post, &store}) port->restart();
  }
  MachineCounters counters() const {
    MachineCounters sum;
    for (const GlobalBufferPort* port : {&load, &compute, &post, &store}) {
      add_fields(sum, port->counters());
    }
    return sum;
  }
  void list_signals(SignalList& list) const {
    for (const GlobalBufferPort* port : {&load, &compute, &post, &store}) port->list_signals(list);
  }
};

}  // namespace escalate::cycle
