// A digest of several texts.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace escalate {

/// SHA-256 of the texts and of where each ends, as hexadecimal digits.
std::string digest_of(std::initializer_list<std::string_view> texts);

/// The first 64 bits of that: against damage.
std::string checksum_of(std::initializer_list<std::string_view> texts);

}  // namespace escalate
