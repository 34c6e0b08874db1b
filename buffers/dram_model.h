// What the accelerator's DMA engines are bound to: any DRAM behind a TLM-2.0 base protocol socket.
#pragma once

#include <systemc>
#include <tlm>

#include "buffers/dram_timing.h"

namespace escalate {

class DramModel : public sc_core::sc_module {
 public:
  using TargetSocket = tlm::tlm_base_target_socket_b<>;

  /// Where every DMA engine is bound.
  virtual TargetSocket& target_socket() = 0;
  /// A layer boundary: as new, but for what it stores. InternalError while a request is in flight.
  virtual void restart() = 0;
  /// Counts since construction.
  virtual const DramCounters& counters() const = 0;

 protected:
  explicit DramModel(const sc_core::sc_module_name& name) : sc_module(name) {}
};

}  // namespace escalate
