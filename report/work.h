// Which results did the same work, so that the time and energy of one can be divided by another's.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "report/result.h"

namespace escalate {

/// Why two results did not do the same work, in words that name the first difference; nothing if
/// they did. The same work is as many images through the same layers: by name, in any order, and of
/// the same shapes (of the same dense MACs where a result of an older program has no shapes).
std::optional<std::string> unequal_work(const Result& a, const Result& b);

/// What a reader has to know of two results of the same work before dividing one by the other:
/// they were of other networks or values, or their energies were taken from other tables. Empty if
/// there is nothing, or nothing known.
std::vector<std::string> other_terms(const Result& a, const Result& b);

/// In what two results of one kind of accelerator have other machines: "KEY A and B", of up to
/// eight parameters; empty: in none.
std::string other_machine(const Result& a, const Result& b);

/// The network of a result: its name, and its file where that is called something else.
std::string network_title(const Result& result);

/// Results of the same work.
struct Work {
  std::string network;               ///< network_title() of the first
  std::string title;                 ///< the same, with a file where others have that name
  std::vector<std::size_t> results;  ///< in their order; others are compared with the first
};

/// Results by their work, in the order of the first of each. `files` are theirs.
std::vector<Work> works_of(const std::vector<const Result*>& results,
                           const std::vector<std::string>& files);

}  // namespace escalate
