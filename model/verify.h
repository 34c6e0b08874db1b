// How many of a run's outputs are compared with a dense integer convolution.
#pragma once

#include "common/enum_names.h"

namespace escalate {

enum class Verify { kAll, kSample, kNone };

template <>
struct EnumNames<Verify> {
  static constexpr auto kNames = std::to_array<std::pair<Verify, std::string_view>>(
      {{Verify::kAll, "all"}, {Verify::kSample, "sample"}, {Verify::kNone, "none"}});
};

}  // namespace escalate
