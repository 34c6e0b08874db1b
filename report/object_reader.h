// Reads a JSON file member by member, and says file and key of what is missing or of the wrong
// type.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <utility>

#include "common/error.h"
#include "common/json.h"
#include "common/named_values.h"

namespace escalate {

/// Sums and products of so many of either stay within their types.
inline constexpr std::int64_t kMostCount = std::int64_t{1} << 53;
inline constexpr double kMostNumber = 1e60;

/// Reads the members of one JSON object and knows where it stands in the file.
class ObjectReader {
 public:
  ObjectReader(const Json& json, std::string file, std::string key)
      : json_(json), file_(std::move(file)), key_(std::move(key)) {
    if (!json_.is_object()) throw UserError({file_, 0, key_}, "expected an object");
  }

  /// Where a member stands in the file.
  std::string path(const std::string& name) const {
    return key_.empty() ? name : key_ + "." + name;
  }

  bool has(const std::string& name) const { return json_.contains(name); }

  const Json& member(const std::string& name) const {
    if (!has(name)) throw UserError({file_, 0, path(name)}, "is missing");
    return json_.at(name);
  }
  ObjectReader object(const std::string& name) const {
    return ObjectReader(member(name), file_, path(name));
  }

  /// An element of a list of this file, which stands at `key`.
  ObjectReader element(const Json& json, const std::string& key) const {
    return ObjectReader(json, file_, key);
  }

  void read(const std::string& name, std::string& value) const {
    value = text(member(name), path(name));
  }
  void read(const std::string& name, std::int64_t& value) const {
    value = whole(member(name), path(name));
  }
  void read(const std::string& name, double& value) const {
    const Json& json = member(name);
    if (!json.is_number() || !(json.get<double>() >= 0 && json.get<double>() <= kMostNumber)) {
      throw UserError({file_, 0, path(name)},
                      fmt::format("expected a number of 0 to {:g}", kMostNumber));
    }
    value = json.get<double>();
  }
  template <class T>
  void read(const std::string& name, NamedValues<T>& values) const {
    const ObjectReader inner = object(name);
    for (const auto& entry : inner.json_.items()) inner.read(entry.key(), values[entry.key()]);
  }
  template <class T>
  void read_if_there(const std::string& name, T& value) const {
    if (has(name)) read(name, value);
  }

  /// The enumeration's value of that name, which stands at the key `name`.
  template <class Enum>
  Enum named(const std::string& name, const std::string& value) const {
    try {
      return enum_from_name<Enum>(value);
    } catch (const UserError& error) {
      throw UserError({file_, 0, path(name)}, error.message());
    }
  }

  /// Calls visit(element, "key[index]") for each element of a list.
  template <class Visit>
  void each(const std::string& name, Visit&& visit) const {
    const Json& list = member(name);
    if (!list.is_array()) throw UserError({file_, 0, path(name)}, "expected a list");
    std::size_t index = 0;
    for (const Json& element : list) {
      visit(element, path(name) + "[" + std::to_string(index++) + "]");
    }
  }

  std::string text(const Json& json, const std::string& key) const {
    if (!json.is_string()) throw UserError({file_, 0, key}, "expected a text");
    return json.get<std::string>();
  }
  std::int64_t whole(const Json& json, const std::string& key) const {
    // A number too large for 64 bits is parsed as a floating-point one.
    const bool is_whole = json.is_number_integer() && json >= 0 && json <= kMostCount;
    if (!is_whole) {
      throw UserError({file_, 0, key},
                      fmt::format("expected a whole number of 0 to {}", kMostCount));
    }
    return json.get<std::int64_t>();
  }

 private:
  const Json& json_;
  std::string file_;
  std::string key_;
};

}  // namespace escalate
