// The one interface of all baselines: a layer with its non-zeros goes in, cycles and counted
// actions come out.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "baselines/layer_workload.h"
#include "baselines/shared_parts.h"
#include "common/fields.h"
#include "common/json.h"
#include "common/named_values.h"
#include "energy/cost_model.h"

namespace escalate {

/// One multiplication whose product is added to an output: places in LayerWorkload::weights, in the
/// image's input and in its output [K][P][Q].
struct Product {
  int image = 0;
  std::int64_t weight = 0;
  std::int64_t activation = 0;
  std::int64_t output = 0;
};
using ProductSink = std::function<void(const Product&)>;

/// One layer, all its images.
struct BaselineRun {
  std::string name;
  std::string kind;
  std::int64_t cycles = 0;          ///< computing and post-processing start at DRAM's first answer
  std::int64_t compute_cycles = 0;  ///< with all data on chip
  std::int64_t dram_cycles = 0;     ///< until DRAM has answered the last request
  std::int64_t post_cycles = 0;     ///< cycles of outputs and sums at the post-processing unit
  std::int64_t macs = 0;            ///< multiplications that add to an output, padding left out
  std::int64_t macs_dense = 0;
  double utilization = 0;  ///< macs / (multipliers x compute_cycles), 0 to 1
  NamedCounts counters;    ///< the accelerator's own actions
  /// Where the multipliers' cycles went ("macs" and what kept the others from it); they sum to
  /// multipliers x compute_cycles.
  NamedCounts multiplier_cycles;

  DramCounters dram;

  std::string_view bound_by() const {
    if (dram_cycles == cycles) return "dram";
    return post_cycles > compute_cycles ? "post" : "mac";
  }
};

class AcceleratorModel {
 public:
  AcceleratorModel(double clock_mhz, const SharedParts& parts)
      : clock_mhz_(clock_mhz), parts_(parts) {}
  virtual ~AcceleratorModel() = default;

  virtual std::string name() const = 0;
  virtual std::int64_t multipliers() const = 0;
  /// How they are laid out, as "32 x 32"; empty: not said.
  virtual std::string arrangement() const { return ""; }
  double clock_mhz() const { return clock_mhz_; }
  /// What its multipliers leave out where they can.
  virtual Skips skips() const = 0;
  /// What they leave out of this layer.
  virtual Skips skips_of(const LayerWorkload& /*layer*/) const { return skips(); }
  /// Bits of an activation and of a weight.
  virtual int word_bits() const = 0;
  /// Images that share a load of weights.
  virtual int batch() const { return 1; }
  double dram_bytes_per_ns() const { return parts_.dram_bytes_per_ns(); }
  double dram_bytes_per_cycle() const { return parts_.dram_bytes_per_ns() * 1000 / clock_mhz_; }
  /// The effective configuration, groups as nested objects.
  virtual Json config() const = 0;
  /// Its parts, and which counters are actions of which.
  virtual MachineComponents components(const CostModel& costs) const = 0;

  /// Runs a layer. `sink`, if given, gets every product in the order in which the machine makes
  /// them; cycles and counters are the same without. Throws what broken() says if work is not
  /// conserved: if the products are not those that skips_of() leaves, if multipliers do more than
  /// one product a cycle, or if their cycles do not add up.
  BaselineRun run(const LayerWorkload& layer, const ProductSink& sink = nullptr) const;

 protected:
  /// What run() asks of a model: compute_cycles, macs, multiplier_cycles without "macs", and
  /// counters, among them dram_read_bytes and dram_written_bytes.
  virtual BaselineRun compute(const LayerWorkload& layer, const ProductSink& sink) const = 0;
  /// A law is broken. InternalError, unless somebody else made the model.
  [[noreturn]] virtual void broken(const std::string& message) const;

 private:
  /// DRAM and post-processing of a layer whose computing is done.
  void run_shared_parts(const LayerWorkload& layer, BaselineRun& run) const;
  void check(const LayerWorkload& layer, const BaselineRun& run) const;

  double clock_mhz_;
  SharedParts parts_;
};

}  // namespace escalate
