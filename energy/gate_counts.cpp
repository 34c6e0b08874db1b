#include "energy/gate_counts.h"

#include <bit>

#include "common/error.h"

namespace escalate {

NamedValues<double> GateCounts::attributes() const {
  return {{"mux2", static_cast<double>(mux2)},
          {"gates", static_cast<double>(gates)},
          {"adder_bits", static_cast<double>(adder_bits)},
          {"registers", static_cast<double>(registers)}};
}

int ceil_log2(std::int64_t value) {
  ensure(value >= 1, "the logarithm of a number below 1");
  return static_cast<int>(std::bit_width(static_cast<std::uint64_t>(value) - 1));
}

GateCounts permutation_network(std::int64_t inputs, std::int64_t bits) {
  return {.mux2 = inputs * ceil_log2(inputs) * bits};
}

GateCounts prefix_popcount(std::int64_t inputs) {
  const int levels = ceil_log2(inputs);
  GateCounts counts;
  for (int i = 1; i <= levels; ++i) counts.adder_bits += (inputs >> i) * i;
  for (int i = 1; i < levels; ++i) counts.adder_bits += ((inputs >> i) - 1) * levels;
  return counts;
}

GateCounts bit_gather_control(std::int64_t inputs) {
  const int stages = ceil_log2(inputs);
  GateCounts counts;
  for (int i = 1; i <= stages; ++i) counts.adder_bits += (inputs >> i) * i;
  for (int i = 0; i < stages - 1; ++i) counts.adder_bits += ((inputs >> (i + 1)) - 1) * (i + 1);
  counts.gates = 2 * (inputs / 2) * stages;
  return counts;
}

GateCounts word_multiplexer(std::int64_t inputs, std::int64_t bits) {
  return {.mux2 = (inputs - 1) * bits};
}

GateCounts priority_encoder(std::int64_t inputs) {
  return {.gates = inputs / 2 * ceil_log2(inputs) + inputs};
}

GateCounts pick_control(std::int64_t lanes, std::int64_t candidates) {
  return {.gates = 4 * lanes * candidates};
}

}  // namespace escalate
