#include "interconnect/transaction/bit_gather.h"

namespace escalate {

std::uint64_t gather_bits(std::uint64_t data, std::uint64_t selected, HostSimd set) {
  if (set == HostSimd::kAvx2Pext) return gather_bits_pext(data, selected);
  return GatherControl(selected).gather(data);
}

}  // namespace escalate
