#include "machine/concentrator_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace escalate {
namespace {

constexpr std::string_view kForms =
    "a concentrator pattern: \"L<3,2>\", \"T<2,5>\" or a list \"(1,0),(2,0),(1,-1)\"";

[[noreturn]] void fail(std::string_view text, const SourcePlace& place, std::string_view why) {
  throw UserError(place, fmt::format("\"{}\": {}; expected {}", text, why, kForms));
}

// Reads the tokens of a pattern off the front of a text; blanks between tokens are skipped.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) { skip_blanks(); }

  bool at_end() const { return rest_.empty(); }

  bool take(char token) {
    if (rest_.empty() || rest_.front() != token) return false;
    rest_.remove_prefix(1);
    skip_blanks();
    return true;
  }

  bool take(int& number) {
    if (!rest_.empty() && rest_.front() == '+') rest_.remove_prefix(1);
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
    if (error != std::errc{}) return false;
    rest_.remove_prefix(std::size_t(end - rest_.data()));
    skip_blanks();
    return true;
  }

  // "<open>a,b<close>"
  bool take_pair(char open, int& a, int& b, char close) {
    return take(open) && take(a) && take(',') && take(b) && take(close);
  }

 private:
  void skip_blanks() {
    while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
  }

  std::string_view rest_;
};

}  // namespace

void ConcentratorPattern::add(SlotOffset offset, const SourcePlace& place) {
  const auto refuse = [&](std::string_view why) {
    fail(fmt::format("({},{})", offset.row, offset.lane), place, why);
  };
  if (offset.row < 1 || offset.row > kMaxLookAhead) {
    refuse(fmt::format("the row must be 1 to {}", kMaxLookAhead));
  }
  if (offset.lane <= -kMaxLanes || offset.lane >= kMaxLanes) {
    refuse(fmt::format("the lane must be within {} of 0", kMaxLanes - 1));
  }
  const auto given = offsets();
  if (std::find(given.begin(), given.end(), offset) != given.end()) {
    refuse("the offset is given twice");
  }
  if (size_ == kMaxOffsets) {
    refuse(fmt::format("there are more than {} offsets", kMaxOffsets));
  }
  offsets_[size_++] = offset;
  look_ahead_ = std::max(look_ahead_, offset.row);
}

ConcentratorPattern ConcentratorPattern::parse(std::string_view text, const SourcePlace& place) {
  ConcentratorPattern pattern;
  Cursor cursor(text);
  int rows = 0;
  int lanes = 0;
  if (cursor.take('L')) {
    if (!cursor.take_pair('<', rows, lanes, '>')) fail(text, place, "not of the form L<h,d>");
    if (rows < 0 || rows > kMaxLookAhead) {
      fail(text, place, fmt::format("the look-ahead must be 0 to {}", kMaxLookAhead));
    }
    if (lanes < 0 || lanes >= kMaxLanes || lanes + rows > kMaxOffsets) {
      fail(text, place, fmt::format("the look-aside must be 0 to {}", kMaxLanes - 1 - rows));
    }
    if (rows == 0 && lanes > 0) fail(text, place, "look-aside needs a look-ahead of at least 1");
    for (int row = 1; row <= rows; ++row) pattern.add({row, 0}, place);
    for (int lane = 1; lane <= lanes; ++lane) pattern.add({1, -lane}, place);
  } else if (cursor.take('T')) {
    if (!cursor.take_pair('<', rows, lanes, '>') || rows != 2 || lanes != 5) {
      fail(text, place, "the only pattern of this kind is T<2,5>");
    }
    for (const SlotOffset offset :
         {SlotOffset{1, 0}, {2, 0}, {1, 1}, {1, -1}, {2, 2}, {2, -2}, {1, 3}}) {
      pattern.add(offset, place);
    }
  } else {
    do {
      SlotOffset offset;
      if (!cursor.take_pair('(', offset.row, offset.lane, ')')) fail(text, place, "cannot be read");
      pattern.add(offset, place);
    } while (cursor.take(','));
  }
  if (!cursor.at_end()) fail(text, place, "cannot be read to its end");
  return pattern;
}

std::string ConcentratorPattern::to_string() const {
  if (size_ == 0) return "L<0,0>";
  std::string text;
  for (const SlotOffset& offset : offsets()) {
    text += fmt::format("{}({},{})", text.empty() ? "" : ",", offset.row, offset.lane);
  }
  return text;
}

}  // namespace escalate
