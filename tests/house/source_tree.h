// The project's own files, as a clone has them.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include "tests/support/places.h"

namespace escalate {

/// A text file by its path from the root.
using SourceTree = std::map<std::string, std::string>;

/// All files of the project whose name ends in one of `endings` (any file if empty); build output
/// and what lies beside the project is left out. Without git, so that a tarball is checked as well.
inline SourceTree read_source_tree(const std::set<std::string>& endings) {
  namespace fs = std::filesystem;
  const fs::path root = source_folder();
  const std::set<std::string> not_ours = {".git", "build", ".cache", "shared", "__pycache__"};
  SourceTree tree;
  for (auto entry = fs::recursive_directory_iterator(root);
       entry != fs::recursive_directory_iterator(); ++entry) {
    const fs::path relative = entry->path().lexically_relative(root);
    if (not_ours.count(entry->path().filename().string()) > 0) {
      if (entry->is_directory()) entry.disable_recursion_pending();
      continue;
    }
    if (!entry->is_regular_file()) continue;
    if (!endings.empty() && endings.count(entry->path().extension().string()) == 0) continue;
    std::ifstream file(entry->path(), std::ios::binary);
    tree[relative.generic_string()] = {std::istreambuf_iterator<char>(file), {}};
  }
  return tree;
}

}  // namespace escalate
