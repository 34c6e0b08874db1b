#include "fuzz/mutations.h"

#include <array>
#include <cctype>
#include <limits>
#include <utility>
#include <vector>

#include "common/error.h"
#include "common/visible_text.h"

namespace escalate {
namespace {

constexpr std::size_t kLongest = 1 << 16;  // of a text that grows

std::size_t below(Random& random, std::size_t size) { return std::size_t(random.below(size)); }

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-' ||
         c == '+' || c == '/';
}

// [begin, end) of each word.
std::vector<std::pair<std::size_t, std::size_t>> words_of(const std::string& text) {
  std::vector<std::pair<std::size_t, std::size_t>> words;
  for (std::size_t at = 0; at < text.size();) {
    if (!is_word(text[at])) {
      ++at;
      continue;
    }
    const std::size_t begin = at;
    while (at < text.size() && is_word(text[at])) ++at;
    words.emplace_back(begin, at);
  }
  return words;
}

std::string odd_word(Random& random) {
  static constexpr auto kWords = std::to_array<const char*>({"0",
                                                             "-0",
                                                             "-1",
                                                             "1",
                                                             "2",
                                                             "7",
                                                             "1e308",
                                                             "1e999",
                                                             "-1e308",
                                                             "1e-300",
                                                             "nan",
                                                             "inf",
                                                             "0.5",
                                                             "2147483647",
                                                             "-2147483648",
                                                             "4294967296",
                                                             "9223372036854775807",
                                                             "-9223372036854775808",
                                                             "18446744073709551616",
                                                             "true",
                                                             "false",
                                                             "null",
                                                             "~",
                                                             "",
                                                             "''",
                                                             "[]",
                                                             "{}",
                                                             "[",
                                                             "]",
                                                             "{",
                                                             "}",
                                                             ":",
                                                             ",",
                                                             "&a",
                                                             "*a",
                                                             "<<",
                                                             "|",
                                                             "\"",
                                                             "#",
                                                             "- ",
                                                             "? ",
                                                             "\t",
                                                             "\xff",
                                                             "\xed\xa0\x80"});
  return random.below(3) == 0 ? std::to_string(odd_number(random))
                              : kWords[below(random, kWords.size())];
}

void collect(Json& json, std::vector<Json*>& nodes) {
  nodes.push_back(&json);
  if (!json.is_structured()) return;
  for (Json& child : json) collect(child, nodes);
}

void mutate_bytes(Json::binary_t& bytes, Random& random) {
  if (bytes.empty()) {
    bytes.push_back(std::uint8_t(random.below(256)));
    return;
  }
  const std::size_t at = below(random, bytes.size());
  switch (random.below(6)) {
    case 0:
      bytes[at] = std::uint8_t(random.below(256));
      return;
    case 1:
      bytes[at] = std::uint8_t(bytes[at] ^ 1u << random.below(8));
      return;
    case 2:
      bytes.resize(at);
      return;
    default: {
      const std::size_t word = at / 4 * 4;
      if (word + 4 > bytes.size()) return;
      auto number = std::uint32_t(odd_number(random));
      if (random.below(2) == 0) {  // near what it was
        number = 0;
        for (std::size_t i = 0; i < 4; ++i) number |= std::uint32_t{bytes[word + i]} << (8 * i);
        number += random.below(2) == 0 ? 1u : ~0u;
      }
      for (std::size_t i = 0; i < 4; ++i) bytes[word + i] = std::uint8_t(number >> (8 * i));
    }
  }
}

void mutate_value(Json& json, Random& random, const std::vector<Json*>& others) {
  if (random.below(12) == 0) {
    json = Json(*others[below(random, others.size())]);  // of another place
    return;
  }
  if (random.below(12) == 0) {
    const std::array<Json, 6> kinds = {nullptr, true,   odd_number(random),
                                       0.5,     "text", Json::array()};
    json = kinds[below(random, kinds.size())];
    return;
  }
  if (json.is_boolean()) {
    json = !json.get<bool>();
  } else if (json.is_number_float()) {
    static constexpr auto kReals = std::to_array<double>(
        {0, -1, 1, 1e-300, 1e300, -1e300, 1e18, 0.001, 1e9, std::numeric_limits<double>::max()});
    json = random.below(3) == 0 ? json.get<double>() * 2 : kReals[below(random, kReals.size())];
  } else if (json.is_number()) {
    json = random.below(3) == 0
               ? std::int64_t(json.get<std::uint64_t>() + (random.below(2) == 0 ? 1 : ~0ull))
               : odd_number(random);
  } else if (json.is_string()) {
    json = mutate_text(json.get<std::string>(), random);
    if (!is_utf8(json.get_ref<const std::string&>())) json = "?";
  } else if (json.is_binary()) {
    mutate_bytes(json.get_binary(), random);
  }
}

}  // namespace

std::int64_t odd_number(Random& random) {
  constexpr std::int64_t kOne = 1;
  switch (random.below(4)) {
    case 0:
      return std::int64_t(random.below(10)) - 2;
    case 1: {
      const auto power = kOne << random.below(63);
      return (random.below(2) == 0 ? power : -power) + std::int64_t(random.below(3)) - 1;
    }
    case 2:
      return std::int64_t(random.below(1000));
    default: {
      static constexpr auto kNumbers = std::to_array<std::int64_t>(
          {INT8_MIN, INT8_MAX, INT16_MAX, INT32_MIN, INT32_MAX, INT64_MIN, INT64_MAX,
           std::int64_t{UINT32_MAX}, std::int64_t{UINT32_MAX} + 1, 62, 63, 64, 255, 256});
      return kNumbers[below(random, kNumbers.size())];
    }
  }
}

void mutate_json(Json& json, Random& random) {
  std::vector<Json*> nodes;
  collect(json, nodes);
  Json& node = *nodes[below(random, nodes.size())];
  if (node.is_array() && !node.empty()) {
    const std::size_t at = below(random, node.size());
    switch (random.below(4)) {
      case 0:
        node.erase(at);
        return;
      case 1:
        node.push_back(Json(node[at]));
        return;
      case 2:
        std::swap(node[at], node[below(random, node.size())]);
        return;
      default:
        mutate_value(node[at], random, nodes);
        return;
    }
  }
  if (node.is_object() && !node.empty()) {
    auto member = node.begin();
    std::advance(member, std::ptrdiff_t(below(random, node.size())));
    if (random.below(16) == 0) {
      node.erase(member);
    } else {
      mutate_value(*member, random, nodes);
    }
    return;
  }
  mutate_value(node, random, nodes);
}

std::string mutate_text(const std::string& text, Random& random) {
  const auto words = words_of(text);
  if (words.empty()) return text + odd_word(random);
  const auto [begin, end] = words[below(random, words.size())];
  const auto [from, to] = words[below(random, words.size())];
  switch (random.below(5)) {
    case 0:
      return text.substr(0, begin) + text.substr(from, to - from) + text.substr(end);
    case 1: {  // a piece again
      const std::size_t last = std::max(end, to);
      const std::size_t first = std::min(begin, from);
      if (text.size() > kLongest) return text.substr(0, kLongest / 2);
      return text.substr(0, last) + text.substr(first);
    }
    case 2:
      return begin < from ? text.substr(0, begin) + text.substr(from) : text.substr(0, begin);
    default:
      return text.substr(0, begin) + odd_word(random) + text.substr(end);
  }
}

std::string mutated_text(const std::string& bytes, std::uint64_t seed) {
  Random random(seed);
  std::string text = bytes;
  for (std::uint64_t i = random.below(4) + 1; i > 0; --i) text = mutate_text(text, random);
  return text;
}

std::string mutated_json(const std::string& bytes, std::uint64_t seed) {
  try {
    Json json = parse_json(bytes, "");
    Random random(seed);
    for (std::uint64_t i = random.below(3) + 1; i > 0; --i) mutate_json(json, random);
    return json.dump();
  } catch (const UserError&) {
    return mutated_text(bytes, seed);
  }
}

}  // namespace escalate
