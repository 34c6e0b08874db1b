// What the user may have meant by a name that nobody knows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace escalate {

/// At most three of the dotted names `known`, the likeliest first: those whose last part contains
/// the last part of `key` (of its own group first), or else the one spelled most alike. Empty if
/// there is none.
std::vector<std::string> similar_keys(std::string_view key, const std::vector<std::string>& known);

/// At most three of `names`, in their order, that contain `word`, or else the nearest one.
std::vector<std::string> similar_names(std::string_view word,
                                       const std::vector<std::string>& names);

/// All of `names` by edit distance to `word`, the nearest first; of equals in their order.
std::vector<std::string> nearest_first(std::string_view word, std::vector<std::string> names);

/// "; did you mean 'a', 'b' or 'c'?", or "" for none.
std::string did_you_mean_one_of(const std::vector<std::string>& names);

}  // namespace escalate
