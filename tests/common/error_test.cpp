#include "common/error.h"

#include <gtest/gtest.h>

#include "common/enum_names.h"

namespace escalate {
namespace {

TEST(UserError, SaysFileLineAndKeyInOneLine) {
  EXPECT_STREQ(UserError({"a.yaml", 3, "ring.chunks"}, "expected\n1").what(),
               "a.yaml:3: ring.chunks: expected 1");
  EXPECT_STREQ(UserError({"a.onnx", 0, ""}, "is cut off").what(), "a.onnx: is cut off");
  EXPECT_STREQ(UserError("no input").what(), "no input");
}

TEST(UserError, KeepsPlaceAndMessageApart) {
  const UserError error({"a.yaml", 3, "k"}, "expected 1");
  EXPECT_EQ(error.message(), "expected 1");
  EXPECT_EQ(error.place().line, 3);
}

TEST(Ensure, ThrowsInternalErrorOnlyWhenTheInvariantIsBroken) {
  EXPECT_NO_THROW(ensure(true, "fine"));
  EXPECT_THROW(ensure(false, "broken"), InternalError);
  EXPECT_NO_THROW(ensure(true, []() -> std::string { throw UserError("was put together"); }));
  EXPECT_THROW(ensure(false, [] { return std::string("broken"); }), InternalError);
}

TEST(NearestWord, IsTheOneWithTheFewestEdits) {
  EXPECT_EQ(nearest_word("slcies", {"blocks", "slices", "rows"}), "slices");
  EXPECT_EQ(nearest_word("row", {"blocks", "slices", "rows"}), "rows");
}

TEST(NearestWord, IsEmptyWhenNothingIsNear) {
  EXPECT_EQ(nearest_word("zzzz", {"blocks", "rows"}), "");
  EXPECT_EQ(did_you_mean("zzzz", {"blocks", "rows"}), "");
  EXPECT_EQ(did_you_mean("rosw", {"blocks", "rows"}), "; did you mean 'rows'?");
}

enum class Colour { kRed, kBlue, kUnnamed };

}  // namespace

template <>
struct EnumNames<Colour> {
  static constexpr auto kNames = std::to_array<std::pair<Colour, std::string_view>>(
      {{Colour::kRed, "red"}, {Colour::kBlue, "blue"}});
};

namespace {

TEST(EnumNames, GoThereAndBack) {
  for (const std::string& name : enum_names<Colour>()) {
    EXPECT_EQ(enum_name(enum_from_name<Colour>(name)), name);
  }
  EXPECT_THROW(enum_name(Colour::kUnnamed), InternalError);
}

TEST(EnumNames, AreListedWhenAnUnknownOneIsGiven) {
  try {
    enum_from_name<Colour>("bleu");
    FAIL() << "accepted";
  } catch (const UserError& error) {
    EXPECT_STREQ(error.what(), "expected red or blue, got 'bleu'; did you mean 'blue'?");
  }
}

}  // namespace
}  // namespace escalate
