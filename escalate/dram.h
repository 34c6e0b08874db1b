// Another DRAM in place of the simulator's: a TLM-2.0 target of the base protocol, for
// SimulateOptions::make_dram (docs/library.md). Needs SystemC's headers.
#pragma once

#include <cstdint>
#include <memory>
#include <systemc>
#include <tlm>

#include "escalate/export.h"
#include "escalate/simulate.h"

namespace esc {

/// What the machine's configuration says of its DRAM (docs/configuration.md, `dram.*`).
struct DramParameters {
  int channels = 0, banks = 0;
  std::int64_t row_bytes = 0, burst_bytes = 0;
  double burst_ns = 0;
  double clock_mhz = 0;  ///< of the machine
};

/// The bytes of DRAM, which outlive it. Bytes never written are 0.
class ESCALATE_API DramMemory {
 public:
  virtual ~DramMemory() = default;
  virtual void read(std::uint64_t address, unsigned char* bytes, std::size_t size) const = 0;
  virtual void write(std::uint64_t address, const unsigned char* bytes, std::size_t size) = 0;
};

/// What a DRAM has done since its construction.
struct DramCounts {
  std::int64_t read_bursts = 0, write_bursts = 0;  ///< energy is charged for these
  std::int64_t row_hits = 0;                       ///< bursts whose row was open
  std::int64_t activations = 0;                    ///< rows opened
  std::int64_t precharges = 0;                     ///< rows closed for another one
  std::int64_t refreshes = 0;                      ///< of a channel
  std::int64_t open_ps = 0;  ///< time in which channels have rows open, added up
};

/// DMA engines send reads and writes of whole requests (`dma.request_bytes`) by the non-blocking
/// transport, several in flight; a target answers in any order and after any time.
class Dram : public sc_core::sc_module {
 public:
  /// Where every DMA engine is bound.
  virtual tlm::tlm_base_target_socket_b<>& target_socket() = 0;
  /// A layer boundary: as new, but for what is stored. No request is in flight.
  virtual void restart() = 0;
  virtual DramCounts counts() const = 0;

 protected:
  explicit Dram(const sc_core::sc_module_name& name) : sc_module(name) {}
};

}  // namespace esc
