// Structs with a fields() table as JSON, and JSON files.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "common/enum_names.h"
#include "common/fields.h"

namespace escalate {

using Json = nlohmann::ordered_json;

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

/// Writes `json`, indented and with a last newline, through an AtomicFile.
void write_json(const std::string& path, const Json& json);

/// Reads a JSON file; a UserError with file and line if it is unreadable or malformed.
Json read_json(const std::string& path);

}  // namespace escalate
