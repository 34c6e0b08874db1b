#include "common/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

#include "common/atomic_file.h"
#include "common/suggestions.h"
#include "common/yaml_document.h"

namespace escalate {
namespace {

/// Two spaces for each group that a dotted name lies in.
std::string indent_of(const std::string& name) {
  return std::string(2 * static_cast<std::size_t>(std::count(name.begin(), name.end(), '.')), ' ');
}

}  // namespace

namespace detail {
namespace {

template <class T>
bool parse_whole(std::string_view text, T& value) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

[[noreturn]] void throw_expected(const std::string& expected, std::string_view text) {
  throw UserError("expected " + expected + ", got '" + std::string(text) + "'");
}

/// A multiple of a unit, "KiB" of bytes, and how many of them it is.
struct Multiple {
  std::string_view unit, text;
  double factor;
};
constexpr std::array<Multiple, 14> kMultiples = {{{"bytes", "B", 1},
                                                  {"bytes", "kB", 1e3},
                                                  {"bytes", "MB", 1e6},
                                                  {"bytes", "GB", 1e9},
                                                  {"bytes", "KiB", 1024},
                                                  {"bytes", "MiB", 1024.0 * 1024},
                                                  {"bytes", "GiB", 1024.0 * 1024 * 1024},
                                                  {"MHz", "kHz", 1e-3},
                                                  {"MHz", "MHz", 1},
                                                  {"MHz", "GHz", 1e3},
                                                  {"ns", "ps", 1e-3},
                                                  {"ns", "ns", 1},
                                                  {"ns", "us", 1e3},
                                                  {"ns", "ms", 1e6}}};

}  // namespace

std::string in_unit(std::string_view text, std::string_view unit) {
  const std::size_t end = text.find_last_of("0123456789.");
  const std::size_t letters = text.find_first_not_of(' ', end == text.npos ? 0 : end + 1);
  if (end == text.npos || letters == text.npos) return std::string(text);
  const std::string_view suffix = text.substr(letters);
  std::vector<std::string> known;
  for (const Multiple& multiple : kMultiples) {
    if (multiple.unit != unit) continue;
    known.emplace_back(multiple.text);
    double number = 0;
    if (multiple.text == suffix && parse_whole(text.substr(0, end + 1), number)) {
      return fmt::format("{}", number * multiple.factor);
    }
  }
  if (!known.empty()) {
    throw_expected(fmt::format("a number, of {} or with the unit {}", unit, one_of(known)), text);
  }
  return std::string(text);
}

void parse_value(std::string_view text, bool& value) {
  if (text != "true" && text != "false") throw_expected("true or false", text);
  value = text == "true";
}

void parse_value(std::string_view text, std::int64_t& value) {
  if (!parse_whole(text, value)) throw_expected("a whole number", text);
}

void parse_value(std::string_view text, std::uint64_t& value) {
  if (!parse_whole(text, value)) throw_expected("a whole number of 0 or more", text);
}

void parse_value(std::string_view text, double& value) {
  if (!parse_whole(text, value) || !std::isfinite(value)) throw_expected("a number", text);
}

void parse_value(std::string_view text, std::string& value) { value = text; }

void check_range(const FieldDoc& doc, double value, const std::string& key) {
  if (doc.contains(value)) return;
  throw UserError({"", 0, key}, fmt::format("expected {}, got '{}'", doc.range(), value));
}

void throw_too_wide(std::string_view text, std::int64_t low, std::uint64_t high) {
  throw_expected(std::to_string(low) + " to " + std::to_string(high), text);
}

}  // namespace detail

/// Walks the map of a YAML document and assigns each leaf to the view's field of that name.
class YamlConfigReader {
 public:
  YamlConfigReader(ConfigView& view, std::string file) : view_(view), file_(std::move(file)) {}

  void read_group(const YAML::Node& map, const std::string& prefix) {
    for (const auto& entry : map) {
      const int line = entry.first.Mark().line + 1;
      if (!entry.first.IsScalar()) {
        throw UserError({file_, line, ""}, "expected the name of a parameter as key");
      }
      const std::string name = prefix + entry.first.Scalar();
      const SourcePlace place{file_, line, name};
      if (!seen_.insert(name).second) throw UserError(place, "is given twice");
      read_entry(place, entry.second);
    }
  }

 private:
  void read_entry(const SourcePlace& place, const YAML::Node& value) {
    if (view_.is_group(place.key)) {
      if (!value.IsMap()) throw UserError(place, "expected a group of keys, not a value");
      read_group(value, place.key + ".");
    } else if (view_.find(place.key) == nullptr) {
      view_.throw_unknown(place);
    } else if (!value.IsScalar()) {
      throw UserError(place, value.IsNull() ? "expected a value, got nothing"
                                            : "expected a single value, got a list or a group");
    } else {
      view_.assign(place, value.Scalar());
    }
  }

  ConfigView& view_;
  std::string file_;
  std::set<std::string> seen_;
};

void ConfigView::read_yaml(const std::string& path) { read_yaml_text(read_text_file(path), path); }

void ConfigView::read_yaml_text(const std::string& text, const std::string& name) {
  const YAML::Node root = yaml_document(text, name);
  if (root.IsNull()) return;  // nothing but comments
  if (!root.IsMap()) {
    throw UserError({name, root.Mark().line + 1, ""}, "expected `key: value` lines");
  }
  YamlConfigReader(*this, name).read_group(root, "");
}

void ConfigView::set(std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    throw UserError({"--set", 0, std::string(assignment)}, "expected key=value");
  }
  const SourcePlace place{"--set", 0, std::string(assignment.substr(0, equals))};
  if (is_group(place.key)) throw UserError(place, "expected the key of a value, not of a group");
  if (find(place.key) == nullptr) throw_unknown(place);
  assign(place, std::string(assignment.substr(equals + 1)));
}

SourcePlace ConfigView::place_of(std::string_view key) const {
  const Field* field = find(key);
  if (field == nullptr) {
    const std::string suffix = "." + std::string(key);
    for (const Field& candidate : fields_) {
      if (!candidate.name.ends_with(suffix)) continue;
      if (field != nullptr) return {};
      field = &candidate;
    }
  }
  if (field == nullptr) return {};
  const auto place = places_.find(field->name);
  return place == places_.end() ? SourcePlace{"", 0, field->name} : place->second;
}

std::vector<std::string> ConfigView::names() const {
  std::vector<std::string> names;
  for (const Field& field : fields_) names.push_back(field.name);
  return names;
}

Table ConfigView::reference(const std::function<bool(const std::string&)>& is_shown) const {
  Table table({{"parameter"},
               {"value", Align::kRight},
               {"unit"},
               {"constraint", Align::kLeft, "", 1},
               {"meaning"},
               {"source", Align::kLeft, "", 2}});
  for (const Field& field : fields_) {
    if (is_shown && !is_shown(field.name)) continue;
    const Json value = field.value();
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    table.add_row({field.name,
                   {text, value == field.initial ? Emphasis::kNone : Emphasis::kBold},
                   std::string(field.doc.unit),
                   field.constraint,
                   std::string(field.doc.description),
                   std::string(field.doc.source)});
  }
  return table;
}

std::string ConfigView::yaml() const {
  std::string text;
  std::string open_group;  // with a last dot, like `group` below
  for (const Field& field : fields_) {
    const std::string group = field.name.substr(0, field.name.rfind('.') + 1);
    for (std::size_t dot = group.find('.'); dot != std::string::npos;
         dot = group.find('.', dot + 1)) {
      if (open_group.starts_with(group.substr(0, dot + 1))) continue;
      const std::size_t parent = dot == 0 ? std::string::npos : group.rfind('.', dot - 1);
      text += indent_of(group.substr(0, dot)) + group.substr(parent + 1, dot - parent - 1) + ":\n";
    }
    open_group = group;
    text += indent_of(field.name) + field.name.substr(group.size()) + ": " + field.value().dump();
    text += "  # " + std::string(field.doc.description);
    if (!field.doc.unit.empty()) text += " [" + std::string(field.doc.unit) + "]";
    if (!field.doc.source.empty()) text += "; " + std::string(field.doc.source);
    text += "\n";
  }
  return text;
}

const ConfigView::Field* ConfigView::find(std::string_view name) const {
  const auto found = std::find_if(fields_.begin(), fields_.end(),
                                  [&](const Field& field) { return field.name == name; });
  return found == fields_.end() ? nullptr : &*found;
}

bool ConfigView::is_group(std::string_view name) const {
  const std::string prefix = std::string(name) + ".";
  return std::any_of(fields_.begin(), fields_.end(),
                     [&](const Field& field) { return field.name.starts_with(prefix); });
}

void ConfigView::throw_unknown(const SourcePlace& place) const {
  const std::string group = place.key.substr(0, place.key.rfind('.') + 1);
  std::vector<std::string> known = names();
  std::string of_group;
  for (const Field& field : fields_) {
    for (std::size_t dot = field.name.find('.'); dot != std::string::npos;
         dot = field.name.find('.', dot + 1)) {
      known.push_back(field.name.substr(0, dot));
    }
    if (!group.empty() && field.name.starts_with(group)) {
      of_group += (of_group.empty() ? "; expected one of " : ", ") + field.name;
    }
  }
  const std::vector<std::string> similar = similar_keys(place.key, known);
  throw UserError(place,
                  "unknown key" + (similar.empty() ? of_group : did_you_mean_one_of(similar)));
}

void ConfigView::assign(const SourcePlace& place, const std::string& text) {
  try {
    find(place.key)->assign(text);
  } catch (const UserError& error) {
    throw UserError(place, error.message());
  }
  places_[place.key] = place;
}

}  // namespace escalate
