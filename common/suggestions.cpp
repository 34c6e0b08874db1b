#include "common/suggestions.h"

#include <algorithm>
#include <cctype>
#include <tuple>

#include "common/edit_distance.h"
#include "common/error.h"

namespace escalate {
namespace {

constexpr std::size_t kMost = 3;
constexpr std::size_t kShortestWord = 3;  // fewer letters are part of too many names

std::string group_of(const std::string& key) {
  const std::size_t dot = key.rfind('.');
  return dot == std::string::npos ? "" : key.substr(0, dot);
}

std::string last_part(const std::string& key) {
  return key.substr(key.rfind('.') + 1);  // npos + 1 is 0: the whole key
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool has_word(const std::string& text, const std::string& word) {
  return text == word || (word.size() >= kShortestWord && text.find(word) != std::string::npos);
}

std::vector<std::string> containing(const std::string& key, const std::vector<std::string>& known) {
  struct Found {
    bool other_group, other_name, other_beginning;
    std::string name;
  };
  const std::string group = group_of(key);
  const std::string word = last_part(key);
  std::vector<Found> found;
  for (const std::string& candidate : known) {
    const std::string part = last_part(candidate);
    if (!has_word(part, word)) continue;
    found.push_back({!group.empty() && group_of(candidate) != group, part != word,
                     !part.starts_with(word), candidate});
  }
  std::stable_sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
    return std::tuple(a.other_group, a.other_name, a.other_beginning) <
           std::tuple(b.other_group, b.other_name, b.other_beginning);
  });
  std::vector<std::string> names;
  for (const Found& one : found) names.push_back(one.name);
  return names;
}

/// The one of the key's own group, or else of any, whose last part is spelled most alike; or, where
/// there is no such group, that whose whole name is.
std::vector<std::string> spelled_alike(const std::string& key,
                                       const std::vector<std::string>& known) {
  std::vector<std::string> own_group, own_parts, parts;
  for (const std::string& candidate : known) {
    parts.push_back(last_part(candidate));
    if (group_of(candidate) != group_of(key)) continue;
    own_group.push_back(candidate);
    own_parts.push_back(parts.back());
  }
  const std::string word = last_part(key);
  if (const std::string nearest = nearest_word(word, own_parts); !nearest.empty()) {
    return {own_group[std::find(own_parts.begin(), own_parts.end(), nearest) - own_parts.begin()]};
  }
  if (const std::string nearest = nearest_word(word, parts); !nearest.empty()) {
    return {known[std::find(parts.begin(), parts.end(), nearest) - parts.begin()]};
  }
  if (!own_group.empty()) return {};
  const std::string nearest = nearest_word(key, known);
  return nearest.empty() ? std::vector<std::string>{} : std::vector<std::string>{nearest};
}

std::vector<std::string> at_most(std::vector<std::string> names) {
  if (names.size() > kMost) names.resize(kMost);
  return names;
}

}  // namespace

std::vector<std::string> similar_keys(std::string_view key, const std::vector<std::string>& known) {
  const std::string wanted = lower(std::string(key));
  std::vector<std::string> names = containing(wanted, known);
  if (names.empty()) names = spelled_alike(wanted, known);
  return at_most(std::move(names));
}

std::vector<std::string> similar_names(std::string_view word,
                                       const std::vector<std::string>& names) {
  std::vector<std::string> similar;
  for (const std::string& name : names) {
    if (has_word(lower(name), lower(std::string(word)))) similar.push_back(name);
  }
  if (similar.empty()) {
    const std::string nearest = nearest_word(word, names);
    if (!nearest.empty()) similar.push_back(nearest);
  }
  return at_most(std::move(similar));
}

std::vector<std::string> nearest_first(std::string_view word, std::vector<std::string> names) {
  std::stable_sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    return edit_distance(word, a) < edit_distance(word, b);
  });
  return names;
}

std::string did_you_mean_one_of(const std::vector<std::string>& names) {
  if (names.empty()) return "";
  std::string text = "; did you mean ";
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
    text += "'" + names[i] + "'";
  }
  return text + "?";
}

}  // namespace escalate
