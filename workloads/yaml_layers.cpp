#include "workloads/yaml_layers.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace escalate {
namespace {

using Keys = std::vector<std::string>;

/// The keys that all kinds have, and those of `more`.
void check_keys(const YamlMap& map, const std::string& kind, const Keys& more) {
  Keys keys = {kind, "from", "output"};
  keys.insert(keys.end(), more.begin(), more.end());
  map.check_keys(keys);
}

void set_relu(const std::string& word, Node& node) {
  node.op = word == "relu" ? OpKind::kRelu : OpKind::kClip;
  if (word == "relu6") {
    node.clip_min = 0;
    node.clip_max = 6;
  }
}

void read_pool(const YamlMap& map, const std::string& kind, Node& node) {
  Keys keys = {"then", "kernel", "stride", "pad", "ceil"};
  if (kind == "avgpool") keys.push_back("count_include_pad");
  check_keys(map, kind, keys);
  node.op = kind == "maxpool" ? OpKind::kMaxPool : OpKind::kAvgPool;
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
  if (map.has("count_include_pad")) node.count_include_pad = map.boolean("count_include_pad");
}

void read_channel_pad(const YamlMap& map, const std::string& kind, Node& node) {
  check_keys(map, kind, {"before", "after"});
  node.op = OpKind::kChannelPad;
  const auto channels = [&](const char* key) {
    return map.has(key) ? static_cast<int>(map.integer(key, 0, kMostExtent)) : 0;
  };
  node.pad_before = channels("before");
  node.pad_after = channels("after");
}

/// Two layers, or several that are joined.
void read_combination(const YamlMap& map, const std::string& kind, Node& node) {
  static const std::map<std::string, OpKind> kOps = {{"add", OpKind::kAdd},
                                                     {"multiply", OpKind::kMultiply},
                                                     {"minimum", OpKind::kMinimum},
                                                     {"maximum", OpKind::kMaximum},
                                                     {"concat", OpKind::kConcat}};
  check_keys(map, kind, kind == "add" ? Keys{"then", "factors"} : Keys{"then"});
  node.op = kOps.at(kind);
  if (node.inputs.size() < 2) map.fail("from", "expected at least two layers");
  if (!map.has("factors")) return;
  const std::vector<float> factors = map.numbers("factors");
  if (factors.size() != 2) map.fail("factors", "expected two numbers, one for each layer");
  std::copy(factors.begin(), factors.end(), node.add_factor);
}

void read_function(const YamlMap& map, const std::string& kind, Node& node) {
  check_keys(map, kind, {"is"});
  set_activation(map, "is", node);
}

/// Places along an axis: numbers, begin:end, begin:end:step, and `zero` or zero*N for zeros.
std::vector<int> places_of(const YamlMap& map, const std::string& key) {
  std::vector<int> places;
  const auto number = [&](const std::string& item, const std::string& text) {
    if (text.empty() || text.size() > 7 || text.find_first_not_of("0123456789") != text.npos) {
      map.fail(key, fmt::format("'{}': expected a place, begin:end, begin:end:step or zero", item));
    }
    return std::stoi(text);
  };
  const auto add = [&](int place) {
    if (places.size() >= kMostExtent) map.fail(key, "names too many places");
    places.push_back(place);
  };
  for (const std::string& item : map.texts(key)) {
    const std::size_t colon = item.find(':');
    if (item == "zero") {
      add(Selection::kZero);
    } else if (item.starts_with("zero*")) {
      const int times = number(item, item.substr(5));
      for (int i = 0; i < times; ++i) add(Selection::kZero);
    } else if (colon == item.npos) {
      add(number(item, item));
    } else {
      const std::size_t second = item.find(':', colon + 1);
      const int begin = number(item, item.substr(0, colon));
      const int end = number(item, item.substr(colon + 1, second - colon - 1));
      const int step = second == item.npos ? 1 : number(item, item.substr(second + 1));
      if (step < 1 || begin >= end) map.fail(key, fmt::format("'{}': names no place", item));
      for (int place = begin; place < end; place += step) add(place);
    }
  }
  if (places.empty()) map.fail(key, "names no place");
  return places;
}

void read_selection(const YamlMap& map, const std::string& kind, Node& node) {
  check_keys(map, kind, {"axis", "channels", "rows", "columns"});
  node.op = OpKind::kSelect;
  Selection& selection = node.selection;
  if (map.has("axis")) {
    static const Keys kAxes = {"channels", "rows", "columns"};
    const auto axis = std::find(kAxes.begin(), kAxes.end(), map.text("axis"));
    if (axis == kAxes.end()) map.fail("axis", "expected channels, rows or columns");
    selection.axis = static_cast<int>(axis - kAxes.begin());
  }
  if (map.has("channels")) selection.channels = places_of(map, "channels");
  if (map.has("rows")) selection.rows = places_of(map, "rows");
  if (map.has("columns")) selection.columns = places_of(map, "columns");
}

/// Filled in by finish_resize() once the map is known that it enlarges.
void read_resize(const YamlMap& map, const std::string& kind, Node& node) {
  check_keys(map, kind, {"size"});
  node.op = OpKind::kSelect;
  const std::vector<int> size = map.integers("size", 1, kMostExtent, 2);
  node.selection.rows.assign(static_cast<std::size_t>(size.front()), Selection::kZero);
  node.selection.columns.assign(static_cast<std::size_t>(size.back()), Selection::kZero);
}

void read_unary(const YamlMap& map, const std::string& kind, Node& node) {
  check_keys(map, kind, {});
  if (kind == "global_avgpool") node.op = OpKind::kGlobalAvgPool;
  if (kind == "flatten") node.op = OpKind::kFlatten;
  if (kind == "relu" || kind == "relu6") set_relu(kind, node);
}

using Reader = void (*)(const YamlMap&, const std::string&, Node&);

const std::map<std::string, Reader>& readers() {
  static const std::map<std::string, Reader> all = {{"maxpool", read_pool},
                                                    {"avgpool", read_pool},
                                                    {"global_avgpool", read_unary},
                                                    {"flatten", read_unary},
                                                    {"relu", read_unary},
                                                    {"relu6", read_unary},
                                                    {"channel_pad", read_channel_pad},
                                                    {"add", read_combination},
                                                    {"multiply", read_combination},
                                                    {"minimum", read_combination},
                                                    {"maximum", read_combination},
                                                    {"concat", read_combination},
                                                    {"function", read_function},
                                                    {"select", read_selection},
                                                    {"resize", read_resize}};
  return all;
}

}  // namespace

const std::vector<std::string>& plain_layer_kinds() {
  static const std::vector<std::string> kKinds = [] {
    std::vector<std::string> kinds;
    for (const auto& [kind, reader] : readers()) kinds.push_back(kind);
    return kinds;
  }();
  return kKinds;
}

int most_inputs(const std::string& kind) {
  if (kind == "concat" || kind == "select") return kMostExtent;
  return readers().contains(kind) && readers().at(kind) == read_combination ? 2 : 1;
}

void read_plain_layer(const YamlMap& map, const std::string& kind, Node& node) {
  readers().at(kind)(map, kind, node);
}

void set_activation(const YamlMap& map, const std::string& key, Node& node) {
  const std::string word = map.text(key);
  if (word == "relu" || word == "relu6") return set_relu(word, node);
  node.op = OpKind::kPointwise;
  try {
    node.function = parse_function(word);
  } catch (const UserError& error) {
    map.fail(key, error.message());
  }
}

void read_window(const YamlMap& map, Window& window) {
  const auto pair = [&](const char* key, int low, int& h, int& w) {
    const std::vector<int> list = map.integers(key, low, kMostExtent, 2);
    h = list.front();
    w = list.back();
  };
  pair("kernel", 1, window.r, window.s);
  if (map.has("stride")) pair("stride", 1, window.stride_h, window.stride_w);
  if (!map.has("pad")) return;
  const std::vector<int> pads = map.integers("pad", 0, kMostExtent, 4);
  if (pads.size() == 3) map.fail("pad", "expected p, [h, w] or [top, left, bottom, right]");
  const std::size_t second = pads.size() == 1 ? 0 : 1;
  const std::size_t bottom = pads.size() == 4 ? 2 : 0;
  window.pad_top = pads[0];
  window.pad_left = pads[second];
  window.pad_bottom = pads[bottom];
  window.pad_right = pads[bottom + second];
}

}  // namespace escalate
