#include "workloads/yaml_layers.h"

#include <map>

#include "common/error.h"
#include "workloads/layers/kinds.h"

namespace escalate {
namespace {

const std::map<std::string, const LayerKind*>& kinds_by_word() {
  static const std::map<std::string, const LayerKind*> kKinds = [] {
    std::map<std::string, const LayerKind*> kinds;
    for (const LayerKind* kind : layer_kinds()) {
      for (const std::string& word : kind->yaml_words()) kinds.emplace(word, kind);
    }
    return kinds;
  }();
  return kKinds;
}

}  // namespace

const std::vector<std::string>& plain_layer_words() {
  static const std::vector<std::string> kWords = [] {
    std::vector<std::string> words;
    for (const auto& [word, kind] : kinds_by_word()) {
      if (kind->role() != IntegerRole::kWeighted) words.push_back(word);
    }
    return words;
  }();
  return kWords;
}

const LayerKind& kind_of_word(const std::string& word) { return *kinds_by_word().at(word); }

void check_layer_keys(const YamlMap& map, const std::string& word,
                      const std::vector<std::string>& more) {
  std::vector<std::string> keys = {word, "from", "output"};
  keys.insert(keys.end(), more.begin(), more.end());
  map.check_keys(keys);
}

void check_joined(const YamlMap& map, const Node& node) {
  if (node.inputs.size() < 2) map.fail("from", "expected at least two layers");
}

void set_activation(const YamlMap& map, const std::string& key, Node& node) {
  const std::string word = map.text(key);
  if (set_clamp(word, node)) return;
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
