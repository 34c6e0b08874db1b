#include "workloads/yaml_map.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>

#include "common/atomic_file.h"
#include "common/error.h"
#include "common/yaml_document.h"

namespace escalate {
namespace {

int line_of(const YAML::Node& node) { return node.Mark().line + 1; }

}  // namespace

YamlMap::YamlMap(std::string file, const YAML::Node& node, std::string key,
                 const YamlParameters* parameters)
    : file_(std::move(file)), key_(std::move(key)), line_(line_of(node)), parameters_(parameters) {
  if (!node.IsMap()) throw UserError({file_, line_, key_}, "expected a mapping of keys to values");
  for (const auto& entry : node) {
    if (!entry.first.IsScalar()) {
      throw UserError({file_, line_of(entry.first), key_}, "expected a word as key");
    }
    const std::string word = entry.first.Scalar();
    const int line = line_of(entry.first);
    if (!entries_.emplace(word, Entry{entry.second, line}).second) {
      throw UserError({file_, line, word}, "is given twice");
    }
  }
}

void YamlMap::check_keys(const std::vector<std::string>& allowed) const {
  for (const auto& [word, entry] : entries_) {
    if (std::find(allowed.begin(), allowed.end(), word) != allowed.end()) continue;
    const std::string nearest = nearest_word(word, allowed);
    throw UserError({file_, entry.line, word},
                    nearest.empty()
                        ? fmt::format("unknown key; expected one of {}", fmt::join(allowed, ", "))
                        : fmt::format("unknown key; did you mean '{}'?", nearest));
  }
}

std::vector<std::string> YamlMap::keys() const {
  std::vector<std::string> words;
  for (const auto& [word, entry] : entries_) words.push_back(word);
  return words;
}

void YamlMap::fail(const std::string& key, const std::string& message) const {
  const auto found = entries_.find(key);
  throw UserError({file_, found == entries_.end() ? line_ : found->second.line, key}, message);
}

YAML::Node YamlMap::resolve(const std::string& key, const YAML::Node& node) const {
  if (!node.IsScalar() || !node.Scalar().starts_with('$')) return node;
  const std::string name = node.Scalar().substr(1);
  if (parameters_ == nullptr) {
    fail(key, fmt::format("'${}' is a block's parameter and has no meaning outside a block", name));
  }
  const auto found = parameters_->find(name);
  if (found == parameters_->end()) fail(key, fmt::format("the block has no value for '${}'", name));
  return found->second;
}

YAML::Node YamlMap::value(const std::string& key) const {
  const auto found = entries_.find(key);
  if (found == entries_.end()) fail(key, "is required and missing");
  return resolve(key, found->second.value);
}

std::string YamlMap::scalar(const std::string& key, const YAML::Node& node,
                            const std::string& expected) const {
  if (!node.IsScalar()) fail(key, "expected " + expected);
  return node.Scalar();
}

std::string YamlMap::text(const std::string& key) const {
  std::string word = scalar(key, value(key), "a text");
  if (word.empty()) fail(key, "expected a text that is not empty");
  return word;
}

bool YamlMap::boolean(const std::string& key) const {
  const std::string word = scalar(key, value(key), "true or false");
  if (word != "true" && word != "false")
    fail(key, fmt::format("'{}': expected true or false", word));
  return word == "true";
}

std::int64_t YamlMap::parse_integer(const std::string& key, const YAML::Node& node,
                                    std::int64_t low, std::int64_t high) const {
  const std::string expected = high == std::numeric_limits<std::int64_t>::max()
                                   ? fmt::format("an integer of at least {}", low)
                                   : fmt::format("an integer from {} to {}", low, high);
  const std::string word = scalar(key, resolve(key, node), expected);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size() || number < low || number > high) {
    fail(key, fmt::format("'{}': expected {}", word, expected));
  }
  return number;
}

double YamlMap::parse_number(const std::string& key, const YAML::Node& node, double low,
                             double high) const {
  const std::string expected =
      std::isfinite(low) ? fmt::format("a number from {} to {}", low, high) : "a number";
  const std::string word = scalar(key, resolve(key, node), expected);
  double number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size() || !std::isfinite(number) ||
      number < low || number > high) {
    fail(key, fmt::format("'{}': expected {}", word, expected));
  }
  return number;
}

std::int64_t YamlMap::integer(const std::string& key, std::int64_t low, std::int64_t high) const {
  return parse_integer(key, value(key), low, high);
}

double YamlMap::number(const std::string& key, double low, double high) const {
  return parse_number(key, value(key), low, high);
}

std::vector<int> YamlMap::integers(const std::string& key, int low, int high, int most) const {
  const YAML::Node node = value(key);
  if (!node.IsSequence()) return {static_cast<int>(parse_integer(key, node, low, high))};
  std::vector<int> list;
  for (const auto& item : node)
    list.push_back(static_cast<int>(parse_integer(key, item, low, high)));
  if (list.empty() || static_cast<int>(list.size()) > most) {
    fail(key, fmt::format("expected one integer or a list of up to {}", most));
  }
  return list;
}

std::vector<float> YamlMap::numbers(const std::string& key) const {
  const YAML::Node node = value(key);
  if (!node.IsSequence()) fail(key, "expected a list of numbers");
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::vector<float> list;
  for (const auto& item : node) {
    list.push_back(static_cast<float>(parse_number(key, item, -kInfinity, kInfinity)));
  }
  return list;
}

std::vector<std::string> YamlMap::texts(const std::string& key) const {
  const YAML::Node node = value(key);
  if (!node.IsSequence()) return {text(key)};
  std::vector<std::string> list;
  for (const auto& item : node) list.push_back(scalar(key, resolve(key, item), "a list of words"));
  return list;
}

YAML::Node load_yaml_file(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    throw UserError({path}, "is a folder; expected a YAML workload");
  }
  return parse_yaml_document(read_text_file(path), path);
}

YAML::Node parse_yaml_document(const std::string& text, const std::string& name) {
  return yaml_document(text, name, YamlAliases::kRefused);
}

}  // namespace escalate
