// Aligned tables for the terminal and for documents, and the formatting of numbers in them.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace escalate {

enum class Align { kLeft, kRight };
enum class Emphasis { kNone, kBold, kDim, kRed, kGreen, kYellow };

/// What text is shown on.
struct Screen {
  // Implicit: colour is what most callers say.
  // NOLINTNEXTLINE(google-explicit-constructor)
  Screen(bool has_colour = false, int columns = 0) : colour(has_colour), width(columns) {}
  bool colour;  ///< takes ANSI escape sequences
  int width;    ///< columns; 0: no limit
};

class Table {
 public:
  struct Column {
    std::string title;
    Align align = Align::kLeft;  ///< numbers: kRight
    std::string unit = "";       ///< shown in the heading as "[unit]"
    /// On a screen that is too narrow, columns of the highest rank are left out first; those of
    /// rank 0 stay.
    int rank = 0;
  };
  struct Cell {
    // Implicit, so that a row can be written as a list of texts.
    // NOLINTNEXTLINE(google-explicit-constructor)
    Cell(std::string cell_text, Emphasis cell_emphasis = Emphasis::kNone)
        : text(std::move(cell_text)), emphasis(cell_emphasis) {}
    Cell(const char* cell_text) : text(cell_text) {}  // NOLINT(google-explicit-constructor)
    std::string text;
    Emphasis emphasis = Emphasis::kNone;
  };

  explicit Table(std::vector<Column> columns);

  /// One cell a column; InternalError otherwise.
  void add_row(std::vector<Cell> cells);
  /// A line across the table, as before a row of totals.
  void add_rule();

  /// Lines for a screen, columns two spaces apart. Where it is too narrow, columns are left out by
  /// rank, of equals the last first, and a last line names them; if that is not enough, the widest
  /// columns of text are folded into several lines.
  std::string text(Screen screen = {}) const;
  /// A GitHub-flavoured Markdown table; rules are left out.
  std::string markdown() const;
  /// Comma-separated values with a heading (RFC 4180); rules are left out.
  std::string csv() const;

 private:
  struct Layout;

  Layout layout_for(int width) const;
  std::string line(const std::vector<Cell>& cells, const Layout& layout, bool colour) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;  ///< an empty row is a rule
};

/// Whether `stream` is a terminal that may be sent colours (NO_COLOR is not set, TERM is not dumb).
bool wants_colour(std::FILE* stream);

/// Columns of the terminal that `stream` is (COLUMNS, or else its size); 0 if it is none or has no
/// size.
int terminal_width(std::FILE* stream);

/// What `stream` is as a screen.
Screen screen_of(std::FILE* stream);

/// 1234567 as "1,234,567".
std::string format_count(std::int64_t count);
/// A rate: from 1,000 on whole with commas, below with three significant digits.
std::string format_rate(double per_second);
/// Three significant digits with an SI prefix: 0.00123, "J" as "1.23 mJ".
std::string format_si(double value, std::string_view unit);
/// 0.1234 as "12.3%".
std::string format_percent(double ratio);
/// 75.2 s as "1:15", an hour and more as "h:mm:ss".
std::string format_duration(double seconds);

}  // namespace escalate
