#include "common/visible_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "common/error.h"
#include "common/json.h"
#include "common/progress.h"

namespace escalate {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kNul(1, '\0');

TEST(IsUtf8, TakesWhatUnicodeAllowsAndNothingElse) {
  for (const std::string text :
       {"", "abc", "µ", "\u0800", "\ud7ff", "\uffff", "\U00010000", "\U0010ffff", "a\u00e9b"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  for (const std::string text :
       {"\x80", "\xff", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xc3", "\xe2\x82", "a\xc3(", "\xe2(\xa1"}) {
    EXPECT_FALSE(is_utf8(text)) << visible(text);
  }
  EXPECT_EQ(first_not_utf8("ab\u00e9\xff"), 4u);
  EXPECT_EQ(first_not_utf8("ab"), 2u);
}

// nlohmann-json refuses to write what is not UTF-8: its decoder is not ours.
RC_GTEST_PROP(IsUtf8, AgreesWithAnotherDecoder, ()) {
  const auto bytes = *rc::gen::container<std::string>(
      rc::gen::oneOf(rc::gen::element<char>('a', '\xc3', '\xa9', '\xe2', '\x82', '\xac', '\xf0',
                                            '\x9f', '\x98', '\x80', '\xed', '\xa0', '\xff'),
                     rc::gen::arbitrary<char>()));
  bool is_written = true;
  try {
    static_cast<void>(Json(bytes).dump());
  } catch (const Json::type_error&) {
    is_written = false;
  }
  RC_ASSERT(is_utf8(bytes) == is_written);
}

TEST(Visible, EscapesWhatATerminalObeys) {
  EXPECT_EQ(visible("\x1b[31mred\x1b[0m"), "\\u001b[31mred\\u001b[0m");
  EXPECT_EQ(visible("a\tb\r\n\b\x7f"), "a\\u0009b\\u000d\\u000a\\u0008\\u007f");
  EXPECT_EQ(visible("a" + kNul + "b"), "a\\u0000b");
  EXPECT_EQ(visible("\u009b31m"), "\\u009b31m") << "the same as ESC [ to some";
  EXPECT_EQ(visible("\u202egnp.exe"), "\\u202egnp.exe") << "shown backwards";
  EXPECT_EQ(visible("\xff\xc3"), "\\xff\\xc3");
  EXPECT_EQ(visible("conv1 µ→\\n"), "conv1 µ→\\n");
}

RC_GTEST_PROP(Visible, IsUtf8WithoutControlsAndChangesNothingTwice, (const std::string& text)) {
  const std::string shown = visible(text);
  RC_ASSERT(is_utf8(shown));
  RC_ASSERT(visible(shown) == shown);
  RC_ASSERT(shown.find_first_of(std::string("\n\r\t\x1b\x7f", 5) + kNul) == std::string::npos);
}

TEST(VisibleLines, KeepLinesAndColoursOnly) {
  const std::string text = "\x1b[1mbold\x1b[0m\n\x1b[2Jcleared\x1b]0;title\a\n";
  EXPECT_EQ(visible_lines(text, true),
            "\x1b[1mbold\x1b[0m\n\\u001b[2Jcleared\\u001b]0;title\\u0007\n");
  EXPECT_EQ(visible_lines("\x1b[1mx\n", false), "\\u001b[1mx\n");
}

TEST(UserError, ShowsNoControlCharacterOfWhatItQuotes) {
  const UserError error({"a\x1b[2J.yaml", 3, "k\ney"}, "got '\x1b]0;x\a" + kNul + "'");
  EXPECT_STREQ(error.what(), "a\\u001b[2J.yaml:3: k ey: got '\\u001b]0;x\\u0007\\u0000'");
}

TEST(Progress, ShowsNoControlCharacterOfItsLabel) {
  std::string shown;
  Progress progress("net\x1b[2J", 1, Progress::Style::kLines,
                    {[&](const std::string& text) { shown += text; }, [] { return 0.0; }});
  progress.note("best\x1b[2J");
  progress.update(1);
  EXPECT_THAT(shown, HasSubstr("net\\u001b[2J"));
  EXPECT_THAT(shown, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace escalate
