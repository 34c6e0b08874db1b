#include "common/csv_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"

namespace escalate {
namespace {

class CsvReader {
 public:
  CsvReader(const std::string& text, const std::string& name) : text_(text), name_(name) {}

  CsvTable read() {
    CsvTable table;
    if (text_.empty()) fail("expected a heading");
    table.columns = row();
    for (auto column = table.columns.begin(); column != table.columns.end(); ++column) {
      if (std::find(table.columns.begin(), column, *column) != column) {
        fail(fmt::format("two columns are called '{}'", *column));
      }
    }
    while (at_ < text_.size()) {
      ++line_;
      table.rows.push_back(row());
      if (table.rows.back().size() != table.columns.size()) {
        fail(fmt::format("expected {} cells, got {}", table.columns.size(),
                         table.rows.back().size()));
      }
    }
    return table;
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw UserError({name_, line_, ""}, message);
  }

  std::vector<std::string> row() {
    std::vector<std::string> cells;
    do {
      cells.push_back(at_ < text_.size() && text_[at_] == '"' ? quoted() : bare());
    } while (takes(","));
    if (at_ < text_.size() && !takes("\r\n") && !takes("\n")) {
      fail("expected a comma or the end of the line behind a quote");
    }
    return cells;
  }

  bool takes(std::string_view what) {
    if (text_.compare(at_, what.size(), what) != 0) return false;
    at_ += what.size();
    return true;
  }

  std::string bare() {
    const std::size_t end = std::min(text_.find_first_of(",\r\n\"", at_), text_.size());
    std::string cell = text_.substr(at_, end - at_);
    at_ = end;
    if (at_ < text_.size() && (text_[at_] == '"' || (text_[at_] == '\r' && !is_line_end()))) {
      fail("a cell with a quote or a line's end in it has to be quoted");
    }
    return cell;
  }

  bool is_line_end() const { return text_.compare(at_, 2, "\r\n") == 0; }

  std::string quoted() {
    std::string cell;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] == '"') {
        ++at_;
        if (at_ >= text_.size() || text_[at_] != '"') return cell;
      }
      cell += text_[at_];
    }
    fail("a quote is never closed");
  }

  const std::string& text_;
  const std::string& name_;
  std::size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

CsvTable csv_table(const std::string& text, const std::string& name) {
  return CsvReader(text, name).read();
}

}  // namespace escalate
