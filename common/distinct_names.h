// Names for files that are short and tell them apart.
#pragma once

#include <string>
#include <vector>

namespace escalate {

/// Each path's file name without ending. Where two of these are the same, whatever the letter case,
/// the name has as much of the folders, or the ending, as tells them apart ("a/net", "b/net").
/// Paths that are the same get a number.
std::vector<std::string> distinct_names(const std::vector<std::string>& paths);

/// For each name, one that can stand in a file's name: letters, digits, ".", "-" and "_", the first
/// not a dot, never empty, and different whatever the letter case. Names that are so already stay.
std::vector<std::string> names_for_files(const std::vector<std::string>& names);

}  // namespace escalate
