// The one YAML document of a text.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>

namespace escalate {

/// UserError with `name` and line if the text is malformed, or holds a second document, which
/// nobody would read.
YAML::Node yaml_document(const std::string& text, const std::string& name);

/// A mapping's key as a word. UserError if it is none (`[a]: b`).
std::string yaml_key(const YAML::Node& key, const std::string& name);

}  // namespace escalate
