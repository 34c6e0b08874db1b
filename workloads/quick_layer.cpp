#include "workloads/quick_layer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>

#include "common/error.h"

namespace escalate {
namespace {

const std::vector<std::string> kKeys = {"C",
                                        "K",
                                        "H",
                                        "W",
                                        "R",
                                        "S",
                                        "stride",
                                        "pad",
                                        "groups",
                                        "terms",
                                        "M",
                                        "density",
                                        "coefficient_density",
                                        "weight_density",
                                        "weight_pattern",
                                        "activation_density",
                                        "form",
                                        "seed"};

[[noreturn]] void fail(const std::string& key, const std::string& message) {
  throw UserError({"--layer", 0, key}, message);
}

class Settings {
 public:
  explicit Settings(const std::string& text) {
    std::istringstream in(text);
    for (std::string part; std::getline(in, part, ',');) {
      const std::size_t equals = part.find('=');
      const std::string key = part.substr(0, equals);
      if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end()) {
        const std::string nearest = nearest_word(key, kKeys);
        fail(key, nearest.empty()
                      ? fmt::format("unknown key; expected one of {}", fmt::join(kKeys, ", "))
                      : fmt::format("unknown key; did you mean '{}'?", nearest));
      }
      if (equals == std::string::npos) fail(key, "expected KEY=VALUE");
      if (!values_.emplace(key, part.substr(equals + 1)).second) fail(key, "is given twice");
    }
  }

  bool has(const std::string& key) const { return values_.contains(key); }
  const std::string& text(const std::string& key) const { return values_.at(key); }

  int integer(const std::string& key, int low, int otherwise) const {
    return has(key) ? integer(key, low) : otherwise;
  }
  int integer(const std::string& key, int low) const {
    constexpr int kMost = 1 << 20;
    if (!has(key)) fail(key, "is required and missing");
    const int value = parse<int>(key, fmt::format("an integer from {} to {}", low, kMost));
    if (value < low || value > kMost) {
      fail(key, fmt::format("'{}': expected an integer from {} to {}", text(key), low, kMost));
    }
    return value;
  }
  double density(const std::string& key, double otherwise) const {
    if (!has(key)) return otherwise;
    const double value = parse<double>(key, "a number from 0 to 1");
    if (!(value >= 0 && value <= 1)) {
      fail(key, fmt::format("'{}': expected a number from 0 to 1", text(key)));
    }
    return value;
  }
  std::uint64_t seed() const {
    return has("seed") ? parse<std::uint64_t>("seed", "an integer of at least 0") : 1;
  }

 private:
  template <class Number>
  Number parse(const std::string& key, const std::string& expected) const {
    const std::string& word = text(key);
    Number value{};
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size()) {
      fail(key, fmt::format("'{}': expected {}", word, expected));
    }
    return value;
  }

  std::map<std::string, std::string> values_;
};

LayerForm form_of(const Settings& settings, int channels, int groups) {
  if (!settings.has("form")) {
    return groups > 1 && groups == channels ? LayerForm::kDirect : LayerForm::kDecomposed;
  }
  const std::string& word = settings.text("form");
  if (word == "decomposed") return LayerForm::kDecomposed;
  if (word == "direct") return LayerForm::kDirect;
  fail("form", fmt::format("'{}': expected decomposed or direct", word));
}

/// Without a density of its own the layer has as many weights as its pattern leaves.
void set_pattern(const Settings& settings, DrawnDensities& drawn) {
  drawn.weight_pattern =
      parse_nm_pattern(settings.text("weight_pattern"), {"--layer", 0, "weight_pattern"});
  const double most = drawn.weight_pattern->density();
  if (!settings.has("weight_density") && !settings.has("density")) drawn.weight = most;
  if (drawn.weight > most) {
    fail("weight_pattern", fmt::format("leaves fewer weights than a density of {}", drawn.weight));
  }
}

DrawnDensities densities_of(const Settings& settings) {
  for (const char* key : {"coefficient_density", "weight_density"}) {
    if (settings.has("density") && settings.has(key)) {
      fail(key, "is set by 'density' as well");
    }
  }
  const double both = settings.density("density", 1);
  DrawnDensities drawn;
  drawn.coefficient = settings.density("coefficient_density", both);
  drawn.weight = settings.density("weight_density", both);
  drawn.activation = settings.density("activation_density", 1);
  if (settings.has("weight_pattern")) set_pattern(settings, drawn);
  return drawn;
}

}  // namespace

Graph parse_quick_layer(const std::string& text) {
  const Settings settings(text);
  Graph graph;
  graph.name = "layer";
  graph.definition = text;
  graph.seed = settings.seed();
  Node input;
  input.name = "input";
  input.out.c = settings.integer("C", 1);
  input.out.h = settings.integer("H", 1);
  input.out.w = settings.integer("W", 1, input.out.h);

  Node layer;
  layer.name = "layer";
  layer.op = OpKind::kConv;
  layer.inputs = {0};
  layer.out_channels = settings.integer("K", 1);
  layer.groups = settings.integer("groups", 1, 1);
  Window& window = layer.window;
  window.r = settings.integer("R", 1, 1);
  window.s = settings.integer("S", 1, window.r);
  window.stride_h = window.stride_w = settings.integer("stride", 1, 1);
  // Without `pad`, as many rows and columns are added as keep the size at stride 1; an even kernel
  // gets one more behind than before.
  window.pad_top = settings.integer("pad", 0, (window.r - 1) / 2);
  window.pad_bottom = settings.integer("pad", 0, window.r / 2);
  window.pad_left = settings.integer("pad", 0, (window.s - 1) / 2);
  window.pad_right = settings.integer("pad", 0, window.s / 2);
  if (settings.has("terms") && settings.has("M")) fail("M", "is another name of 'terms'; give one");
  layer.terms = settings.integer(settings.has("M") ? "M" : "terms", 1, 0);
  layer.drawn = densities_of(settings);
  layer.form = form_of(settings, input.out.c, layer.groups);
  const int taps = window.r * window.s;
  if (layer.form == LayerForm::kDecomposed && taps > 1 && layer.terms > taps) {
    fail(settings.has("M") ? "M" : "terms",
         fmt::format("{} terms of a {}x{} kernel: at most {} basis kernels are independent",
                     layer.terms, window.r, window.s, taps));
  }
  graph.nodes = {input, layer};
  graph.infer_shapes();
  return graph;
}

}  // namespace escalate
