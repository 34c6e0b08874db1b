// What an instruction reads and writes, taken from its operands alone. Synchronisation and
// verification rest on it.
#pragma once

#include <cstdint>
#include <vector>

#include "machine/isa.h"

namespace escalate {

enum class Space {
  kGlobalBuffer,
  kDram,
  kDirectory,
  kCoefficientBank,
  kParameterBank,
  kTableBank,
  kOutputBank
};

/// [begin, end) of a space. In a space of banks these are a bank's number and the next.
struct Access {
  Space space = Space::kGlobalBuffer;
  std::int64_t begin = 0, end = 0;
  bool is_write = false;

  bool conflicts(const Access& other) const {
    return space == other.space && (is_write || other.is_write) && begin < other.end &&
           other.begin < end;
  }
};

std::vector<Access> accesses_of(const Instruction& instruction);

/// Numbers of the first and after the last segment of a box.
struct SegmentRange {
  std::int64_t begin = 0, end = 0;
};
SegmentRange segment_numbers(const SegmentBox& box);

}  // namespace escalate
