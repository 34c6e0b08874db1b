#include "energy/shared_components.h"

#include <utility>

#include "common/math.h"
#include "energy/gate_counts.h"

namespace escalate {
namespace {

constexpr int kSumBits = 32;
/// A product of two activations, and its requantisation, on the multiplier of a lane.
constexpr double kMultiplicationsOfProduct = 2;
/// A word of a DMA queue.
constexpr int kWordBytes = 8;

/// Rules of `component`: each count of a counter is `actions` of an action.
class Rules {
 public:
  explicit Rules(std::string component) : component_(std::move(component)) {}
  Rules& use(const char* action, const char* counter, double actions = 1) {
    rules_.push_back({component_, action, counter, actions});
    return *this;
  }
  std::vector<ActionRule> take() { return std::move(rules_); }

 private:
  std::string component_;
  std::vector<ActionRule> rules_;
};

constexpr double kWord = 1.0 / kWordBytes;

std::vector<ActionRule> reads_and_writes(const char* component) {
  return Rules(component)
      .use("read", "dram_read_bytes", kWord)
      .use("write", "dram_written_bytes", kWord)
      .take();
}

/// The devices by their commands, and what the data take on their way.
std::vector<ListedComponent> dram_by_commands(const DramConfig& dram, double clock_hz) {
  constexpr double kNsOfPs = 1e-3;
  const double channel_ns = dram.channels * 1e9 / clock_hz;  // of all channels in a cycle
  Rules rules("dram");
  rules.use("activate", "dram_activations")
      .use("read", "dram_read_bytes", kWord)
      .use("write", "dram_written_bytes", kWord)
      .use("standby", "cycles", channel_ns)
      .use("open", "dram_open_ps", kNsOfPs);
  if (dram.refresh_interval_ns > 0) {
    rules.use("refresh", "cycles", channel_ns / dram.refresh_interval_ns);
  }
  const Component devices = {"dram",
                             "dram",
                             "dram_device",
                             {{"width", 8 * kWordBytes},
                              {"row_bytes", double(dram.row_bytes)},
                              {"bytes_per_ns", dram.burst_bytes / dram.burst_ns}},
                             1};
  return {{devices, rules.take()},
          {{"dram_interface", "dram", "dram_interface", {{"width", 8 * kWordBytes}}, 1},
           reads_and_writes("dram_interface")}};
}

}  // namespace

std::vector<ListedComponent> dram_components(const DramConfig& dram, const DmaConfig& dma,
                                             double clock_hz, const CostModel& costs) {
  std::vector<ListedComponent> listed;
  if (costs.config().dram_model == DramEnergy::kCommands) {
    listed = dram_by_commands(dram, clock_hz);
  } else {
    listed.push_back(
        {{"dram", "dram", "dram", {{"width", 8 * kWordBytes}}, 1}, reads_and_writes("dram")});
  }
  const std::int64_t bytes = std::int64_t{dma.outstanding} * dma.request_bytes;
  const std::int64_t words = ceil_div(bytes, kWordBytes);
  // A word passes the queue of its engine: one write, one read.
  listed.push_back({{"dma_queues",
                     "dma",
                     costs.memory_kind(64, words),
                     {{"width", 64}, {"depth", static_cast<double>(words)}},
                     2},
                    Rules("dma_queues")
                        .use("write", "dram_read_bytes", kWord)
                        .use("read", "dram_read_bytes", kWord)
                        .use("write", "dram_written_bytes", kWord)
                        .use("read", "dram_written_bytes", kWord)
                        .take()});
  return listed;
}

std::vector<ListedComponent> post_processing_components(int lanes) {
  const Component shifters = {"post_shifters", "post_processing", "logic",
                              permutation_network(2 * kSumBits, 1).attributes(), lanes};
  return {{{"requantizers",
            "post_processing",
            "multiplier",
            {{"width_a", kSumBits}, {"width_b", kSumBits}},
            lanes},
           Rules("requantizers")
               .use("multiply", "outputs_requantized")
               .use("multiply", "residual_additions")
               .use("multiply", "products_requantized", kMultiplicationsOfProduct)
               .take()},
          {shifters, Rules("post_shifters")
                         .use("operate", "outputs_requantized")
                         .use("operate", "residual_additions")
                         .use("operate", "products_requantized")
                         .take()},
          {{"post_adders", "post_processing", "adder", {{"width", kSumBits}}, lanes},
           Rules("post_adders")
               .use("add", "outputs_requantized")
               .use("add", "residual_additions")
               .use("add", "products_requantized")
               .use("add", "pool_operands")
               .take()}};
}

}  // namespace escalate
