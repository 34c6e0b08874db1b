// The accelerator that networks are compiled for, with the tables its energy and area are made
// from.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "escalate/export.h"

namespace esc {

/// One parameter of a machine.
struct Parameter {
  std::string name;  ///< with its groups: "ca.lanes"
  std::string unit;  ///< empty: a number without unit, a name or a truth value
  std::string meaning;
  std::string source;  ///< where the default comes from: a paper, a standard or "assumption"
  std::string range;   ///< "1 to 1024"; empty: any value of its kind
  std::string value;   ///< as to_yaml() writes it
};

/// A value: copies are machines of their own.
class ESCALATE_API Machine {
 public:
  /// The default configuration (docs/configuration.md).
  Machine();
  /// The defaults, changed by a YAML file such as those of configs/. Error with file, line and key
  /// for an unknown key (and the nearest known one), a wrong type or a value out of range.
  static Machine from_yaml(const std::string& path);
  /// The same from YAML text; `name` stands for the file in errors.
  static Machine from_yaml_text(const std::string& text, const std::string& name = "machine");

  /// Sets one parameter: set("ca.lanes", "8"). Leading groups may be left out where one parameter
  /// alone is meant. Error with the key unless it is known and the value in range; what values ask
  /// of each other is checked when the machine is used, so that several can be set in any order.
  Machine& set(const std::string& key, const std::string& value);
  /// Error with the key if there is no such parameter.
  std::string get(const std::string& key) const;

  /// Error with the key and the constraint if the values do not fit together.
  void validate() const;

  /// A file that from_yaml() reads: every parameter, with unit, meaning and source as comments.
  std::string to_yaml() const;
  /// Every parameter in the order of the reference.
  std::vector<Parameter> describe() const;

  /// In mm2 at the node `energy.node_nm`; Error for sizes that the tables do not cover.
  double area_mm2() const;
  /// The same by unit: "line_buffers", "multipliers", ...
  std::map<std::string, double> area_by_unit_mm2() const;
  /// Multipliers of all PE blocks.
  long long multipliers() const;

  struct Impl;  ///< known to the library alone

 private:
  friend struct Access;
  explicit Machine(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace esc
