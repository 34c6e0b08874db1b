#include "compiler/program.h"

#include <fmt/format.h>

namespace escalate {
namespace {

std::string region_text(const TensorPlace& place) {
  if (place.resident) {
    return fmt::format("global buffer {:#x}, row {}, position {}", place.region.base,
                       place.region.row_stride, place.region.position_stride);
  }
  return fmt::format("DRAM {:#x}, segments of {} columns x {} channels, {} bytes apart",
                     place.segments.dram, place.segments.segment_columns,
                     place.segments.segment_channels, place.segments.stride);
}

}  // namespace

const TensorPlace* Program::place_of(int node) const {
  for (const TensorPlace& place : tensors) {
    if (place.node == node) return &place;
  }
  return nullptr;
}

int Program::tensor_node(int node) const {
  while (network.nodes[std::size_t(node)].op == IntegerOp::kFlatten && place_of(node) == nullptr) {
    node = network.nodes[std::size_t(node)].inputs.at(0);
  }
  return node;
}

Shape Program::written_shape(int node) const {
  const IntegerNode& made = network.nodes[std::size_t(node)];
  return made.op == IntegerOp::kFlatten ? network.nodes[std::size_t(made.inputs.at(0))].out
                                        : made.out;
}

std::string disassemble(const Program& program) {
  std::string text = fmt::format("# program {}: {} layers, batch {}, {} data bytes\n", program.name,
                                 program.layers.size(), program.batch, program.data.size());
  for (const TensorPlace& place : program.tensors) {
    text += fmt::format("# tensor {}: {}x{}x{}, {}\n", program.network.nodes[place.node].name,
                        place.shape.c, place.shape.h, place.shape.w, region_text(place));
  }
  for (const LayerCode& layer : program.layers) {
    text += fmt::format("\n# layer {} ({})\n", layer.name, layer.kind);
    for (int s = 0; s < kNumStreams; ++s) {
      if (layer.begin[s] == layer.end[s]) continue;
      text += fmt::format(".{}\n", enum_name(static_cast<Stream>(s)));
      for (int i = layer.begin[s]; i < layer.end[s]; ++i) {
        text += to_text(program.streams[s][i]) + "\n";
      }
    }
  }
  return text;
}

}  // namespace escalate
