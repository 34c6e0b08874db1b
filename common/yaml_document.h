// The one YAML document of a text.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>

namespace escalate {

/// Whether *name may stand for a part that was named before. Where a reader follows parts into
/// parts, a short text with aliases can stand for an endless one.
enum class YamlAliases { kTaken, kRefused };

/// UserError with `name` and line if the text is malformed, or holds a second document, which
/// nobody would read, or an alias that is refused.
YAML::Node yaml_document(const std::string& text, const std::string& name,
                         YamlAliases aliases = YamlAliases::kTaken);

/// A mapping's key as a word. UserError if it is none (`[a]: b`).
std::string yaml_key(const YAML::Node& key, const std::string& name);

}  // namespace escalate
