#include "common/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/visible_text.h"
#include "tests/support/expect_user_error.h"
#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

using testing::HasSubstr;

std::string error_of(std::string_view text) {
  return user_error([&] { parse_json(text, "a.json"); });
}

std::string packed(const Json& json) {
  std::string bytes;
  Json::to_msgpack(json, bytes);
  return bytes;
}

std::string error_of_packed(std::string_view bytes) {
  return user_error([&] { parse_msgpack(bytes, "a.bin"); });
}

std::string nested(int depth) {
  return std::string(std::size_t(depth), '[') + std::string(std::size_t(depth), ']');
}

TEST(Json, ComesBackFromTextAndFromMessagePack) {
  Json json = {{"b", {1, -2, 18446744073709551615u, 0.5, true, nullptr, "\u00e9\U0001f600"}},
               {"a", Json::object()}};
  EXPECT_EQ(parse_json(json.dump(), ""), json);
  EXPECT_EQ(parse_json(json.dump(), "").dump(), json.dump()) << "keys keep their order";
  json["bytes"] = Json::binary({1, 2, 255});
  EXPECT_EQ(parse_msgpack(packed(json), ""), json);
  EXPECT_EQ(parse_json("7", ""), 7);
}

TEST(Json, NamesTheLineOfWhatIsMalformed) {
  EXPECT_EQ(error_of("{\n\"a\": 1,\n}"),
            "a.json:3: expected JSON, but it is malformed or cut off here");
  EXPECT_THAT(error_of(""), HasSubstr("malformed or cut off"));
  EXPECT_THAT(error_of("{} {}"), HasSubstr("malformed or cut off"));
  EXPECT_EQ(error_of_packed("\x81"), "a.bin: is not valid MessagePack");
  EXPECT_EQ(error_of_packed(packed(1) + "x"), "a.bin: is not valid MessagePack");
}

TEST(Json, IsNotNestedDeeperThanItsLimit) {
  EXPECT_EQ(parse_json(nested(kMostJsonDepth), "").dump(), nested(kMostJsonDepth));
  for (const int depth : {kMostJsonDepth + 1, 100'000}) {
    EXPECT_EQ(error_of(nested(depth)), "a.json: lists and objects are nested more than 100 deep");
    // Lists of one element, without their ends.
    EXPECT_EQ(error_of_packed(std::string(std::size_t(depth), '\x91')),
              "a.bin: lists and objects are nested more than 100 deep");
    std::string objects;
    for (int i = 0; i < depth; ++i) objects += "{\"a\":";
    EXPECT_EQ(error_of(objects), "a.json: lists and objects are nested more than 100 deep");
  }
}

TEST(Json, HasNoNumberBeyondADouble) {
  EXPECT_EQ(error_of("{\n\"schema\": 1e999}"),
            "a.json:2: expected a number that a double can hold");
  EXPECT_EQ(error_of("[-1e999]"), "a.json:1: expected a number that a double can hold");
  EXPECT_EQ(parse_json("1e308", ""), 1e308);
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(error_of_packed(packed({{"a", {1, infinity}}})),
            "a.bin: a[1]: expected a number that is finite");
  EXPECT_THAT(error_of_packed(packed(std::nan(""))), HasSubstr("finite"));
}

TEST(Json, HasNoKeyTwice) {
  EXPECT_EQ(error_of(R"({"a": {"b": 1, "c": 2, "b": 1}})"), "a.json: a.b: is given twice");
  EXPECT_EQ(error_of(R"({"a": [0, {"": 1, "": 2}]})"), "a.json: a[1].: is given twice");
  EXPECT_EQ(error_of_packed("\x82\xa1k\x01\xa1k\x02"), "a.bin: k: is given twice");
  EXPECT_EQ(parse_json(R"([{"a": 1}, {"a": 2}])", "").size(), 2u);
}

TEST(Json, IsUtf8) {
  EXPECT_THAT(error_of("[\"\xff\"]"), HasSubstr("malformed"));
  EXPECT_EQ(error_of_packed("\x81\xa4name\xa1\xff"), "a.bin: name: expected a text in UTF-8");
  EXPECT_EQ(error_of_packed("\x81\xa1\xff\x01"), "a.bin: expected keys in UTF-8");
}

TEST(Json, ValuesAreReadOnlyAsWhatTheyAre) {
  EXPECT_EQ(value_from_json<int>(-3), -3);
  EXPECT_EQ(value_from_json<std::uint64_t>(18446744073709551615u), 18446744073709551615u);
  EXPECT_EQ(value_from_json<double>(3), 3.0);
  EXPECT_USER_ERROR(value_from_json<int>(Json(std::int64_t{1} << 32)),
                    "expected a whole number from -2147483648 to 2147483647, got 4294967296");
  EXPECT_USER_ERROR(value_from_json<int>(3.0), HasSubstr("got 3.0"));
  EXPECT_USER_ERROR(value_from_json<int>(true), HasSubstr("got true"));
  EXPECT_USER_ERROR(value_from_json<std::uint64_t>(-1), HasSubstr("got -1"));
  EXPECT_USER_ERROR(value_from_json<bool>(1), "expected true or false, got 1");
  EXPECT_USER_ERROR(value_from_json<std::string>(Json::array()), "expected a text, got a list");
}

struct Inner {
  int a = 0;
  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"a", "", ""}, self.a);
  }
};

struct Outer {
  Inner inner;
  bool b = false;
  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"inner", "", ""}, self.inner);
    visit(FieldDoc{"b", "", ""}, self.b);
  }
};

TEST(Json, FieldsAreReadWithTheirPlaceInErrors) {
  Outer outer;
  fields_from_json(fields_to_json(Outer{{7}, true}), outer);
  EXPECT_EQ(outer.inner.a, 7);
  EXPECT_TRUE(outer.b);
  const auto error_of_fields = [&](const char* text) {
    return user_error([&] { fields_from_json(parse_json(text, ""), outer); });
  };
  EXPECT_EQ(error_of_fields(R"({"inner": {"a": "x"}, "b": true})"),
            R"(inner.a: expected a whole number from -2147483648 to 2147483647, got "x")");
  EXPECT_EQ(error_of_fields(R"({"inner": {}, "b": true})"), "inner.a: is missing");
  EXPECT_EQ(error_of_fields(R"({"inner": 3, "b": true})"), "inner: expected an object, got 3");
  EXPECT_EQ(error_of_fields(R"({"inner": {"a": 1, "c": 2}, "b": true})"),
            "inner: expected 1 members, got 2");
}

TEST(Json, AFileIsNamedWithItsLine) {
  const TemporaryFolder folder;
  const std::string path = folder.write("big.json", "{\"schema\": 1e999}\n");
  EXPECT_USER_ERROR(read_json(path), path + ":1: expected a number that a double can hold");
}

}  // namespace
}  // namespace escalate
