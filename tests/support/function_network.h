// A small network of functions by table, products and selections, with several outputs.
#pragma once

#include <utility>

#include "workloads/integer_network.h"

namespace escalate {

/// input 4x3x3 -> conv (1x1) -> table, of which the drains of conv make two at once; gate = a table
/// a channel of the mean of that, an output; product = both, broadcast; select = rows of the two
/// joined, enlarged, mirrored and with zeros; smaller = the smaller of that and the gate.
inline IntegerNetwork function_network() {
  IntegerNetwork network;
  network.name = "functions";
  const auto add = [&](const char* name, IntegerOp op, std::vector<int> inputs, Shape out) {
    IntegerNode node;
    node.name = name;
    node.op = op;
    node.inputs = std::move(inputs);
    node.out = out;
    network.nodes.push_back(std::move(node));
    return int(network.nodes.size()) - 1;
  };
  const auto node = [&](int i) -> IntegerNode& { return network.nodes[std::size_t(i)]; };
  const Shape map{4, 3, 3};
  const int input = add("input", IntegerOp::kInput, {}, map);
  const int conv = add("conv", IntegerOp::kConv, {input}, map);
  node(conv).coefficients = {1, 0, -1, 0, 0, 1, 1, 0, -1, -1, 0, 1, 1, 1, 1, 1};
  node(conv).basis = {1};
  node(conv).bias = {0, 5, -5, 0};
  node(conv).requant.assign(4, to_fixed_point(0.6));
  const int table = add("table", IntegerOp::kTable, {conv}, map);
  for (int x = -128; x < 128; ++x) node(table).table.push_back(std::int8_t(x < 0 ? x / 8 : x));
  const int mean = add("mean", IntegerOp::kAvgPool, {table}, {4, 1, 1});
  node(mean).window.r = node(mean).window.s = 3;
  node(mean).requant = {to_fixed_point(1.0 / 9)};
  const int gate = add("gate", IntegerOp::kTable, {mean}, {4, 1, 1});
  for (int c = 0; c < 4; ++c) {
    for (int x = -128; x < 128; ++x) {
      node(gate).table.push_back(std::int8_t((x + 128) / (c < 2 ? 2 : 3)));
    }
  }
  node(gate).is_output = true;
  const int product = add("product", IntegerOp::kMultiply, {table, gate}, map);
  node(product).requant = {to_fixed_point(0.02)};
  const int select = add("select", IntegerOp::kSelect, {product, table}, {4, 6, 3});
  node(select).selection = {1, {2, 3, 0, 1}, {0, 0, 1, 1, Selection::kZero, 4}, {2, 1, 0}};
  node(select).requant.assign(2, to_fixed_point(0.5));
  const int smaller = add("smaller", IntegerOp::kMinimum, {select, gate}, {4, 6, 3});
  node(smaller).add_multiplier[0] = node(smaller).add_multiplier[1] = 1 << 30;
  node(smaller).add_shift = 30;
  network.validate();
  return network;
}

}  // namespace escalate
