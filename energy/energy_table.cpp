#include "energy/energy_table.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include "common/atomic_file.h"
#include "common/error.h"
#include "common/yaml_document.h"

namespace escalate {
namespace {

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

constexpr double kMostNumber = 1e15;  // of a table: what is computed of such ones is finite

/// Fills a table from the nodes of a YAML document.
class TableReader {
 public:
  explicit TableReader(EnergyTable& table) : table_(table) {}

  void read(const YAML::Node& root) {
    expect_map(root, "the table");
    check_keys(root, {"technology", "sources", "ERT", "ART"});
    if (root["technology"]) read_technology(root["technology"]);
    if (root["sources"]) read_sources(root["sources"]);
    if (!root["ERT"]) fail(root, "ERT", "is missing: not an energy reference table");
    for (const YAML::Node& entry : tables_of(root["ERT"], "ERT")) read_entry(entry);
    if (!root["ART"]) return;
    for (const YAML::Node& entry : tables_of(root["ART"], "ART")) read_area(entry);
  }

 private:
  [[noreturn]] void fail(const YAML::Node& node, const std::string& key,
                         const std::string& message) const {
    const int line = node.Mark().line;  // -1 where yaml-cpp does not know
    throw UserError({table_.name, line < 0 ? 0 : line + 1, key}, message);
  }
  void expect_map(const YAML::Node& node, const std::string& key) const {
    if (!node.IsMap()) fail(node, key, "expected `key: value` lines");
  }
  void check_keys(const YAML::Node& map, const std::vector<std::string>& known) const {
    std::vector<std::string> seen;
    for (const auto& item : map) {
      if (!item.first.IsScalar()) fail(item.first, "", "expected a name as key");
      const std::string key = item.first.Scalar();
      if (std::find(known.begin(), known.end(), key) == known.end()) {
        fail(item.first, key, "unknown key; expected " + one_of(known) + did_you_mean(key, known));
      }
      if (std::find(seen.begin(), seen.end(), key) != seen.end()) {
        fail(item.first, key, "is given twice");
      }
      seen.push_back(key);
    }
  }

  double number(const YAML::Node& node, const std::string& key) const {
    double value = 0;
    const std::string text = node.IsScalar() ? node.Scalar() : "";
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
      fail(node, key, "expected a number" + (text.empty() ? "" : ", got '" + text + "'"));
    }
    if (value < 0) fail(node, key, "expected 0 or more, got " + text);
    if (value > kMostNumber)
      fail(node, key, fmt::format("expected up to {:g}, got {}", kMostNumber, text));
    return value;
  }
  std::string text(const YAML::Node& map, const std::string& key) const {
    if (!map[key]) fail(map, key, "is missing");
    if (!map[key].IsScalar()) fail(map[key], key, "expected a text");
    return map[key].Scalar();
  }
  std::string source_of(const YAML::Node& map, const std::string& otherwise) const {
    if (!map["source"]) return otherwise;
    const std::string id = text(map, "source");
    const bool known = std::any_of(table_.sources.begin(), table_.sources.end(),
                                   [&](const NumberSource& source) { return source.id == id; });
    if (!known) fail(map["source"], "source", "'" + id + "' is not one of `sources`");
    return id;
  }

  void read_technology(const YAML::Node& node) {
    expect_map(node, "technology");
    check_keys(node, {"node_nm", "temperature_k"});
    if (node["node_nm"]) table_.node_nm = number(node["node_nm"], "node_nm");
    if (node["temperature_k"]) {
      table_.temperature_k = number(node["temperature_k"], "temperature_k");
    }
  }

  void read_sources(const YAML::Node& node) {
    expect_map(node, "sources");
    for (const auto& item : node) {
      const std::string id = item.first.Scalar();
      expect_map(item.second, id);
      check_keys(item.second, {"kind", "text"});
      try {
        const auto kind = enum_from_name<NumberKind>(text(item.second, "kind"));
        table_.sources.push_back({id, kind, text(item.second, "text")});
      } catch (const UserError& error) {
        if (!error.place().file.empty()) throw;
        fail(item.second["kind"], id + ".kind", error.message());
      }
    }
  }

  std::vector<YAML::Node> tables_of(const YAML::Node& node, const std::string& key) const {
    expect_map(node, key);
    check_keys(node, {"version", "tables"});
    const std::string version = text(node, "version");
    if (version != "0.3" && version != "0.4") {
      fail(node["version"], key + ".version", "expected 0.3 or 0.4, got '" + version + "'");
    }
    if (!node["tables"] || !node["tables"].IsSequence()) {
      fail(node, key + ".tables", "expected a list of components");
    }
    return {node["tables"].begin(), node["tables"].end()};
  }

  void read_entry(const YAML::Node& node) {
    expect_map(node, "tables");
    check_keys(node, {"name", "variant", "attributes", "actions", "area_um2", "leakage_mw",
                      "cycle_ns", "source"});
    TableEntry entry;
    entry.name = text(node, "name");
    entry.line.number = node.Mark().line + 1;
    if (node["variant"]) entry.variant = text(node, "variant");
    if (node["attributes"]) {
      expect_map(node["attributes"], entry.name + ".attributes");
      for (const auto& item : node["attributes"]) {
        const std::string key = item.first.Scalar();
        entry.attributes[key] = number(item.second, entry.name + "." + key);
      }
    }
    const std::string source = source_of(node, "");
    read_actions(node, source, entry);
    entry.area_um2 = optional_number(node, entry, "area_um2", source);
    entry.leakage_mw = optional_number(node, entry, "leakage_mw", source);
    entry.cycle_ns = optional_number(node, entry, "cycle_ns", source);
    for (const TableEntry& other : table_.entries) {
      if (other.name == entry.name && other.variant == entry.variant &&
          other.attributes == entry.attributes) {
        fail(node, entry.name, "is given twice");
      }
    }
    table_.entries.push_back(std::move(entry));
  }

  void read_actions(const YAML::Node& node, const std::string& source, TableEntry& entry) {
    if (!node["actions"] || !node["actions"].IsSequence()) {
      fail(node, entry.name + ".actions", "expected a list of actions");
    }
    for (const YAML::Node& action : node["actions"]) {
      expect_map(action, entry.name + ".actions");
      check_keys(action, {"name", "arguments", "energy", "source"});
      const std::string name = text(action, "name");
      const std::string key = entry.name + "." + name;
      if (!action["energy"]) fail(action, key + ".energy", "is missing");
      const TableNumber energy = {number(action["energy"], key + ".energy"),
                                  source_of(action, source)};
      const bool first = !entry.actions.contains(name);
      if (!first && !action["arguments"]) fail(action, key, "is given twice");
      TableNumber& kept = entry.actions[name];
      if (first || energy.value > kept.value) kept = energy;
    }
  }

  /// Either a number or {value, source}.
  std::optional<TableNumber> optional_number(const YAML::Node& node, const TableEntry& entry,
                                             const std::string& key,
                                             const std::string& source) const {
    const YAML::Node value = node[key];
    if (!value) return std::nullopt;
    const std::string name = entry.name + "." + key;
    if (!value.IsMap()) return TableNumber{number(value, name), source};
    check_keys(value, {"value", "source"});
    if (!value["value"]) fail(value, name + ".value", "is missing");
    return TableNumber{number(value["value"], name), source_of(value, source)};
  }

  void read_area(const YAML::Node& node) {
    expect_map(node, "tables");
    check_keys(node, {"name", "area"});
    const std::string name = text(node, "name");
    if (!node["area"]) fail(node, name + ".area", "is missing");
    const TableNumber area = {number(node["area"], name + ".area"), ""};
    for (TableEntry& entry : table_.entries) {
      if (entry.name != name) continue;
      if (entry.area_um2) fail(node, name + ".area", "is given twice");
      entry.area_um2 = area;
      return;
    }
    // A component with an area but without energies, such as a network in Timeloop's tables.
    TableEntry entry;
    entry.name = name;
    entry.line.number = node.Mark().line + 1;
    entry.area_um2 = area;
    table_.entries.push_back(std::move(entry));
  }

  EnergyTable& table_;
};

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + "\"";
}

std::string entry_yaml(const TableEntry& entry) {
  std::string text = "  - name: " + quoted(entry.name) + "\n";
  if (!entry.variant.empty()) text += "    variant: " + quoted(entry.variant) + "\n";
  if (!entry.attributes.empty()) {
    std::string list;
    for (const auto& [key, value] : entry.attributes) {
      list += (list.empty() ? "" : ", ") + fmt::format("{}: {}", key, value);
    }
    text += "    attributes: {" + list + "}\n";
  }
  const auto source = [](const TableNumber& number) {
    return number.source.empty() ? std::string() : ", source: " + number.source;
  };
  text += entry.actions.empty() ? "    actions: []\n" : "    actions:\n";
  for (const auto& [name, energy] : entry.actions) {
    text += fmt::format("    - {{name: {}, energy: {}{}}}\n", name, energy.value, source(energy));
  }
  const auto add = [&](const char* key, const std::optional<TableNumber>& number) {
    if (!number) return;
    text += fmt::format("    {}: {{value: {}{}}}\n", key, number->value, source(*number));
  };
  add("area_um2", entry.area_um2);
  add("leakage_mw", entry.leakage_mw);
  add("cycle_ns", entry.cycle_ns);
  return text;
}

}  // namespace

Table sources_table(const std::vector<NumberSource>& sources) {
  Table table({{"source"}, {"kind"}, {"text"}});
  for (const NumberSource& source : sources) {
    table.add_row({source.id, std::string(enum_name(source.kind)), source.text});
  }
  return table;
}

std::string TableEntry::short_name() const {
  // The dots of a range, as in "pe.buffer[0..7]", separate no places.
  const bool has_range = name.ends_with(']');
  const std::string path = has_range ? name.substr(0, name.rfind('[')) : name;
  return path.substr(path.rfind('.') + 1);
}

bool TableEntry::is_for(std::string_view component) const {
  return lower_case(short_name()) == lower_case(component);
}

EnergyTable EnergyTable::read(const std::string& path) { return parse(read_text_file(path), path); }

EnergyTable EnergyTable::parse(const std::string& text, const std::string& name) {
  EnergyTable table;
  table.name = name;
  try {
    TableReader(table).read(yaml_document(text, name));
  } catch (const YAML::Exception& error) {
    throw UserError({name, error.mark.line + 1, ""}, "malformed YAML: " + error.msg);
  }
  return table;
}

std::vector<const TableEntry*> EnergyTable::points(std::string_view class_name,
                                                   std::string_view variant) const {
  std::vector<const TableEntry*> found;
  for (const TableEntry& entry : entries) {
    if (entry.name == class_name && (variant.empty() || entry.variant == variant)) {
      found.push_back(&entry);
    }
  }
  return found;
}

const TableEntry* EnergyTable::find_component(std::string_view component) const {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const TableEntry& entry) { return entry.is_for(component); });
  return found == entries.end() ? nullptr : &*found;
}

NumberSource EnergyTable::source(std::string_view id) const {
  for (const NumberSource& source : sources) {
    if (source.id == id) return source;
  }
  return {"", NumberKind::kUser, name};
}

std::string EnergyTable::yaml() const {
  std::string text;
  if (node_nm > 0 || temperature_k > 0) {
    text += fmt::format("technology: {{node_nm: {}, temperature_k: {}}}\n", node_nm, temperature_k);
  }
  if (!sources.empty()) text += "sources:\n";
  for (const NumberSource& source : sources) {
    text += fmt::format("  {}: {{kind: {}, text: {}}}\n", source.id, enum_name(source.kind),
                        quoted(source.text));
  }
  text += "ERT:\n  version: '0.4'\n  tables:\n";
  for (const TableEntry& entry : entries) text += entry_yaml(entry);
  return text;
}

}  // namespace escalate
