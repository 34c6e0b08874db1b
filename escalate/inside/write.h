// Documents in files, in the form that the ending of a path says.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace escalate {

/// An ending with its dot, and what makes the text of such a file.
using WrittenForms = std::vector<std::pair<std::string, std::function<std::string()>>>;

/// Writes the form of `path`; the file appears whole or not at all. UserError that lists the
/// endings if it has none of them.
void write_by_ending(const std::string& path, const WrittenForms& forms);

}  // namespace escalate
