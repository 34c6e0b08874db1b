// Parts of a datapath counted in two-input multiplexers, two-input gates, full adders and
// registers: the attributes of components of the class "logic" (energy/component.h).
#pragma once

#include <cstdint>

#include "common/named_values.h"

namespace escalate {

struct GateCounts {
  std::int64_t mux2 = 0;        ///< two-input multiplexers of one bit
  std::int64_t gates = 0;       ///< two-input gates
  std::int64_t adder_bits = 0;  ///< full adders
  std::int64_t registers = 0;   ///< register bits

  NamedValues<double> attributes() const;
};

/// ceil(log2(value)); value >= 1.
int ceil_log2(std::int64_t value);

/// A network that gathers or rotates `inputs` words of `bits`: an (inverse) butterfly or barrel
/// shifter of ceil(log2 inputs) stages, one two-input multiplexer a stage, word and bit.
GateCounts permutation_network(std::int64_t inputs, std::int64_t bits);

/// All prefix sums of `inputs` bits by a tree that counts blocks upwards and what stands below them
/// downwards (Brent and Kung, IEEE Transactions on Computers, 1982): inputs/2^i sums of i bits at
/// level i up, and inputs/2^i - 1 of the whole width down.
GateCounts prefix_popcount(std::int64_t inputs);

/// The settings of an inverse butterfly that gathers selected bits, and their number: such a tree
/// whose downward sums are cut to the bits that a stage looks at (i + 1 for stage i), and two gates
/// for each setting (rtl/bit_gather_control.sv, after Hilewitz and Lee, ASAP 2006).
GateCounts bit_gather_control(std::int64_t inputs);

/// One word of `bits` out of `inputs`: a tree of inputs - 1 two-input multiplexers a bit.
GateCounts word_multiplexer(std::int64_t inputs, std::int64_t bits);

/// The lowest set bit of `inputs`, one-hot: a parallel prefix OR and one gate a bit to mask.
GateCounts priority_encoder(std::int64_t inputs);

/// Which of `candidates` each of `lanes` lanes takes, in order: for each lane and candidate the
/// request, the grant, and the update of the taken bits (two gates).
GateCounts pick_control(std::int64_t lanes, std::int64_t candidates);

}  // namespace escalate
