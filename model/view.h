// The two models of one machine (docs/glossary.md): they agree in every cycle and counter.
#pragma once

#include "common/enum_names.h"

namespace escalate {

enum class View { kTransaction, kCycle };

template <>
struct EnumNames<View> {
  static constexpr auto kNames = std::to_array<std::pair<View, std::string_view>>(
      {{View::kTransaction, "transaction"}, {View::kCycle, "cycle"}});
};

}  // namespace escalate
