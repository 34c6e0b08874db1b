// Names of enumerators as users write them: one table per enumeration.
//
//   template <>
//   struct EnumNames<View> {
//     static constexpr auto kNames = std::to_array<std::pair<View, std::string_view>>(
//         {{View::kTransaction, "transaction"}, {View::kCycle, "cycle"}});
//   };
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/error.h"

namespace escalate {

template <class Enum>
struct EnumNames;

template <class T>
concept NamedEnum = requires {
  EnumNames<T>::kNames.size();
};

/// The name of an enumerator of the table.
template <NamedEnum Enum>
constexpr std::string_view enum_name(Enum value) {
  for (const auto& [candidate, name] : EnumNames<Enum>::kNames) {
    if (candidate == value) return name;
  }
  throw InternalError("an enumerator has no name in its table");
}

/// All names, in the order of the table.
template <NamedEnum Enum>
std::vector<std::string> enum_names() {
  std::vector<std::string> names;
  for (const auto& entry : EnumNames<Enum>::kNames) names.emplace_back(entry.second);
  return names;
}

inline bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// "a, b or c"
std::string one_of(const std::vector<std::string>& names);

/// The enumerator of that name; a UserError that lists the names otherwise.
template <NamedEnum Enum>
Enum enum_from_name(std::string_view text) {
  for (const auto& [value, name] : EnumNames<Enum>::kNames) {
    if (name == text) return value;
  }
  const std::vector<std::string> names = enum_names<Enum>();
  throw UserError("expected " + one_of(names) + ", got '" + std::string(text) + "'" +
                  did_you_mean(text, names));
}

}  // namespace escalate
