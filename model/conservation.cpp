#include "model/conservation.h"

#include <fmt/format.h>

#include <cmath>

#include "common/error.h"
#include "machine/clock.h"

namespace escalate {
namespace {

class Laws {
 public:
  explicit Laws(const std::string& layer) : layer_(layer) {}

  void equal(const char* law, std::int64_t left, std::int64_t right) const {
    ensure(left == right, [&] { return broken(law, left, "=", right); });
  }
  void at_most(const char* law, std::int64_t left, std::int64_t right) const {
    ensure(left <= right, [&] { return broken(law, left, "<=", right); });
  }

 private:
  std::string broken(const char* law, std::int64_t left, const char* relation,
                     std::int64_t right) const {
    return fmt::format("layer '{}' breaks a law of conservation: {}: {} {} {} does not hold",
                       layer_, law, left, relation, right);
  }
  const std::string& layer_;
};

void check_traffic(const Laws& laws, const MachineConfig& machine, const MachineCounters& n) {
  laws.at_most("bytes loaded are read from DRAM",
               n.coefficient_bytes_loaded + n.activation_bytes_loaded, n.dram_read_bytes);
  laws.at_most("bytes stored are written to DRAM", n.activation_bytes_stored, n.dram_written_bytes);
  // A burst holds at least one byte of each request.
  laws.at_most("no burst is read in vain", n.dram_read_bytes,
               (n.coefficient_bytes_loaded + n.activation_bytes_loaded) * machine.dram.burst_bytes);
  laws.at_most("no burst is written in vain", n.dram_written_bytes,
               n.activation_bytes_stored * machine.dram.burst_bytes);
  laws.at_most(
      "network bytes within its width", n.network_bytes,
      n.network_busy_cycles * machine.network_bytes + (machine.ideal.input ? n.network_bytes : 0));
  laws.at_most("every entry has a member block", n.network_bytes, n.network_delivered_bytes);
  laws.at_most("copies for at most all blocks", n.network_delivered_bytes,
               n.network_bytes * machine.blocks);
  laws.at_most("entries come from the global buffer", n.network_bytes,
               n.global_buffer_values_read + n.global_buffer_maps_read);
  laws.at_most("loads end in the global buffer", n.activation_bytes_loaded,
               n.global_buffer_values_written + n.global_buffer_maps_written);
  laws.at_most("stores come from the global buffer", n.activation_bytes_stored,
               n.global_buffer_values_read + n.global_buffer_maps_read);
}

void check_units(const Laws& laws, const MachineConfig& machine, const MachineCounters& n,
                 Cycle cycles) {
  const std::int64_t rows = std::int64_t{machine.blocks} * machine.slices * machine.rows;
  laws.at_most("network busy within the layer", n.network_busy_cycles, cycles);
  laws.at_most("post-processing busy within the layer", n.post_busy_cycles, cycles);
  laws.at_most("CA units busy within the layer", n.ca_busy_cycles, rows * cycles);
  laws.at_most("MAC units busy within the layer", n.mac_busy_cycles, rows * cycles);
  laws.at_most("additions within the lanes", n.ca_additions,
               n.concentrator_steps * machine.ca.lanes);
  laws.at_most("steps retire at most 1+h slot rows", n.slot_rows,
               n.concentrator_steps * (1 + machine.look_ahead()));
  laws.at_most("steps retire at least one slot row", n.concentrator_steps, n.slot_rows);
  laws.at_most("matches are slots", n.ca_additions, n.slots);
  laws.at_most("slots within their rows", n.slots, n.slot_rows * machine.ca.lanes);
  laws.at_most("elements that are not zero are pushed", n.nonzero_elements, n.elements_pushed);
  laws.at_most("multiplications within the multipliers", n.macs,
               machine.ideal.mac ? n.macs : n.mac_busy_cycles * machine.mac.multipliers);
  laws.at_most("drained sums were written", n.output_words_drained,
               n.output_words_written + n.output_words_accumulated);
  laws.equal("every drained sum is requantised", n.output_words_drained, n.outputs_requantized);
  laws.at_most("what is looked up was made", n.table_lookups,
               n.outputs_requantized + n.pool_operands);
  laws.at_most("tables were loaded", n.table_bytes_written, n.coefficient_bytes_loaded);
  laws.at_most("operands of products within the lanes", 2 * n.products_requantized,
               n.post_busy_cycles * machine.post_lanes);
}

}  // namespace

void check_conservation(const MachineConfig& machine, const std::string& layer,
                        const LayerRun& run) {
  const Laws laws(layer);
  const std::int64_t rows = std::int64_t{machine.blocks} * machine.slices * machine.rows;
  laws.equal("row states sum to rows x cycles", run.row_states.total(), rows * run.cycles);
  laws.equal("DRAM reads", run.dram.read_bursts * machine.dram.burst_bytes,
             run.counters.dram_read_bytes);
  laws.equal("rows opened", run.dram.activations, run.counters.dram_activations);
  laws.at_most("rows are open within the layer", run.counters.dram_open_ps,
               run.cycles * Clock(machine).period() * machine.dram.channels);
  laws.at_most("rows hit or were opened", run.dram.row_hits + run.dram.activations,
               run.dram.read_bursts + run.dram.write_bursts);
  if (!machine.ideal.dram) {
    const double seconds_ns = double(run.cycles) * 1e3 / machine.clock_mhz;
    const double bursts = double(run.dram.read_bursts + run.dram.write_bursts);
    laws.at_most("bursts within the DRAM's peak",
                 std::int64_t(std::floor(bursts * machine.dram.burst_ns)),
                 std::int64_t(std::ceil(seconds_ns * machine.dram.channels)));
  }
  check_traffic(laws, machine, run.counters);
  check_units(laws, machine, run.counters, run.cycles);
}

}  // namespace escalate
