#include "workloads/layers/pool.h"

#include <fmt/format.h>

#include <algorithm>

#include "workloads/layers/window.h"
#include "workloads/onnx/layer_writer.h"
#include "workloads/yaml_layers.h"
#include "workloads/yaml_line.h"

namespace escalate {

Shape Pooling::shape(const Node& node, const std::vector<Shape>& inputs) const {
  return pooled_shape(node, inputs[0]);
}

void Pooling::write_yaml(YamlLine& line, const Node& node) const {
  line.add(node.window);
  if (node.window.ceil_mode) line.add("ceil", "true");
}

void Pooling::read_pool(const YamlMap& map, const std::string& word,
                        const std::vector<std::string>& more, Node& node) {
  std::vector<std::string> keys = {"then", "kernel", "stride", "pad", "ceil"};
  keys.insert(keys.end(), more.begin(), more.end());
  check_layer_keys(map, word, keys);
  Window& window = node.window;
  read_window(map, window);
  if (std::max(window.pad_top, window.pad_bottom) >= window.r ||
      std::max(window.pad_left, window.pad_right) >= window.s) {
    map.fail("pad", fmt::format("padding of a whole {}x{} window or more", window.r, window.s));
  }
  if (!map.has("stride")) {
    window.stride_h = window.r;
    window.stride_w = window.s;
  }
  if (map.has("ceil")) window.ceil_mode = map.boolean("ceil");
}

MadeNode Pooling::write_pool(OnnxLayerWriter& writer, const char* op, int index) {
  const Node& node = writer.node(index);
  MadeNode made = writer.add(op, node, {writer.map_input(node)});
  made.set(node.window);
  if (node.window.ceil_mode) made.set("ceil_mode", std::int64_t{1});  // opset 10
  return made;
}

}  // namespace escalate
