#include "common/table.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <set>

#include "common/error.h"
#include "common/visible_text.h"

namespace escalate {
namespace {

constexpr std::string_view kGap = "  ";
constexpr std::size_t kNarrowest = 16;  ///< that a column is folded to

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

/// "-12", "+1,234.5", "-3e-5", "-2.5 uJ", "-inf": what a spreadsheet takes for a number, or for
/// text, but for no formula.
bool is_signed_number(std::string_view text) {
  text.remove_prefix(1);
  if (text == "inf" || text == "nan") return true;
  const std::size_t digits = text.find_first_not_of("0123456789.,");
  if (digits == 0) return text.empty();
  if (digits == std::string_view::npos) return true;
  text.remove_prefix(digits);
  if (text[0] == 'e' && text.size() > 2 && (text[1] == '-' || text[1] == '+')) {
    text.remove_prefix(2);
    return text.find_first_not_of("0123456789") == std::string_view::npos;
  }
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == ' ' || c == '%'; });
}

/// Whether a spreadsheet would run the cell as a formula.
bool is_formula(std::string_view text) {
  if (text.empty()) return false;
  if (text[0] == '+' || text[0] == '-') return !is_signed_number(text);
  constexpr std::array<std::string_view, 8> kBegins = {
      "=", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20"};  // the last ones: wide forms
  return std::any_of(kBegins.begin(), kBegins.end(),
                     [&](std::string_view begin) { return text.starts_with(begin); });
}

/// A text that a spreadsheet would run gets an apostrophe before it, as OWASP advises.
std::string csv_field(const std::string& cell) {
  const std::string text = visible(is_formula(cell) ? "'" + cell : cell);
  if (text.find_first_of(",\"") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

/// The first bytes of `text` that take at most `width` columns; at least one character.
std::size_t bytes_within(std::string_view text, std::size_t width) {
  std::size_t bytes = 0;
  std::size_t columns = 0;
  while (bytes < text.size()) {
    std::size_t next = bytes + 1;
    while (next < text.size() && display_width(text.substr(next, 1)) == 0) ++next;
    if (++columns > width && bytes > 0) break;
    bytes = next;
  }
  return bytes;
}

/// `text` in lines of at most `width` columns, broken at spaces where there are any.
std::vector<std::string> folded(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (display_width(text) > width) {
    std::size_t end = bytes_within(text, width);
    const std::size_t space = text.rfind(' ', end);
    if (space != std::string_view::npos && space > 0) end = space;
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(' ', end)));
  }
  if (!text.empty() || lines.empty()) lines.emplace_back(text);
  return lines;
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::add_row(std::vector<Cell> cells) {
  ensure(cells.size() == columns_.size(), "a table row has not one cell a column");
  rows_.push_back(std::move(cells));
}

void Table::add_rule() { rows_.emplace_back(); }

/// What is shown of the columns, and how wide.
struct Table::Layout {
  std::vector<std::size_t> columns;  ///< indices, in order
  std::vector<std::size_t> widths;   ///< width of each column shown
  std::set<std::size_t> left_out;

  std::size_t total() const {
    const std::size_t gaps = kGap.size() * (widths.empty() ? 0 : widths.size() - 1);
    return std::accumulate(widths.begin(), widths.end(), gaps);
  }
};

Table::Layout Table::layout_for(int width) const {
  Layout layout;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    layout.columns.push_back(i);
    layout.widths.push_back(display_width(heading(columns_[i])));
    for (const auto& row : rows_) {
      if (!row.empty()) {
        layout.widths[i] = std::max(layout.widths[i], display_width(row[i].text));
      }
    }
  }
  const auto limit = static_cast<std::size_t>(width);
  const auto rank_of = [&](std::size_t shown) { return columns_[layout.columns[shown]].rank; };
  while (width > 0 && layout.total() > limit) {
    std::size_t worst = 0;
    for (std::size_t i = 0; i < layout.columns.size(); ++i) {
      if (rank_of(i) >= rank_of(worst)) worst = i;
    }
    if (layout.columns.empty() || rank_of(worst) == 0) break;
    layout.left_out.insert(layout.columns[worst]);
    layout.columns.erase(layout.columns.begin() + static_cast<std::ptrdiff_t>(worst));
    layout.widths.erase(layout.widths.begin() + static_cast<std::ptrdiff_t>(worst));
  }
  while (width > 0 && layout.total() > limit) {
    std::size_t* widest = nullptr;
    for (std::size_t i = 0; i < layout.columns.size(); ++i) {
      const bool is_text = columns_[layout.columns[i]].align == Align::kLeft;
      if (!is_text || layout.widths[i] <= kNarrowest) continue;
      if (widest == nullptr || layout.widths[i] > *widest) widest = &layout.widths[i];
    }
    if (widest == nullptr) break;
    *widest = std::max(kNarrowest, *widest - std::min(*widest, layout.total() - limit));
  }
  return layout;
}

std::string Table::line(const std::vector<Cell>& cells, const Layout& layout, bool colour) const {
  std::vector<std::vector<std::string>> parts;
  std::size_t height = 1;
  for (std::size_t i = 0; i < layout.columns.size(); ++i) {
    parts.push_back(folded(cells[layout.columns[i]].text, layout.widths[i]));
    height = std::max(height, parts.back().size());
  }
  std::string text;
  for (std::size_t row = 0; row < height; ++row) {
    std::string plain;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (i > 0) plain += kGap;
      const std::string part = row < parts[i].size() ? parts[i][row] : "";
      const std::size_t column = layout.columns[i];
      plain += with_emphasis(pad(part, layout.widths[i], columns_[column].align),
                             cells[column].emphasis, colour);
    }
    text += trimmed(plain) + "\n";
  }
  return text;
}

std::string Table::text(Screen screen) const {
  Table shown = *this;
  bool is_visible = true;
  const auto show = [&](std::string& text) {
    std::string made = visible(text);
    is_visible = is_visible && made == text;
    text = std::move(made);
  };
  for (Column& column : shown.columns_) show(column.title);
  for (auto& row : shown.rows_) {
    for (Cell& cell : row) show(cell.text);
  }
  if (!is_visible) return shown.text(screen);

  const Layout layout = layout_for(screen.width);
  std::vector<Cell> headings;
  for (const Column& column : columns_) headings.emplace_back(heading(column), Emphasis::kBold);
  const std::string rule = std::string(layout.total(), '-') + "\n";
  std::string text = line(headings, layout, screen.colour) + rule;
  for (const auto& row : rows_) text += row.empty() ? rule : line(row, layout, screen.colour);
  if (layout.left_out.empty()) return text;
  std::string note = "left out for the width of the terminal:";
  for (const std::size_t column : layout.left_out) {
    note += (column == *layout.left_out.begin() ? " " : ", ") + headings[column].text;
  }
  for (const std::string& part : folded(note, static_cast<std::size_t>(screen.width))) {
    text += with_emphasis(part, Emphasis::kDim, screen.colour) + "\n";
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
    return visible(text);
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

int terminal_width(std::FILE* stream) {
  const int file = ::fileno(stream);
  if (::isatty(file) != 1) return 0;
  if (const char* columns = std::getenv("COLUMNS")) {
    const std::string_view text = columns;
    int width = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), width);
    if (error == std::errc{} && end == text.data() + text.size() && width > 0) return width;
  }
  winsize size{};
  return ::ioctl(file, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

Screen screen_of(std::FILE* stream) { return {wants_colour(stream), terminal_width(stream)}; }

std::string format_count(std::int64_t count) {
  std::string text = std::to_string(count);
  const std::int64_t first_digit = count < 0 ? 1 : 0;
  for (auto at = static_cast<std::int64_t>(text.size()) - 3; at > first_digit; at -= 3) {
    text.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return text;
}

std::string format_rate(double per_second) {
  constexpr double kWhole = 999.5;  // from here on three digits have no place behind the point
  return per_second >= kWhole ? format_count(std::llround(per_second))
                              : fmt::format("{:.3g}", per_second);
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
