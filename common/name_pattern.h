// Patterns of names as a user gives them: * stands for any text, ? for one character.
#pragma once

#include <string>
#include <vector>

namespace escalate {

bool matches(const std::string& name, const std::string& pattern);

/// Whether one of the patterns matches; true if there are none.
bool matches_any(const std::string& name, const std::vector<std::string>& patterns);

}  // namespace escalate
