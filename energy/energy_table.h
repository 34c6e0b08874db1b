// Energy, area and leakage of parts of a machine, each number with where it comes from: a YAML file
// in the form of Accelergy's energy and area reference tables (docs/energy.md).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/enum_names.h"
#include "common/named_values.h"
#include "common/table.h"

namespace escalate {

/// How a number came to be.
enum class NumberKind {
  kPublished,   ///< stands in a paper or in published data
  kComputed,    ///< computed from published data, as by CACTI
  kScaled,      ///< published or computed for another node, and carried over by published factors
  kAssumption,  ///< ours
  kUser         ///< from a table that the user gave
};

template <>
struct EnumNames<NumberKind> {
  static constexpr auto kNames = std::to_array<std::pair<NumberKind, std::string_view>>(
      {{NumberKind::kPublished, "published"},
       {NumberKind::kComputed, "computed"},
       {NumberKind::kScaled, "scaled"},
       {NumberKind::kAssumption, "assumption"},
       {NumberKind::kUser, "user"}});
};

/// A source that numbers of a table refer to by `id`.
struct NumberSource {
  std::string id;
  NumberKind kind = NumberKind::kUser;
  std::string text;

  bool operator==(const NumberSource&) const = default;
};

struct TableNumber {
  double value = 0;
  std::string source;  ///< id of a NumberSource

  bool operator==(const TableNumber&) const = default;
};

/// The place of an entry; tables that say the same are equal wherever they say it.
struct TableLine {
  int number = 0;  ///< 0: not known
  bool operator==(const TableLine&) const { return true; }
};

/// One part. In a table of a technology node `name` is a class ("sram", "multiplier") and
/// `attributes` say for which size the numbers hold. In a table that Accelergy made for one machine
/// `name` is a component of it, with its place ("chip.pe[0..7].ring_buffer").
struct TableEntry {
  std::string name;
  std::string variant;                  ///< which of several rival numbers: "lstp", "horowitz"
  NamedValues<double> attributes;       ///< "width" [bits], "depth" [words], ...
  NamedValues<TableNumber> actions;     ///< pJ for one action
  std::optional<TableNumber> area_um2;  ///< area of one instance
  std::optional<TableNumber> leakage_mw;
  std::optional<TableNumber> cycle_ns;  ///< shortest time between two accesses
  TableLine line;

  /// `name` without its place and its instance range: "ring_buffer".
  std::string short_name() const;
  /// Whether that is `component`, whatever the letter case.
  bool is_for(std::string_view component) const;

  bool operator==(const TableEntry&) const = default;
};

/// Id, kind and text of each.
Table sources_table(const std::vector<NumberSource>& sources);

class EnergyTable {
 public:
  /// Reads a table. Of several energies of one action (Accelergy writes one for each
  /// `address_delta` and `data_delta`) the largest is taken: all address and data bits random. A
  /// UserError names file, line and key of what is malformed, unknown, negative or given twice.
  static EnergyTable read(const std::string& path);
  /// The same for a text; `name` stands for the file in errors.
  static EnergyTable parse(const std::string& text, const std::string& name);

  /// The file's name, as in errors.
  std::string name;
  double node_nm = 0;        ///< 0: not said
  double temperature_k = 0;  ///< 0: not said
  std::vector<NumberSource> sources;
  std::vector<TableEntry> entries;

  /// The entries of a class; only of one variant unless `variant` is empty.
  std::vector<const TableEntry*> points(std::string_view name, std::string_view variant = "") const;
  /// The entry whose short name is `component`, letter case ignored; nullptr if there is none.
  const TableEntry* find_component(std::string_view component) const;
  /// The source of that id; one of kind kUser that names the file for numbers without a source.
  NumberSource source(std::string_view id) const;

  /// The table as a file, which parse() reads back.
  std::string yaml() const;

  bool operator==(const EnergyTable&) const = default;
};

}  // namespace escalate
