// Parts that the machine and those it is compared with have alike, listed once.
#pragma once

#include <vector>

#include "energy/component.h"
#include "energy/cost_model.h"
#include "machine/config.h"

namespace escalate {

struct ListedComponent {
  Component component;
  std::vector<ActionRule> rules;  ///< rules of this component
};

/// DRAM, and the queue of each of two DMA engines. Counters: dram_read_bytes, dram_written_bytes;
/// where DRAM's energy is that of its commands also dram_activations, dram_open_ps and cycles.
std::vector<ListedComponent> dram_components(const DramConfig& dram, const DmaConfig& dma,
                                             double clock_hz, const CostModel& costs);

/// `lanes` of requantisers, shifters and adders. Counters: outputs_requantized, residual_additions,
/// products_requantized, pool_operands.
std::vector<ListedComponent> post_processing_components(int lanes);

}  // namespace escalate
