// Structs with a fields() table as JSON, and JSON read from files.
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <type_traits>

#include "common/enum_names.h"
#include "common/fields.h"

namespace escalate {

using Json = nlohmann::ordered_json;

/// How deep lists and objects of what we read may lie in each other.
constexpr int kMostJsonDepth = 100;

/// One value as JSON; an enumeration by its name.
template <class T>
Json value_to_json(const T& value) {
  if constexpr (NamedEnum<T>) {
    return std::string(enum_name(value));
  } else {
    return value;
  }
}

/// The fields in the order of their table, groups as nested objects.
template <class T>
requires HasFields<T> Json fields_to_json(const T& object) {
  Json json = Json::object();
  T::fields(object, [&](const FieldDoc& doc, const auto& member) {
    if constexpr (HasFields<std::remove_reference_t<decltype(member)>>) {
      json[std::string(doc.name)] = fields_to_json(member);
    } else {
      json[std::string(doc.name)] = value_to_json(member);
    }
  });
  return json;
}

namespace detail {

/// Throw a UserError that says what was expected.
void read_value(const Json& json, bool& value);
void read_value(const Json& json, double& value);
void read_value(const Json& json, std::string& value);
/// Any whole number from `low` to `high`, as its 64 bits.
std::uint64_t whole_number(const Json& json, std::int64_t low, std::uint64_t high);
/// The member of that name; a UserError if `json` is no object or has none.
const Json& json_member(const Json& json, std::string_view name);
/// Throws `error` again, its key behind `name`.
[[noreturn]] void throw_at_member(std::string_view name, const UserError& error);
void check_members(const Json& json, std::size_t known);

}  // namespace detail

/// The inverse of value_to_json(): never a number that is cut off or rounded to fit.
template <class T>
T value_from_json(const Json& json) {
  if constexpr (NamedEnum<T>) {
    return enum_from_name<T>(value_from_json<std::string>(json));
  } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    return static_cast<T>(detail::whole_number(json, std::numeric_limits<T>::min(),
                                               std::uint64_t(std::numeric_limits<T>::max())));
  } else if constexpr (std::is_same_v<T, float>) {
    return static_cast<float>(value_from_json<double>(json));
  } else {
    T value{};
    detail::read_value(json, value);
    return value;
  }
}

/// Reads the member `name` of an object by read(member); a UserError names the member as its key.
template <class Read>
auto read_member(const Json& object, std::string_view name, Read&& read) {
  const Json& member = detail::json_member(object, name);
  try {
    return read(member);
  } catch (const UserError& error) {
    detail::throw_at_member(name, error);
  }
}

/// Calls read() for element `index` of a list; a UserError has "[index]" before its key.
template <class Read>
auto read_element(std::size_t index, Read&& read) {
  try {
    return read();
  } catch (const UserError& error) {
    detail::throw_at_member("[" + std::to_string(index) + "]", error);
  }
}

/// The member `name` of an object as a T.
template <class T>
T member_from_json(const Json& object, std::string_view name) {
  return read_member(object, name, [](const Json& json) { return value_from_json<T>(json); });
}

/// The inverse of fields_to_json(): every field must be there, and no other. UserError with the
/// dotted key.
template <class T>
requires HasFields<T>
void fields_from_json(const Json& json, T& object) {
  std::size_t known = 0;
  T::fields(object, [&](const FieldDoc& doc, auto& member) {
    using Member = std::remove_reference_t<decltype(member)>;
    ++known;
    if constexpr (HasFields<Member>) {
      read_member(json, doc.name, [&](const Json& value) { fields_from_json(value, member); });
    } else {
      member = member_from_json<Member>(json, doc.name);
    }
  });
  detail::check_members(json, known);
}

/// Writes `json`, indented and with a last newline, through an AtomicFile.
void write_json(const std::string& path, const Json& json);

/// Reads JSON text; `name` stands for the file in errors. A UserError with file and line (or key)
/// refuses what is malformed, texts that are not UTF-8, numbers that no double holds, keys given
/// twice, and what is nested deeper than kMostJsonDepth.
Json parse_json(std::string_view text, const std::string& name);

/// The same for MessagePack, which has no lines.
Json parse_msgpack(std::string_view bytes, const std::string& name);

/// parse_json() of a file.
Json read_json(const std::string& path);

}  // namespace escalate
