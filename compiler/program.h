// A compiled network: everything that the accelerator is given besides its input
// (docs/isa.md, docs/file-formats.md).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "machine/config.h"
#include "machine/isa.h"
#include "workloads/integer_network.h"

namespace escalate {

/// Where the activation tensor of one node lies, for each image of the batch.
struct TensorPlace {
  int node = 0;  ///< node of the integer network
  Shape shape;
  bool resident = false;          ///< in the global buffer, otherwise in DRAM
  Region region;                  ///< resident: row 0, column 0, channel 0 of image 0
  std::int32_t image_stride = 0;  ///< resident: bytes from image to image
  SegmentBox segments;            ///< in DRAM: all segments of image 0
  std::int64_t dram_image_stride = 0;
  std::int32_t directory_image_stride = 0;

  SegmentBox segments_of(int image) const {
    SegmentBox box = segments;
    box.dram += std::uint32_t(image * dram_image_stride);
    box.directory += image * directory_image_stride;
    return box;
  }
  Region region_of(int image) const {
    Region moved = region;
    moved.base += image * image_stride;
    return moved;
  }
};

/// What one layer is in the code: between two barriers.
struct LayerCode {
  std::string name;
  std::string kind;      ///< "decomposed", "pointwise", "direct", "pool", "add", ...
  int node = 0;          ///< node of the integer network
  int fused_table = -1;  ///< node of the function that the layer's drains look up, or -1
  int fused_add = -1;    ///< node of the addition done by the layer's drains, or -1
  std::array<int, kNumStreams> begin{}, end{};  ///< instructions in each stream

  /// The node whose values a fused addition adds to: the layer's own, looked up or not.
  int added_node() const { return fused_table >= 0 ? fused_table : node; }
  /// The node whose tensor the layer writes.
  int written_node() const { return fused_add >= 0 ? fused_add : added_node(); }
};

struct Program {
  std::string name;
  MachineConfig machine;
  int batch = 1;
  std::array<std::vector<Instruction>, kNumStreams> streams;
  std::vector<LayerCode> layers;  ///< in order; a barrier between them
  std::vector<TensorPlace>
      tensors;  ///< places of the network's input, and of each stored node's output
  std::vector<std::uint8_t> data;  ///< coefficients, parameters and tables
  std::int64_t data_address = 0;   ///< where they stand in DRAM
  std::int64_t dram_bytes = 0;     ///< DRAM in use, data and activations
  IntegerNetwork network;          ///< for verification, and for drawn values

  const TensorPlace* place_of(int node) const;
  /// The node whose stored tensor holds the values of `node`: itself, or what a flattening that is
  /// no layer was made of.
  int tensor_node(int node) const;
  /// The shape in whose coordinates instructions name what they write of that node: a flattening
  /// makes a tensor [C*H*W][1][1] as one [C][H][W] without gaps.
  Shape written_shape(int node) const;
};

/// Writes the file through a temporary one.
void save_program(const Program& program, const std::string& path);
/// A program that verify() has passed. UserError (file) if it is not a program, of another version,
/// truncated, damaged or edited into one that cannot run.
Program load_program(const std::string& path);
/// Whether the file starts as a program does; UserError if it cannot be read.
bool is_program_file(const std::string& path);

/// Assembly of the whole program: streams by layer, with the tables as comments.
std::string disassemble(const Program& program);

}  // namespace escalate
