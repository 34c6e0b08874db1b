// Whole numbers that stand for real ones in ONNX files: scale * (number - zero point).
#pragma once

#include <cstdint>
#include <optional>

namespace escalate {

/// The whole numbers that a type holds.
struct IntegerRange {
  std::int64_t low = 0, high = 0;
};

/// Of an ONNX type of at most 16 bits; nothing of others.
std::optional<IntegerRange> integer_range(int type);

/// What the whole numbers of one tensor stand for.
struct OnnxQuantization {
  float scale = 1;
  std::int64_t zero_point = 0;
  bool operator==(const OnnxQuantization&) const = default;
};

}  // namespace escalate
