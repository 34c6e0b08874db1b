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

}  // namespace

std::vector<ListedComponent> dram_components(const DmaConfig& dma, const CostModel& costs) {
  constexpr double kWord = 1.0 / kWordBytes;
  const std::int64_t bytes = std::int64_t{dma.outstanding} * dma.request_bytes;
  const std::int64_t words = ceil_div(bytes, kWordBytes);
  // A word passes the queue of its engine: one write, one read.
  return {{{"dram", "dram", "dram", {{"width", 64}}, 1},
           Rules("dram")
               .use("read", "dram_read_bytes", kWord)
               .use("write", "dram_written_bytes", kWord)
               .take()},
          {{"dma_queues",
            "dma",
            costs.memory_kind(64, words),
            {{"width", 64}, {"depth", static_cast<double>(words)}},
            2},
           Rules("dma_queues")
               .use("write", "dram_read_bytes", kWord)
               .use("read", "dram_read_bytes", kWord)
               .use("write", "dram_written_bytes", kWord)
               .use("read", "dram_written_bytes", kWord)
               .take()}};
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
