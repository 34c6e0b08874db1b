// Numbers by name, in the order in which they were first named: counters, energies, shares.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/fields.h"

namespace escalate {

template <class T>
class NamedValues {
 public:
  using Entry = std::pair<std::string, T>;

  NamedValues() = default;
  NamedValues(std::initializer_list<Entry> entries) {
    for (const auto& [name, value] : entries) (*this)[name] = value;
  }

  /// The value of that name; a new name gets T{} and the last place.
  T& operator[](std::string_view name) {
    for (auto& [known, value] : entries_) {
      if (known == name) return value;
    }
    return entries_.emplace_back(std::string(name), T{}).second;
  }
  /// nullptr if there is no such name.
  const T* find(std::string_view name) const {
    for (const auto& [known, value] : entries_) {
      if (known == name) return &value;
    }
    return nullptr;
  }
  /// T{} if there is no such name.
  T value_of(std::string_view name) const {
    const T* value = find(name);
    return value == nullptr ? T{} : *value;
  }
  bool contains(std::string_view name) const { return find(name) != nullptr; }

  /// Adds each value of `other` to the one of its name.
  void add(const NamedValues& other) {
    for (const auto& [name, value] : other) (*this)[name] += value;
  }
  T sum() const {
    T total{};
    for (const auto& entry : entries_) total += entry.second;
    return total;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : entries_) all.push_back(entry.first);
    return all;
  }

  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  bool operator==(const NamedValues&) const = default;

 private:
  std::vector<Entry> entries_;
};

using NamedCounts = NamedValues<std::int64_t>;

/// The counters of a struct with a fields() table, by their names in it.
template <class T>
requires HasFields<T> NamedCounts named_counts(const T& counters) {
  NamedCounts counts;
  for_each_field(counters, [&](const std::string& name, const FieldDoc&, const auto& count) {
    counts[name] = count;
  });
  return counts;
}

}  // namespace escalate
