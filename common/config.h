// Reads any struct with a fields() table from YAML and `--set key=value`, and shows it again.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "common/enum_names.h"
#include "common/error.h"
#include "common/fields.h"
#include "common/json.h"
#include "common/table.h"

namespace escalate {

namespace detail {

/// Parse the whole text as a value; a UserError without a place says what was expected.
void parse_value(std::string_view text, bool& value);
void parse_value(std::string_view text, std::int64_t& value);
void parse_value(std::string_view text, std::uint64_t& value);
void parse_value(std::string_view text, double& value);
void parse_value(std::string_view text, std::string& value);
/// `text` as a number of `unit`: "64KiB" of bytes becomes "65536", "1GHz" of MHz "1000". Texts
/// without a unit, and those of fields whose unit has no multiples, stay as they are.
std::string in_unit(std::string_view text, std::string_view unit);
/// A UserError at `key` unless `value` lies in the range of `doc`.
void check_range(const FieldDoc& doc, double value, const std::string& key = "");
[[noreturn]] void throw_too_wide(std::string_view text, std::int64_t low, std::uint64_t high);

/// What values a field may have: "1 to 1024", "lstp, hp", "true or false"; empty: any.
template <class T>
std::string constraint_of(const FieldDoc& doc) {
  if constexpr (NamedEnum<T>) {
    std::vector<std::string> names;
    for (const auto& entry : EnumNames<T>::kNames) names.emplace_back(entry.second);
    return one_of(names);
  } else if constexpr (std::is_same_v<T, bool>) {
    return "true or false";
  } else {
    return doc.range() + (doc.also.empty() ? "" : "; ") + std::string(doc.also);
  }
}

template <class T>
T parse_as(const FieldDoc& doc, std::string_view text) {
  if constexpr (NamedEnum<T>) {
    return enum_from_name<T>(text);
  } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    using Limits = std::numeric_limits<T>;
    std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t> wide = 0;
    parse_value(in_unit(text, doc.unit), wide);
    if (wide < Limits::min() || wide > Limits::max()) {
      throw_too_wide(text, Limits::min(), Limits::max());
    }
    check_range(doc, static_cast<double>(wide));
    return static_cast<T>(wide);
  } else {
    static_assert(
        std::is_same_v<T, bool> || std::is_same_v<T, double> || std::is_same_v<T, std::string>,
        "a configuration field is a bool, an integer, a double, a string or a NamedEnum");
    T value{};
    if constexpr (std::is_same_v<T, double>) {
      parse_value(in_unit(text, doc.unit), value);
      check_range(doc, value);
    } else {
      parse_value(text, value);
    }
    return value;
  }
}

}  // namespace detail

/// UserError with the key unless every number of `object`, a struct with fields(), lies in the
/// range of its table. Reading checks each value on its way; this is for structs that code has
/// filled.
template <class T>
requires HasFields<T>
void check_ranges(const T& object, const std::string& prefix = "") {
  for_each_field(
      object,
      [](const std::string& name, const FieldDoc& doc, const auto& member) {
        using Member = std::remove_cvref_t<decltype(member)>;
        if constexpr (std::is_arithmetic_v<Member> && !std::is_same_v<Member, bool>) {
          detail::check_range(doc, static_cast<double>(member), name);
        }
      },
      prefix);
}

/// A view of configuration structs by the names of their fields. The structs must outlive it.
class ConfigView {
 public:
  /// One parameter. The texts of `doc` must outlive the view.
  struct Field {
    std::string name;  ///< with its groups: "ca.lanes"
    FieldDoc doc;
    std::string constraint;                          ///< what values it may have, in words
    Json initial;                                    ///< its value when it was added
    std::function<void(const std::string&)> assign;  ///< UserError without a place
    std::function<Json()> value;
  };

  ConfigView() = default;
  template <class T>
  requires HasFields<T>
  explicit ConfigView(T& object) { add(object); }

  /// Adds the fields of `object`, each under `prefix`, which ends with a dot unless it is empty.
  template <class T>
  requires HasFields<T>
  void add(T& object, const std::string& prefix = "") {
    for_each_field(
        object,
        [this](const std::string& name, const FieldDoc& doc, auto& member) {
          add(name, doc, member);
        },
        prefix);
  }
  /// Adds one parameter.
  template <class T>
  void add(const std::string& name, const FieldDoc& doc, T& value) {
    fields_.push_back(
        {name, doc, detail::constraint_of<T>(doc), value_to_json(value),
         [doc, &value](const std::string& text) { value = detail::parse_as<T>(doc, text); },
         [&value] { return value_to_json(value); }});
  }
  const std::vector<Field>& fields() const { return fields_; }

  /// Takes over every key of a YAML file. A UserError names file, line and key of an unknown key
  /// (with the nearest known one), a key given twice, a wrong type or a value out of range.
  void read_yaml(const std::string& path);
  /// The same for YAML text; `name` stands for the file in errors.
  void read_yaml_text(const std::string& text, const std::string& name);

  /// Takes over one `--set` argument, "key=value" with a dotted key.
  void set(std::string_view assignment);

  /// Where the field was last given: file and line, "--set", or an empty place for a default.
  /// `key` may leave out leading groups if one field only is meant.
  SourcePlace place_of(std::string_view key) const;

  /// Full names of all fields in the order of the table.
  std::vector<std::string> names() const;

  /// The reference of the parameters whose names `is_shown` takes: name, value, unit, constraint,
  /// meaning, source. A value that differs from what it was when it was added is emphasised.
  Table reference(const std::function<bool(const std::string&)>& is_shown = nullptr) const;

  /// A YAML file that gives every field its present value, with unit, meaning and source as
  /// comments.
  std::string yaml() const;

 private:
  const Field* find(std::string_view name) const;
  bool is_group(std::string_view name) const;
  [[noreturn]] void throw_unknown(const SourcePlace& place) const;
  void assign(const SourcePlace& place, const std::string& text);

  friend class YamlConfigReader;

  std::vector<Field> fields_;
  std::map<std::string, SourcePlace> places_;
};

/// Calls `config.validate()`; a UserError that names only a key gets the place where that key was
/// given.
template <class T>
void validate_config(const T& config, const ConfigView& view) {
  try {
    config.validate();
  } catch (const UserError& error) {
    if (!error.place().file.empty() || error.place().key.empty()) throw;
    SourcePlace place = view.place_of(error.place().key);
    if (place.key.empty()) place.key = error.place().key;
    throw UserError(place, error.message());
  }
}

/// The struct's defaults, then the YAML file `path` (unless empty), then each "key=value" of
/// `settings` in order; validated.
template <class T>
requires HasFields<T> T load_config(const std::string& path,
                                    const std::vector<std::string>& settings) {
  T config;
  ConfigView view(config);
  if (!path.empty()) view.read_yaml(path);
  for (const std::string& setting : settings) view.set(setting);
  validate_config(config, view);
  return config;
}

}  // namespace escalate
