#include "compiler/network_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "common/error.h"
#include "workloads/layers/kinds.h"

namespace escalate {
namespace {

std::vector<std::int8_t> bytes_from_json(const Json& json) {
  if (!json.is_binary()) throw UserError("expected bytes");
  const auto& bytes = json.get_binary();
  return {bytes.begin(), bytes.end()};
}

/// A list of `size` numbers (any number of them if that is negative).
template <class T>
std::vector<T> list_from_json(const Json& json, int size = -1) {
  if (!json.is_array() || (size >= 0 && json.size() != std::size_t(size))) {
    throw UserError(size < 0 ? "expected a list" : fmt::format("expected a list of {}", size));
  }
  std::vector<T> values;
  values.reserve(json.size());
  for (const Json& value : json) values.push_back(value_from_json<T>(value));
  return values;
}

Json shape_to_json(const Shape& shape) { return {shape.c, shape.h, shape.w}; }

Shape shape_from_json(const Json& json) {
  const auto extents = list_from_json<int>(json, 3);
  return {extents[0], extents[1], extents[2]};
}

Json window_to_json(const Window& w) {
  return {w.r,       w.s,        w.stride_h,   w.stride_w,  w.dilation_h, w.dilation_w,
          w.pad_top, w.pad_left, w.pad_bottom, w.pad_right, w.ceil_mode};
}

Window window_from_json(const Json& json) {
  constexpr std::size_t kNumbers = 10;  // and a bool
  if (!json.is_array() || json.size() != kNumbers + 1) throw UserError("expected a list of 11");
  Window w;
  std::size_t i = 0;
  for (int* extent : {&w.r, &w.s, &w.stride_h, &w.stride_w, &w.dilation_h, &w.dilation_w,
                      &w.pad_top, &w.pad_left, &w.pad_bottom, &w.pad_right}) {
    *extent = value_from_json<int>(json[i++]);
  }
  w.ceil_mode = value_from_json<bool>(json[kNumbers]);
  return w;
}

Json selection_to_json(const Selection& selection) {
  return {selection.axis, selection.channels, selection.rows, selection.columns};
}

Selection selection_from_json(const Json& json) {
  constexpr std::size_t kLists = 3;  // behind the axis
  if (!json.is_array() || json.size() != kLists + 1) throw UserError("expected a list of 4");
  return {value_from_json<int>(json[0]), list_from_json<int>(json[1]), list_from_json<int>(json[2]),
          list_from_json<int>(json[3])};
}

/// An enumerator by its number, of which there are those up to that of `last`.
template <class Enum>
Enum enum_from_json(const Json& json, Enum last) {
  const int number = value_from_json<int>(json);
  if (number < 0 || number > int(last)) {
    throw UserError(fmt::format("expected 0 to {}, got {}", int(last), number));
  }
  return static_cast<Enum>(number);
}

FixedPoint factor_from_json(const Json& json) {
  const auto numbers = list_from_json<std::int32_t>(json, 2);
  return {numbers[0], numbers[1]};
}

std::vector<FixedPoint> factors_from_json(const Json& list) {
  if (!list.is_array()) throw UserError("expected a list");
  std::vector<FixedPoint> factors;
  for (const Json& factor : list) factors.push_back(factor_from_json(factor));
  return factors;
}

Json factors_to_json(const std::vector<FixedPoint>& factors) {
  Json list = Json::array();
  for (const FixedPoint& factor : factors) list.push_back({factor.multiplier, factor.shift});
  return list;
}

IntegerNode node_from_json(const Json& json) {
  const auto ints = [&](const char* name, int size) {
    return read_member(json, name,
                       [&](const Json& list) { return list_from_json<int>(list, size); });
  };
  const auto bytes = [&](const char* name) { return read_member(json, name, bytes_from_json); };
  IntegerNode node;
  node.name = member_from_json<std::string>(json, "name");
  const auto last = static_cast<IntegerOp>(integer_kinds().size() - 1);
  node.op = read_member(json, "op", [&](const Json& op) { return enum_from_json(op, last); });
  node.inputs = ints("inputs", -1);
  node.out = read_member(json, "out", shape_from_json);
  node.is_output = member_from_json<bool>(json, "is_output");
  node.scale = member_from_json<double>(json, "scale");
  node.form = read_member(
      json, "form", [](const Json& form) { return enum_from_json(form, WeightForm::kDirect); });
  node.groups = member_from_json<int>(json, "groups");
  node.window = read_member(json, "window", window_from_json);
  if (json.contains("transposed_positions")) {
    node.transposed_positions = member_from_json<std::int64_t>(json, "transposed_positions");
  }
  node.terms = member_from_json<int>(json, "terms");
  node.coefficients = bytes("coefficients");
  node.basis = bytes("basis");
  node.weights = bytes("weights");
  node.bias = ints("bias", -1);
  node.requant = read_member(json, "requant", factors_from_json);
  if (json.contains("negative_requant")) {
    node.negative_requant = read_member(json, "negative_requant", factors_from_json);
  }
  node.table = bytes("table");
  node.selection = read_member(json, "selection", selection_from_json);
  const auto multipliers = ints("add_multiplier", 2);
  std::copy(multipliers.begin(), multipliers.end(), node.add_multiplier);
  node.add_shift = member_from_json<int>(json, "add_shift");
  const auto clamp = ints("clamp", 2);
  node.clamp_low = clamp[0];
  node.clamp_high = clamp[1];
  node.count_include_pad = member_from_json<bool>(json, "count_include_pad");
  const auto pad = ints("pad", 2);
  node.pad_before = pad[0];
  node.pad_after = pad[1];
  if (json.contains("substitute")) {
    node.substitute = read_member(json, "substitute", [](const Json& drawn) {
      return Activations{read_member(drawn, "shape", shape_from_json),
                         read_member(drawn, "values", bytes_from_json)};
    });
  }
  return node;
}

}  // namespace

Json bytes_as_they_are(const std::vector<std::int8_t>& values) {
  std::vector<std::uint8_t> bytes(values.size());
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), values.size());
  return Json::binary(std::move(bytes));
}

Json node_to_json(const IntegerNode& node, const BytesToJson& bytes_to_json) {
  Json json;
  json["name"] = node.name;
  json["op"] = int(node.op);
  json["inputs"] = node.inputs;
  json["out"] = shape_to_json(node.out);
  json["is_output"] = node.is_output;
  json["scale"] = node.scale;
  json["form"] = int(node.form);
  json["groups"] = node.groups;
  json["window"] = window_to_json(node.window);
  if (node.transposed_positions > 0) json["transposed_positions"] = node.transposed_positions;
  json["terms"] = node.terms;
  json["coefficients"] = bytes_to_json(node.coefficients);
  json["basis"] = bytes_to_json(node.basis);
  json["weights"] = bytes_to_json(node.weights);
  json["bias"] = node.bias;
  json["requant"] = factors_to_json(node.requant);
  if (!node.negative_requant.empty()) {
    json["negative_requant"] = factors_to_json(node.negative_requant);
  }
  json["table"] = bytes_to_json(node.table);
  json["selection"] = selection_to_json(node.selection);
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

Json network_to_json(const IntegerNetwork& network) {
  Json json = frame_to_json(network);
  json["nodes"] = Json::array();
  for (const IntegerNode& node : network.nodes)
    json["nodes"].push_back(node_to_json(node, bytes_as_they_are));
  return json;
}

Json frame_to_json(const IntegerNetwork& network) {
  Json json;
  json["name"] = network.name;
  json["transform"] = {{"mean", network.transform.mean},
                       {"std", network.transform.std},
                       {"bgr", network.transform.bgr}};
  json["input_scale"] = network.input_scale;
  json["seed"] = network.seed;
  return json;
}

IntegerNetwork network_from_json(const Json& json) {
  IntegerNetwork network;
  network.name = member_from_json<std::string>(json, "name");
  read_member(json, "nodes", [&](const Json& nodes) {
    if (!nodes.is_array()) throw UserError("expected a list");
    for (const Json& node : nodes) {
      read_element(network.nodes.size(), [&] { network.nodes.push_back(node_from_json(node)); });
    }
  });
  read_member(json, "transform", [&](const Json& transform) {
    network.transform.mean = read_member(
        transform, "mean", [](const Json& list) { return list_from_json<float>(list); });
    network.transform.std =
        read_member(transform, "std", [](const Json& list) { return list_from_json<float>(list); });
    network.transform.bgr = member_from_json<bool>(transform, "bgr");
  });
  network.input_scale = member_from_json<double>(json, "input_scale");
  network.seed = member_from_json<std::uint64_t>(json, "seed");
  network.validate();
  return network;
}

}  // namespace escalate
