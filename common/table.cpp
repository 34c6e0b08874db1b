#include "common/table.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "common/error.h"

namespace escalate {
namespace {

constexpr std::string_view kGap = "  ";

/// Columns a text takes on a terminal: its code points (combining and double-width ones do not
/// occur in our tables).
std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::string pad(const std::string& text, std::size_t width, Align align) {
  const std::string space(width - std::min(width, display_width(text)), ' ');
  return align == Align::kLeft ? text + space : space + text;
}

std::string with_emphasis(const std::string& text, Emphasis emphasis, bool colour) {
  if (!colour || emphasis == Emphasis::kNone) return text;
  constexpr std::array<int, 6> kCodes = {0, 1, 2, 31, 32, 33};  // in the order of Emphasis
  return fmt::format("\x1b[{}m{}\x1b[0m", kCodes[static_cast<std::size_t>(emphasis)], text);
}

std::string heading(const Table::Column& column) {
  return column.unit.empty() ? column.title : column.title + " [" + column.unit + "]";
}

std::string trimmed(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::add_row(std::vector<Cell> cells) {
  ensure(cells.size() == columns_.size(), "a table row has not one cell a column");
  rows_.push_back(std::move(cells));
}

void Table::add_rule() { rows_.emplace_back(); }

std::string Table::text(bool colour) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    widths.push_back(display_width(heading(columns_[i])));
    for (const auto& row : rows_) {
      if (!row.empty()) widths[i] = std::max(widths[i], display_width(row[i].text));
    }
  }
  std::size_t total = kGap.size() * (widths.empty() ? 0 : widths.size() - 1);
  for (const std::size_t width : widths) total += width;

  const auto line = [&](auto&& cell_of) {
    std::string plain;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const Cell cell = cell_of(i);
      if (i > 0) plain += kGap;
      plain += with_emphasis(pad(cell.text, widths[i], columns_[i].align), cell.emphasis, colour);
    }
    return trimmed(plain) + "\n";
  };
  const std::string rule = std::string(total, '-') + "\n";
  std::string text =
      line([&](std::size_t i) { return Cell(heading(columns_[i]), Emphasis::kBold); });
  text += rule;
  for (const auto& row : rows_) {
    text += row.empty() ? rule : line([&](std::size_t i) { return row[i]; });
  }
  return text;
}

std::string Table::markdown() const {
  // What would end the cell or begin a tag.
  const auto escaped = [](const std::string& cell) {
    std::string text;
    for (const char c : cell) {
      if (c == '|' || c == '<') text += '\\';
      text += c == '\n' || c == '\r' ? ' ' : c;
    }
    return text;
  };
  std::string text = "|";
  for (const Column& column : columns_) text += " " + escaped(heading(column)) + " |";
  text += "\n|";
  for (const Column& column : columns_) text += column.align == Align::kLeft ? "---|" : "---:|";
  text += "\n";
  for (const auto& row : rows_) {
    if (row.empty()) continue;
    text += "|";
    for (const Cell& cell : row) text += " " + escaped(cell.text) + " |";
    text += "\n";
  }
  return text;
}

std::string Table::csv() const {
  std::string text;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    text += (i > 0 ? "," : "") + csv_field(heading(columns_[i]));
  }
  text += "\n";
  for (const auto& row : rows_) {
    if (row.empty()) continue;
    for (std::size_t i = 0; i < row.size(); ++i)
      text += (i > 0 ? "," : "") + csv_field(row[i].text);
    text += "\n";
  }
  return text;
}

bool wants_colour(std::FILE* stream) {
  const char* no_color = std::getenv("NO_COLOR");  // see no-color.org
  const char* term = std::getenv("TERM");
  return (no_color == nullptr || *no_color == '\0') && term != nullptr &&
         std::string_view(term) != "dumb" && ::isatty(::fileno(stream)) == 1;
}

std::string format_count(std::int64_t count) {
  std::string text = std::to_string(count);
  const std::int64_t first_digit = count < 0 ? 1 : 0;
  for (auto at = static_cast<std::int64_t>(text.size()) - 3; at > first_digit; at -= 3) {
    text.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return text;
}

std::string format_si(double value, std::string_view unit) {
  constexpr std::array<std::string_view, 11> kPrefixes = {"f", "p", "n", "u", "m", "",
                                                          "k", "M", "G", "T", "P"};
  constexpr int kNoPrefix = 5;
  if (value == 0 || !std::isfinite(value)) return fmt::format("{} {}", value, unit);
  // Rounded to three digits first: 999.7 is 1.00 k, not 1000.
  const std::string rounded = fmt::format("{:.2e}", value);
  const int exponent = std::stoi(rounded.substr(rounded.find('e') + 1));
  const int group = std::clamp(static_cast<int>(std::floor(exponent / 3.0)), -kNoPrefix,
                               static_cast<int>(kPrefixes.size()) - 1 - kNoPrefix);
  const double scaled = value / std::pow(10.0, 3 * group);
  const int decimals = std::clamp(2 - (exponent - 3 * group), 0, 2);
  return fmt::format("{:.{}f} {}{}", scaled, decimals, kPrefixes.at(group + kNoPrefix), unit);
}

std::string format_percent(double ratio) { return fmt::format("{:.1f}%", ratio * 100); }

std::string format_duration(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace escalate
