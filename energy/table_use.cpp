#include "energy/table_use.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "common/edit_distance.h"
#include "common/enum_names.h"
#include "common/error.h"

namespace escalate {
namespace {

using Names = std::vector<std::string>;

constexpr const char* kLeak = "leak";

/// Whether `name` is one of `known` with a slip of the pen: one letter in eight, and at least one.
bool is_slip(const std::string& name, const std::string& known) {
  const std::size_t slips = std::max<std::size_t>(1, known.size() / 8);
  return edit_distance(name, known) <= slips;
}

class Reader {
 public:
  Reader(const EnergyTable& table, const MachineComponents& machine, const CostModel& costs)
      : table_(table), machine_(machine), costs_(costs) {
    for (const Component& component : machine.components) names_.push_back(component.name);
    for (const ActionRule& rule : machine.rules) charged_[rule.component].push_back(rule.action);
  }

  TableUse run() {
    use_.file = table_.name;
    use_.num_components = names_.size();
    for (const TableEntry& entry : table_.entries) read(entry);
    if (use_.taken.empty()) {
      throw UserError({table_.name, 0, "ERT.tables"},
                      "names no component of the machine; expected " + one_of(names_));
    }
    return std::move(use_);
  }

 private:
  [[noreturn]] void fail(const TableEntry& entry, const std::string& key,
                         const std::string& message) const {
    throw UserError({table_.name, entry.line.number, key}, message);
  }

  void read(const TableEntry& entry) {
    const auto found =
        std::find_if(machine_.components.begin(), machine_.components.end(),
                     [&](const Component& component) { return entry.is_for(component.name); });
    if (found == machine_.components.end()) {
      leave_out(entry);
      return;
    }
    if (!is_taken_.emplace(found->name, entry.name).second) {
      fail(entry, entry.name,
           fmt::format("is for '{}', for which '{}' is given already", found->name,
                       is_taken_.at(found->name)));
    }
    use_.taken.push_back(found->name);
    read_actions(entry, *found);
  }

  void leave_out(const TableEntry& entry) {
    const std::string name = entry.short_name();
    const bool is_flat = entry.name.find('.') == std::string::npos;
    const bool is_misspelt =
        std::any_of(names_.begin(), names_.end(),
                    [&](const std::string& known) { return is_slip(name, known); });
    if (is_flat || is_misspelt) {
      const std::string meant = did_you_mean(name, names_);
      fail(entry, entry.name,
           "is no component of the machine; " +
               (meant.empty() ? "expected " + one_of(names_) : meant.substr(2)));
    }
    use_.left_out.push_back(entry.name);
  }

  void read_actions(const TableEntry& entry, const Component& component) {
    if (entry.actions.empty()) return;  // its area alone, say
    const Names& charged = charged_[component.name];
    Names known = costs_.actions_of(component);
    known.emplace_back(kLeak);
    for (const std::string& action : entry.actions.names()) {
      if (contains(known, action)) continue;
      const std::string key = entry.name + "." + action;
      const bool is_misspelt = std::any_of(
          known.begin(), known.end(), [&](const std::string& one) { return is_slip(action, one); });
      const bool is_wanted = std::any_of(charged.begin(), charged.end(), [&](const auto& one) {
        return !entry.actions.contains(one);
      });
      if (is_misspelt || is_wanted) {
        fail(entry, key,
             "is no action of the component; expected " + one_of(known) +
                 did_you_mean(action, known));
      }
      use_.left_out.push_back(key);
    }
    for (const std::string& action : charged) {
      if (entry.actions.contains(action)) continue;
      fail(entry, component.name,
           "the action '" + action + "' is missing, which the machine counts");
    }
  }

  const EnergyTable& table_;
  const MachineComponents& machine_;
  const CostModel& costs_;
  Names names_;
  std::map<std::string, Names> charged_;         ///< actions that rules name, by component
  std::map<std::string, std::string> is_taken_;  ///< by component the entry
  TableUse use_;
};

}  // namespace

std::string TableUse::text() const {
  std::string lines =
      is_complete() ? fmt::format("{}: the numbers of all {} components\n", file, num_components)
                    : fmt::format("{}: the numbers of {} of {} components: {}\n", file,
                                  taken.size(), num_components, fmt::join(taken, ", "));
  if (!left_out.empty()) {
    lines += fmt::format("{}: left out, being nothing that this machine has: {}\n", file,
                         fmt::join(left_out, ", "));
  }
  return lines;
}

TableUse use_of_table(const EnergyTable& table, const MachineComponents& machine,
                      const CostModel& costs) {
  return Reader(table, machine, costs).run();
}

}  // namespace escalate
