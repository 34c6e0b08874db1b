// Layers of the post-processing unit that are cut into rows and channels of their output.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/layers/machine_layer.h"

namespace escalate {

/// Neighbouring channels that have one table, and where it lies in DRAM.
struct TableChannels {
  Range channels;
  std::uint32_t dram = 0;
};

/// A piece of the output of one image, and where it and what it is made of lie.
struct PostTile {
  int image = 0;
  Range rows, channels;
  std::vector<Region> sources;  ///< by input
  Region destination;
};

/// What PostLayers write their instructions with.
class PostWriter : public LayerEmitter {
 public:
  PostWriter(const MachineConfig& machine, const IntegerNode& node,
             const std::vector<const TensorPlace*>& inputs, SpanAllocator::Gap workspace, int batch)
      : LayerEmitter(machine, workspace, batch), node_(node), inputs_(inputs) {}

  using LayerEmitter::Box;
  using LayerEmitter::emit;
  using LayerEmitter::table_bank;

  const IntegerNode& node() const { return node_; }
  const std::vector<const TensorPlace*>& inputs() const { return inputs_; }
  const Shape& in(std::size_t i) const { return inputs_[i]->shape; }
  const std::vector<TableChannels>& tables() const { return tables_; }

  /// Those rows, columns and channels of the output, each as the value at its place in input `i`,
  /// which has the output's channels. What is more than a copy is for the caller to set.
  Pool copy(const PostTile& tile, std::size_t i, Range rows, Range columns, Range channels) const;
  /// The same of all channels of input `i`, which become `channels` of the output.
  Pool moved(const PostTile& tile, std::size_t i, Range channels) const;
  /// Makes it a mean by that factor, clamped as the node says.
  void scale(Pool& op, FixedPoint factor, bool inside = false) const;
  /// The node's own window over input 0.
  void set_window(Pool& op) const;

 protected:
  const IntegerNode& node_;
  const std::vector<const TensorPlace*>& inputs_;
  std::vector<TableChannels> tables_;
};

/// What one of these layers has of its own.
class PostLayer : public MachineLayer {
 public:
  explicit constexpr PostLayer(const char* name) : name_(name) {}

  std::string name(const IntegerNetwork&, const IntegerNode&) const override { return name_; }
  PostPlan plan(const IntegerNode& node, const std::vector<const TensorPlace*>& inputs,
                bool output_resident, std::int64_t workspace_bytes, int batch) const override;
  std::vector<Instruction> emit(const MachineConfig& machine, const IntegerNode& node,
                                const std::vector<const TensorPlace*>& inputs,
                                const TensorPlace& output, const PostPlan& plan, bool clear_padding,
                                SpanAllocator::Gap workspace, int batch,
                                DataWriter& data) const override;

  /// Whether a tile has all channels, and reads all of its inputs'.
  virtual bool joins_channels() const { return false; }
  /// The most rows of an input that a tile of that many output rows reads.
  virtual int rows_of_input(const IntegerNode&, const Shape& /*in*/, int out_rows) const {
    return out_rows;
  }
  /// What a tile reads of an input of that shape.
  virtual PostWriter::Box box_of_input(const IntegerNode& node, const Shape& in, Range rows,
                                       Range channels) const;
  /// Whether several tiles may read the same box of the input.
  virtual bool reads_again(const IntegerNode&, const Shape& /*in*/) const { return false; }
  virtual std::vector<TableChannels> write_tables(const IntegerNode&, DataWriter&) const {
    return {};
  }
  /// What comes before a tile's inputs are loaded.
  virtual void begin_tile(PostWriter&, const PostTile&) const {}
  virtual void make_tile(PostWriter& writer, const PostTile& tile) const = 0;

 protected:
  ~PostLayer() = default;

 private:
  const char* name_;
};

}  // namespace escalate
