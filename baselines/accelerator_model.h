// The one interface of all baselines: a layer with its non-zeros goes in, cycles and counted
// actions come out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "baselines/layer_workload.h"
#include "common/fields.h"
#include "common/json.h"
#include "common/named_values.h"

namespace escalate {

/// DRAM as a roofline: a layer's bytes at full bandwidth, overlapped with computing, after one
/// latency. Sums over a layer; no banks, rows or refresh.
struct DramRoofline {
  double bandwidth_gb_s = 51.2;
  double latency_ns = 100;

  /// Cycles for `bytes` at `clock_mhz`, without the latency.
  std::int64_t transfer_cycles(std::int64_t bytes, double clock_mhz) const;
  std::int64_t latency_cycles(double clock_mhz) const;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"bandwidth_gb_s", "GB/s", "DRAM bandwidth (10^9 bytes a second)",
                   "assumption: two channels of 25.6 GB/s, as of the machine compared with", 1e-6},
          self.bandwidth_gb_s);
    visit(FieldDoc{"latency_ns", "ns", "From a layer's first request to its first data",
                   "assumption", 0},
          self.latency_ns);
  }
};

/// One layer, all its images.
struct LayerRun {
  std::string name;
  std::string kind;
  std::int64_t cycles = 0;          ///< latency + max(compute_cycles, dram_cycles)
  std::int64_t compute_cycles = 0;  ///< with all data on chip
  std::int64_t dram_cycles = 0;     ///< the layer's bytes at full bandwidth
  std::int64_t macs = 0;            ///< multiplications that add to an output; dense ones count all
  std::int64_t macs_dense = 0;
  double utilization = 0;  ///< macs / (multipliers x compute_cycles), 0 to 1
  NamedCounts counters;    ///< the accelerator's own actions

  std::string_view bound_by() const { return dram_cycles > compute_cycles ? "dram" : "compute"; }
};

class AcceleratorModel {
 public:
  virtual ~AcceleratorModel() = default;

  virtual std::string name() const = 0;
  virtual std::int64_t multipliers() const = 0;
  virtual double clock_mhz() const = 0;
  /// The effective configuration, groups as nested objects.
  virtual Json config() const = 0;

  /// Throws InternalError if work is not conserved or a utilization exceeds 1.
  LayerRun run(const LayerWorkload& layer) const;

 protected:
  /// What run() asks of a model: compute_cycles, macs and counters, among them dram_read_bytes and
  /// dram_written_bytes.
  virtual LayerRun compute(const LayerWorkload& layer) const = 0;
  virtual const DramRoofline& dram() const = 0;
};

}  // namespace escalate
