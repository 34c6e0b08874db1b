// Checked access to a YAML mapping of a workload: every error names file, line and key.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace escalate {

/// Values of a block's parameters where it is used: "$name" stands for the value of "name".
using YamlParameters = std::map<std::string, YAML::Node>;

class YamlMap {
 public:
  /// Throws UserError unless `node` is a mapping with scalar keys, none of them given twice.
  /// `key` names the mapping itself in errors; `parameters` must outlive this object.
  YamlMap(std::string file, const YAML::Node& node, std::string key,
          const YamlParameters* parameters = nullptr);

  /// Throws UserError for a key that is not in `allowed`, with the nearest that is.
  void check_keys(const std::vector<std::string>& allowed) const;
  bool has(std::string_view key) const { return entries_.contains(key); }
  std::vector<std::string> keys() const;
  int line() const { return line_; }

  /// The value with a parameter put in its place; throws UserError if the key is absent.
  YAML::Node value(const std::string& key) const;
  std::string text(const std::string& key) const;
  bool boolean(const std::string& key) const;
  std::int64_t integer(const std::string& key, std::int64_t low, std::int64_t high) const;
  double number(const std::string& key, double low, double high) const;
  /// One integer or a sequence of `1` to `most` of them.
  std::vector<int> integers(const std::string& key, int low, int high, int most) const;
  std::vector<float> numbers(const std::string& key) const;
  /// One text or a sequence of them.
  std::vector<std::string> texts(const std::string& key) const;

  /// UserError at this mapping's `key` (at the mapping itself if it has no such key).
  [[noreturn]] void fail(const std::string& key, const std::string& message) const;

 private:
  YAML::Node resolve(const std::string& key, const YAML::Node& node) const;
  std::string scalar(const std::string& key, const YAML::Node& node,
                     const std::string& expected) const;
  std::int64_t parse_integer(const std::string& key, const YAML::Node& node, std::int64_t low,
                             std::int64_t high) const;
  double parse_number(const std::string& key, const YAML::Node& node, double low,
                      double high) const;

  struct Entry {
    YAML::Node value;
    int line;
  };
  std::string file_, key_;
  int line_;
  const YamlParameters* parameters_;
  std::map<std::string, Entry, std::less<>> entries_;
};

/// The text of a file parsed as one YAML document; throws UserError with the line of the fault.
YAML::Node load_yaml_file(const std::string& path);

/// The same of the text; `name` stands for the file in errors.
YAML::Node parse_yaml_document(const std::string& text, const std::string& name);

}  // namespace escalate
