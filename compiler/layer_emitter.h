// Writes down the instructions of one layer in an order in which they could run one by one.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

#include "compiler/mapping.h"
#include "compiler/memory_plan.h"
#include "compiler/program.h"

namespace escalate {

/// Data segments of DRAM, filled in order.
class DataWriter {
 public:
  DataWriter(std::int64_t base, int alignment) : base_(base), alignment_(alignment) {}
  /// Appends and returns the address.
  std::uint32_t append(const std::vector<std::uint8_t>& bytes);
  std::uint32_t append(std::span<const std::int8_t> values);
  std::vector<std::uint8_t> take() { return std::move(data_); }

 private:
  std::int64_t base_;
  int alignment_;
  std::vector<std::uint8_t> data_;
};

/// A few places (tile buffers, banks) that are used again in turn; which one holds what is known
/// when the program is made.
class PlaceCache {
 public:
  using Key = std::vector<int>;
  explicit PlaceCache(int places) : keys_(places), used_(places, -1) {}

  struct Found {
    int place = 0;
    bool is_new = false;  ///< it has to be filled
  };
  /// The place of `key`: that which holds it, or else the one not used for longest.
  Found find(const Key& key);

 private:
  std::vector<std::optional<Key>> keys_;
  std::vector<std::int64_t> used_;
  std::int64_t clock_ = 0;
};

/// Common to all layers: tensors, tiles and the list of instructions.
class LayerEmitter {
 public:
  LayerEmitter(const MachineConfig& machine, SpanAllocator::Gap workspace, int batch)
      : machine_(machine), free_(workspace), batch_(batch) {}

  const std::vector<Instruction>& instructions() const { return instructions_; }

 protected:
  struct Box {
    Range rows, columns, channels;
  };
  /// A tile in the global buffer: Region of row 0, column 0, channel 0 of the whole tensor, which
  /// need not lie in the tile.
  struct TileBuffers {
    std::vector<std::int32_t> bases;
    PlaceCache cache{1};
  };

  void emit(Operation operation) { instructions_.push_back({std::move(operation), 0, 0}); }

  /// Segments that cover `box`, and the box that they make.
  static SegmentBox covering_segments(const TensorPlace& tensor, int image, const Box& box,
                                      Box& covered);
  static std::int64_t tile_bytes(const Box& box);
  static Region region_of_tile(std::int32_t base, const Box& box);

  /// Buffers for tiles of at most `bytes` bytes, taken from the workspace.
  TileBuffers make_buffers(std::int64_t bytes, int count);

  /// The place of a tensor's box: where it is resident, or a tile buffer, loaded if need be.
  Region box_of_input(const TensorPlace& tensor, int image, const Box& box, TileBuffers& buffers,
                      const PlaceCache::Key& key);

  /// Stores a box of whole segments; `region` is as TileBuffers says.
  void store(const TensorPlace& tensor, int image, const Box& box, const Region& region);

  /// Fills what a resident tensor's positions have beyond its channels with zeros.
  void clear_channels(const TensorPlace& tensor, int image);

  /// The bank of that table of the layer, which is loaded if need be.
  int table_bank(std::uint32_t dram);

  const MachineConfig& machine_;
  SpanAllocator::Gap free_;
  int batch_;
  std::vector<Instruction> instructions_;
  PlaceCache table_banks_{2};
};

/// A convolution, with the function and the addition fused into it.
struct ConvTensors {
  const TensorPlace* input = nullptr;
  const TensorPlace* output = nullptr;
  const TensorPlace* residual = nullptr;  ///< fused addition only
  const IntegerNode* add = nullptr;       ///< fused addition only
  const IntegerNode* table = nullptr;     ///< fused function only
  bool conv_is_left = true;               ///< its operand of the addition
  bool flattened = false;                 ///< the input is read as one position
  bool clear_padding = false;             ///< channels beyond C of the output must be zero
};

std::vector<Instruction> emit_convolution(const MachineConfig& machine, const ConvLayer& layer,
                                          const ConvMapping& mapping, const ConvTensors& tensors,
                                          SpanAllocator::Gap workspace, int batch,
                                          DataWriter& data);

/// How a layer of the post-processing unit is cut.
struct PostPlan {
  std::vector<Range> row_tiles;  ///< output rows
  int channel_step = 1;          ///< output channels of a tile (a concatenation has all of them)
  int segment_channels = 1;      ///< channels in a segment of the output in DRAM
};

/// Most channels of a segment that a tile of all channels is cut into, so that readers can do with
/// fewer.
inline constexpr int kSegmentChannels = 64;

/// The next smaller number of channels that a tile may have; 0 if there is none.
int fewer_channels(int channels);

}  // namespace escalate
