// Damage that leaves bytes of the form that a reader expects.
#pragma once

#include <cstdint>
#include <string>

#include "common/json.h"
#include "common/random.h"

namespace escalate {

/// A whole number that is extreme, small, or near a power of two.
std::int64_t odd_number(Random& random);

/// One value somewhere in the tree is replaced by another, moved, dropped or doubled. Bytes change
/// by 32-bit words as often as singly.
void mutate_json(Json& json, Random& random);

/// One word of a text (a name, a number) is replaced by another of it or by an odd one, or a piece
/// is doubled or cut out.
std::string mutate_text(const std::string& text, Random& random);

/// mutate_text(), one to four times.
std::string mutated_text(const std::string& bytes, std::uint64_t seed);

/// The same of a JSON text, by its tree; bytes that are no JSON are mutated as text.
std::string mutated_json(const std::string& bytes, std::uint64_t seed);

}  // namespace escalate
