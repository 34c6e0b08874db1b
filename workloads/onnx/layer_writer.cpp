#include "workloads/onnx/layer_writer.h"

#include <fmt/format.h>

#include <algorithm>

namespace escalate {

std::string OnnxLayerWriter::map_input(const Node& reader, int i) {
  const int from = reader.inputs[std::size_t(i)];
  if (rank(from) == 4) return node(from).name;
  return reshaped(reader, "map", node(from).name, node(from).out.size());
}

std::string OnnxLayerWriter::vector_input(const Node& reader) {
  const int from = reader.inputs[0];
  if (rank(from) == 2) return node(from).name;
  const std::string name = builder_.unused(reader.name + ".vector");
  add("Flatten", name, {node(from).name}, name).set("axis", std::int64_t{1});
  reshapes.push_back(name);
  return name;
}

OnnxLayerWriter::Strings OnnxLayerWriter::equal_inputs(int index) {
  const Node& reader = node(index);
  const bool vectors = std::all_of(reader.inputs.begin(), reader.inputs.end(),
                                   [&](int input) { return rank(input) == 2; });
  set_rank(index, vectors ? 2 : 4);
  Strings inputs;
  for (std::size_t i = 0; i < reader.inputs.size(); ++i) {
    inputs.push_back(vectors ? node(reader.inputs[i]).name : map_input(reader, int(i)));
  }
  return inputs;
}

std::string OnnxLayerWriter::reshaped(const Node& reader, const char* what,
                                      const std::string& input, std::int64_t channels) {
  const std::string name = builder_.unused(fmt::format("{}.{}", reader.name, what));
  add("Reshape", name, {input, builder_.constant(reader, "shape", {-1, channels, 1, 1})}, name);
  reshapes.push_back(name);
  return name;
}

}  // namespace escalate
