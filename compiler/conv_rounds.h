// The data of a convolution's rounds in DRAM: bank images of its coefficients, one for each step
// and block, and the parameters of its output channels.
#pragma once

#include <cstdint>
#include <vector>

#include "compiler/layer_emitter.h"
#include "compiler/mapping.h"

namespace escalate {

/// Coefficients of one pass of one round: where each member block of a group finds its own.
struct ConvStep {
  struct Image {
    std::uint32_t dram = 0;
    int bytes = 0;
    int outputs = 0;  ///< output channels
  };
  Range terms, channels;
  std::vector<Image> images;  ///< by member block
};

struct ConvRound {
  std::vector<ConvStep> steps;   ///< channel step by channel step, each fold by fold
  std::uint32_t parameters = 0;  ///< address
};

/// Appends the data of all rounds of a mapping and says where they are.
std::vector<ConvRound> write_rounds(const ConvLayer& layer, const ConvMapping& mapping,
                                    DataWriter& data);

}  // namespace escalate
