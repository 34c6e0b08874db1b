#include "workloads/yaml_line.h"

#include <fmt/format.h>

#include "common/json.h"

namespace escalate {

YamlLine::YamlLine(const std::string& kind, const std::string& name) {
  add(kind, yaml_quoted(name));
}

YamlLine& YamlLine::add(const std::string& key, const std::string& value) {
  text_ += fmt::format("{}{}: {}", text_.empty() ? "" : ", ", key, value);
  return *this;
}

YamlLine& YamlLine::add(const std::string& key, int value) {
  return add(key, fmt::format("{}", value));
}

YamlLine& YamlLine::add_pair(const std::string& key, int h, int w) {
  return add(key, h == w ? fmt::format("{}", h) : fmt::format("[{}, {}]", h, w));
}

YamlLine& YamlLine::add(const Window& window) {
  add_pair("kernel", window.r, window.s);
  add_pair("stride", window.stride_h, window.stride_w);
  return add("pad", fmt::format("[{}, {}, {}, {}]", window.pad_top, window.pad_left,
                                window.pad_bottom, window.pad_right));
}

std::string yaml_quoted(const std::string& text) { return Json(text).dump(); }

}  // namespace escalate
