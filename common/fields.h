// One table per configuration or statistics struct: name, member, unit, meaning, source.
//
// A struct joins by a static member template that shows each of its members once:
//
//   struct RingConfig {
//     int chunks = 64;
//     template <class Self, class Visitor>
//     static void fields(Self& self, Visitor&& visit) {
//       visit(FieldDoc{"chunks", "chunks", "Capacity of the ring input buffer", "assumption"}, self.chunks);
//     }
//   };
//
// A member that is itself such a struct is a group: its fields are named "group.field". From this
// one table come YAML reading, `--set`, the echo of the configuration, JSON and the reference page.
#pragma once

#include <concepts>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>

namespace escalate {

/// What is known of one field; `source` names a paper, a standard or "assumption" (statistics: "").
struct FieldDoc {
  std::string_view name;
  std::string_view unit;
  std::string_view description;
  std::string_view source = "";
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

/// Calls visit(full_name, doc, member) for each leaf of `object`, groups flattened as "group.field".
template <class T, class Visit>
  requires HasFields<T>
void for_each_field(T& object, Visit&& visit, const std::string& prefix = "") {
  std::remove_const_t<T>::fields(object, [&](const FieldDoc& doc, auto& member) {
    using Member = std::remove_reference_t<decltype(member)>;
    const std::string name = prefix + std::string(doc.name);
    if constexpr (HasFields<Member>) {
      for_each_field(member, visit, name + ".");
    } else {
      visit(name, doc, member);
    }
  });
}

/// Adds every counter of `other` to `sum`, field by field.
template <class T>
  requires HasFields<T>
void add_fields(T& sum, const T& other) {
  T::fields(sum, [&](const FieldDoc& doc, auto& member) {
    T::fields(other, [&](const FieldDoc& other_doc, const auto& other_member) {
      if (doc.name.data() != other_doc.name.data() && doc.name != other_doc.name) return;
      using Member = std::remove_reference_t<decltype(member)>;
      if constexpr (std::is_same_v<std::remove_const_t<std::remove_reference_t<decltype(other_member)>>,
                                   Member>) {
        if constexpr (HasFields<Member>) {
          add_fields(member, other_member);
        } else {
          member += other_member;
        }
      }
    });
  });
}

}  // namespace escalate
