#include "compiler/network_json.h"

#include <cstring>

#include "common/error.h"

namespace escalate {
namespace {

Json bytes_to_json(const std::vector<std::int8_t>& values) {
  std::vector<std::uint8_t> bytes(values.size());
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), values.size());
  return Json::binary(std::move(bytes));
}

std::vector<std::int8_t> bytes_from_json(const Json& json) {
  const auto& bytes = json.get_binary();
  return {bytes.begin(), bytes.end()};
}

Json shape_to_json(const Shape& shape) { return {shape.c, shape.h, shape.w}; }

Shape shape_from_json(const Json& json) { return {json.at(0), json.at(1), json.at(2)}; }

Json window_to_json(const Window& w) {
  return {w.r,        w.s,          w.stride_h,  w.stride_w, w.pad_top,
          w.pad_left, w.pad_bottom, w.pad_right, w.ceil_mode};
}

Window window_from_json(const Json& json) {
  Window w;
  w.r = json.at(0);
  w.s = json.at(1);
  w.stride_h = json.at(2);
  w.stride_w = json.at(3);
  w.pad_top = json.at(4);
  w.pad_left = json.at(5);
  w.pad_bottom = json.at(6);
  w.pad_right = json.at(7);
  w.ceil_mode = json.at(8);
  return w;
}

Json node_to_json(const IntegerNode& node) {
  Json json;
  json["name"] = node.name;
  json["op"] = int(node.op);
  json["inputs"] = node.inputs;
  json["out"] = shape_to_json(node.out);
  json["scale"] = node.scale;
  json["form"] = int(node.form);
  json["groups"] = node.groups;
  json["window"] = window_to_json(node.window);
  json["terms"] = node.terms;
  json["coefficients"] = bytes_to_json(node.coefficients);
  json["basis"] = bytes_to_json(node.basis);
  json["weights"] = bytes_to_json(node.weights);
  json["bias"] = node.bias;
  json["requant"] = Json::array();
  for (const FixedPoint& factor : node.requant) {
    json["requant"].push_back({factor.multiplier, factor.shift});
  }
  json["add_multiplier"] = {node.add_multiplier[0], node.add_multiplier[1]};
  json["add_shift"] = node.add_shift;
  json["clamp"] = {node.clamp_low, node.clamp_high};
  json["count_include_pad"] = node.count_include_pad;
  json["pad"] = {node.pad_before, node.pad_after};
  if (node.substitute) {
    json["substitute"] = {{"shape", shape_to_json(node.substitute->shape)},
                          {"values", bytes_to_json(node.substitute->values)}};
  }
  return json;
}

IntegerNode node_from_json(const Json& json) {
  IntegerNode node;
  node.name = json.at("name");
  node.op = static_cast<IntegerOp>(json.at("op").get<int>());
  node.inputs = json.at("inputs").get<std::vector<int>>();
  node.out = shape_from_json(json.at("out"));
  node.scale = json.at("scale");
  node.form = static_cast<WeightForm>(json.at("form").get<int>());
  node.groups = json.at("groups");
  node.window = window_from_json(json.at("window"));
  node.terms = json.at("terms");
  node.coefficients = bytes_from_json(json.at("coefficients"));
  node.basis = bytes_from_json(json.at("basis"));
  node.weights = bytes_from_json(json.at("weights"));
  node.bias = json.at("bias").get<std::vector<std::int32_t>>();
  for (const Json& factor : json.at("requant")) {
    node.requant.push_back({factor.at(0), factor.at(1)});
  }
  node.add_multiplier[0] = json.at("add_multiplier").at(0);
  node.add_multiplier[1] = json.at("add_multiplier").at(1);
  node.add_shift = json.at("add_shift");
  node.clamp_low = json.at("clamp").at(0);
  node.clamp_high = json.at("clamp").at(1);
  node.count_include_pad = json.at("count_include_pad");
  node.pad_before = json.at("pad").at(0);
  node.pad_after = json.at("pad").at(1);
  if (json.contains("substitute")) {
    const Json& substitute = json.at("substitute");
    node.substitute = Activations{shape_from_json(substitute.at("shape")),
                                  bytes_from_json(substitute.at("values"))};
    if (std::int64_t(node.substitute->values.size()) != node.substitute->shape.size()) {
      throw UserError("node '" + node.name + "': the drawn tensor does not fit its shape");
    }
  }
  return node;
}

}  // namespace

Json network_to_json(const IntegerNetwork& network) {
  Json json;
  json["name"] = network.name;
  json["nodes"] = Json::array();
  for (const IntegerNode& node : network.nodes) json["nodes"].push_back(node_to_json(node));
  json["transform"] = {{"mean", network.transform.mean},
                       {"std", network.transform.std},
                       {"bgr", network.transform.bgr}};
  json["input_scale"] = network.input_scale;
  json["seed"] = network.seed;
  return json;
}

IntegerNetwork network_from_json(const Json& json) {
  IntegerNetwork network;
  network.name = json.at("name");
  for (const Json& node : json.at("nodes")) network.nodes.push_back(node_from_json(node));
  const Json& transform = json.at("transform");
  network.transform.mean = transform.at("mean").get<std::vector<float>>();
  network.transform.std = transform.at("std").get<std::vector<float>>();
  network.transform.bgr = transform.at("bgr");
  network.input_scale = json.at("input_scale");
  network.seed = json.at("seed");
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    for (const int input : network.nodes[i].inputs) {
      if (input < 0 || input >= int(i)) {
        throw UserError("node '" + network.nodes[i].name + "' reads a node that is not before it");
      }
    }
  }
  return network;
}

}  // namespace escalate
