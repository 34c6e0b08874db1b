// Tables of comma-separated values (RFC 4180) with a heading.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace escalate {

struct CsvTable {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  ///< of as many cells as there are columns
};

/// UserError with `name` and line if there is no heading, a column has the name of another, a row
/// has another number of cells, or a quote stands where none may or is never closed.
CsvTable csv_table(const std::string& text, const std::string& name);

}  // namespace escalate
