// Compares structs of counters by name.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "common/fields.h"

namespace escalate {

/// "name: one against other" of the first counter that differs; "" if none does.
template <class Counters>
std::string counter_difference(const Counters& one, const Counters& other) {
  std::vector<std::int64_t> values;
  Counters::fields(one, [&](const FieldDoc&, std::int64_t value) { values.push_back(value); });
  std::string text;
  std::size_t i = 0;
  Counters::fields(other, [&](const FieldDoc& doc, std::int64_t value) {
    if (text.empty() && values[i] != value) {
      text = fmt::format("{}: {} against {}", doc.name, values[i], value);
    }
    ++i;
  });
  return text;
}

}  // namespace escalate
