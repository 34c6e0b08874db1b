// One table per configuration or statistics struct: name, member, unit, meaning, source.
//
// A struct joins by a static member template that shows each of its members once:
//
//   struct RingConfig {
//     int chunks = 64;
//     template <class Self, class Visitor>
//     static void fields(Self& self, Visitor&& visit) {
//       visit(FieldDoc{"chunks", "chunks", "Capacity of the ring input buffer", "assumption", 1},
//       self.chunks);
//     }
//   };
//
// A member that is itself such a struct is a group: its fields are named "group.field", and a
// source that the group states is that of all of them, in place of their own. From this one table
// come YAML reading, `--set`, the echo of the configuration, JSON, the reference page and the
// addition of counters.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace escalate {

/// What is known of one field; `source` names a paper, a standard or "assumption" (statistics: "").
struct FieldDoc {
  std::string_view name;
  std::string_view unit;
  std::string_view description;
  std::string_view source = "";
  double min = -std::numeric_limits<double>::infinity();  ///< smallest valid number
  double max = std::numeric_limits<double>::infinity();   ///< largest valid number
  std::string_view also = "";  ///< what else must hold, in words: "a multiple of 8"

  bool contains(double value) const { return value >= min && value <= max; }
  /// "1 to 1024", "0 or more"; empty: any number.
  std::string range() const;
};

namespace detail {
struct AnyVisitor {
  template <class T>
  void operator()(const FieldDoc&, T&&) const {}
};
}  // namespace detail

template <class T>
concept HasFields = requires(T& object, detail::AnyVisitor visitor) {
  std::remove_const_t<T>::fields(object, visitor);
};

/// Calls visit(full_name, doc, member) for each leaf of `object`, groups flattened as
/// "group.field".
template <class T, class Visit>
requires HasFields<T>
void for_each_field(T& object, Visit&& visit, const std::string& prefix = "") {
  std::remove_const_t<T>::fields(object, [&](const FieldDoc& doc, auto& member) {
    using Member = std::remove_reference_t<decltype(member)>;
    const std::string name = prefix + std::string(doc.name);
    if constexpr (HasFields<Member>) {
      const auto visit_member = [&](const std::string& full_name, FieldDoc of_member, auto& leaf) {
        if (!doc.source.empty()) of_member.source = doc.source;
        visit(full_name, of_member, leaf);
      };
      for_each_field(member, visit_member, name + ".");
    } else {
      visit(name, doc, member);
    }
  });
}

namespace detail {

/// Calls visit(member) for each leaf, in the order of the table and without making up names.
template <class T, class Visit>
void for_each_leaf(T& object, Visit&& visit) {
  std::remove_const_t<T>::fields(object, [&](const FieldDoc&, auto& member) {
    if constexpr (HasFields<std::remove_reference_t<decltype(member)>>) {
      for_each_leaf(member, visit);
    } else {
      visit(member);
    }
  });
}

}  // namespace detail

/// Calls visit(member of `left`, same member of `right`) for each pair of leaves.
template <class T, class Visit>
requires HasFields<T>
void for_each_field_pair(T& left, const std::remove_const_t<T>& right, Visit&& visit) {
  // One type has one table, so both walks show the same members in the same order.
  std::vector<const void*> right_members;
  detail::for_each_leaf(right, [&](const auto& member) { right_members.push_back(&member); });
  std::size_t next = 0;
  detail::for_each_leaf(left, [&](auto& member) {
    using Member = std::remove_cvref_t<decltype(member)>;
    visit(member, *static_cast<const Member*>(right_members[next++]));
  });
}

/// Adds every counter of `other` to `sum`, field by field, groups included.
template <class T>
requires HasFields<T>
void add_fields(T& sum, const T& other) {
  for_each_field_pair(sum, other, [](auto& into, const auto& counter) { into += counter; });
}

/// Whether all fields are equal.
template <class T>
requires HasFields<T>
bool equal_fields(const T& left, const T& right) {
  bool equal = true;
  for_each_field_pair(left, right, [&](const auto& a, const auto& b) { equal = equal && a == b; });
  return equal;
}

}  // namespace escalate
