// How far apart two words are.
#pragma once

#include <cstddef>
#include <string_view>

namespace escalate {

/// The least number of letters to insert, delete or replace that makes `b` of `a` (Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace escalate
