#include "energy/node_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/enum_names.h"
#include "common/error.h"
#include "energy/energy_config.h"

namespace escalate {
namespace {

using Names = std::vector<std::string>;

/// What entries of one class have; without `variants` there is one entry, without a variant.
struct PartClass {
  std::string name;
  Names variants, attributes, actions;
};

const std::vector<PartClass>& classes() {
  static const std::vector<PartClass> kClasses = {
      {"adder", enum_names<Arithmetic>(), {"width"}, {"add"}},
      {"multiplier", enum_names<Arithmetic>(), {"width_a", "width_b"}, {"multiply"}},
      {"register_bit", {}, {}, {"access"}},
      {"mux2", {}, {}, {"operate"}},
      {"gate", {}, {}, {"operate"}},
      {"full_adder", enum_names<Arithmetic>(), {}, {"add"}},
      {"wire_bit_mm", {}, {}, {"transfer"}},
      {"dram_bit", enum_names<DramType>(), {}, {"transfer"}},
      {"dram_device",
       enum_names<DramType>(),
       {"page_bytes", "bytes_per_ns"},
       {"activate", "read", "write", "refresh", "standby", "open"}},
      {"dram_interface", enum_names<DramType>(), {}, {"read", "write"}},
      {"sram", enum_names<SramDevices>(), {"width", "depth"}, {"read", "write"}},
  };
  return kClasses;
}

const PartClass* find_class(const std::string& name) {
  const auto found = std::find_if(classes().begin(), classes().end(),
                                  [&](const PartClass& one) { return one.name == name; });
  return found == classes().end() ? nullptr : &*found;
}

/// Holds one entry against its class.
class EntryCheck {
 public:
  EntryCheck(const EnergyTable& table, const TableEntry& entry) : table_(table), entry_(entry) {}

  void run() const {
    Names known;
    for (const PartClass& one : classes()) known.push_back(one.name);
    const PartClass* its_class = find_class(entry_.name);
    if (its_class == nullptr) {
      fail("the tables of a node have no such class of parts; expected " + one_of(known) +
           did_you_mean(entry_.name, known));
    }
    if (entry_.variant.empty() != its_class->variants.empty() ||
        (!entry_.variant.empty() && !contains(its_class->variants, entry_.variant))) {
      fail("has no variant '" + entry_.variant + "'" + expected(its_class->variants) +
           did_you_mean(entry_.variant, its_class->variants));
    }
    check_names("attribute", entry_.attributes.names(), its_class->attributes);
    check_names("action", entry_.actions.names(), its_class->actions);
  }

 private:
  static std::string expected(const Names& names) {
    return "; expected " + (names.empty() ? std::string("none") : one_of(names));
  }
  [[noreturn]] void fail(const std::string& message) const {
    throw UserError({table_.name, entry_.line.number, entry_.name}, message);
  }
  void check_names(const char* what, const Names& given, const Names& known) const {
    for (const std::string& name : given) {
      if (contains(known, name)) continue;
      fail(fmt::format("unknown {} '{}'{}{}", what, name, expected(known),
                       did_you_mean(name, known)));
    }
    for (const std::string& name : known) {
      if (!contains(given, name)) fail(fmt::format("the {} '{}' is missing", what, name));
    }
  }

  const EnergyTable& table_;
  const TableEntry& entry_;
};

}  // namespace

bool is_node_table(const EnergyTable& table) {
  return std::any_of(table.entries.begin(), table.entries.end(),
                     [](const TableEntry& entry) { return find_class(entry.name) != nullptr; });
}

void check_node_table(const EnergyTable& table) {
  for (const TableEntry& entry : table.entries) EntryCheck(table, entry).run();
}

}  // namespace escalate
