#include "compiler/tensor_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"
#include "common/math.h"

namespace escalate {
namespace {

constexpr int kMostBatch = 1 << 16;
constexpr std::int64_t kDramBytes = std::int64_t{1} << 32;  // what an address reaches

template <class MakeMessage>
void require(bool holds, const MakeMessage& make_message) {
  if (!holds) throw UserError(make_message());
}

/// The numbers of a piece of a memory.
struct Piece {
  std::int64_t begin = 0, end = 0;
  bool is_within(std::int64_t size) const { return begin >= 0 && begin < end && end <= size; }
  bool meets(const Piece& other) const { return begin < other.end && other.begin < end; }
};

/// Where a tensor lies, and between which layers: made by layer `from`, last read by layer `to`.
struct Lifetime {
  const TensorPlace* place = nullptr;
  int from = -1, to = -1;
  Piece bytes;    ///< bytes of the global buffer, or of DRAM
  Piece entries;  ///< entries of the directory; in DRAM only
};

class TableCheck {
 public:
  explicit TableCheck(const Program& program)
      : program_(program), nodes_(program.network.nodes), made_by_(nodes_.size(), kNever) {}

  void run() {
    require(program_.batch >= 1 && program_.batch <= kMostBatch, [&] {
      return fmt::format("a batch of {}: expected 1 to {}", program_.batch, kMostBatch);
    });
    check_data();
    require(!program_.layers.empty(), [] { return "it has no layer"; });
    made_by_[0] = -1;
    for (int i = 0; i < int(program_.layers.size()); ++i) check_layer(i);
    for (const TensorPlace& place : program_.tensors) check_place(place);
    for (const int output : program_.network.output_nodes()) {
      require(made_by_[std::size_t(program_.tensor_node(output))] != kNever,
              [] { return "no layer makes the network's output"; });
    }
    require(program_.place_of(0) != nullptr, [] { return "the network's input has no place"; });
    for (const LayerCode& layer : program_.layers) {
      require(program_.place_of(layer.written_node()) != nullptr,
              [&] { return fmt::format("layer '{}': its output has no place", layer.name); });
    }
    check_overlaps();
  }

 private:
  static constexpr int kNever = -2;

  void check_data() const {
    const auto size = std::int64_t(program_.data.size());
    require(program_.dram_bytes >= 0 && program_.dram_bytes <= kDramBytes, [&] {
      return fmt::format("{} bytes of DRAM: expected 0 to {}", program_.dram_bytes, kDramBytes);
    });
    require(program_.data_address >= 0 && program_.data_address <= program_.dram_bytes - size, [&] {
      return fmt::format("{} bytes of data at {} are outside the DRAM of {}", size,
                         program_.data_address, program_.dram_bytes);
    });
  }

  bool is_node(int node) const { return node >= 0 && node < int(nodes_.size()); }

  void check_layer(int number) {
    const LayerCode& layer = program_.layers[std::size_t(number)];
    const auto fail = [&](const char* what) {
      throw UserError(fmt::format("layer '{}': {}", layer.name, what));
    };
    const auto is_fusible = [&](int node) { return node == -1 || is_node(node); };
    if (!is_node(layer.node) || !is_fusible(layer.fused_table) || !is_fusible(layer.fused_add)) {
      fail("it names no node of the network");
    }
    if (nodes_[std::size_t(layer.node)].op == IntegerOp::kInput) fail("its node computes nothing");
    if (layer.fused_table >= 0 && !fuses_table(layer)) {
      fail("its function is none of its node's output alone");
    }
    if (layer.fused_add >= 0 && !fuses_addition(layer)) {
      fail("its addition is none of its node's output and another tensor");
    }
    for (const int input : read_nodes(program_, layer)) {
      if (made_by_[std::size_t(input)] == kNever) fail("it reads a tensor that is not made before");
    }
    int& made_by = made_by_[std::size_t(layer.written_node())];
    if (made_by != kNever) fail("its tensor is made twice");
    made_by = number;
  }

  // What is fused into a convolution reads a tensor that is never written.
  bool is_passed_on(int node) const {
    const IntegerNode& made = nodes_[std::size_t(node)];
    return !made.substitute && !made.is_output && node + 1 < int(nodes_.size());
  }

  bool fuses_table(const LayerCode& layer) const {
    const IntegerNode& table = nodes_[std::size_t(layer.fused_table)];
    return nodes_[std::size_t(layer.node)].op == IntegerOp::kConv && is_passed_on(layer.node) &&
           table.op == IntegerOp::kTable && table.inputs[0] == layer.node &&
           table.table.size() == kTableEntries;
  }

  bool fuses_addition(const LayerCode& layer) const {
    const IntegerNode& add = nodes_[std::size_t(layer.fused_add)];
    const int added = layer.added_node();
    return nodes_[std::size_t(layer.node)].op == IntegerOp::kConv && is_passed_on(added) &&
           add.op == IntegerOp::kAdd && (add.inputs[0] == added) != (add.inputs[1] == added) &&
           nodes_[std::size_t(add.inputs[0])].out == add.out &&
           nodes_[std::size_t(add.inputs[1])].out == add.out;
  }

  void check_place(const TensorPlace& place) {
    require(is_node(place.node),
            [&] { return fmt::format("a tensor has a place that is of no node: {}", place.node); });
    try {
      require(program_.place_of(place.node) == &place, [] { return "has two places"; });
      require(place.shape == nodes_[std::size_t(place.node)].out,
              [] { return "its shape is not its node's"; });
      if (place.resident) {
        check_region(place);
      } else {
        check_segments(place);
      }
    } catch (const UserError& error) {
      throw UserError(
          fmt::format("tensor '{}': {}", nodes_[std::size_t(place.node)].name, error.message()));
    }
  }

  // Positions follow each other, and images.
  void check_region(const TensorPlace& place) {
    const Shape& shape = place.shape;
    const Region& region = place.region;
    const std::int64_t row = std::int64_t{shape.w - 1} * region.position_stride + shape.c;
    const std::int64_t image = std::int64_t{shape.h - 1} * region.row_stride + row;
    require((shape.w == 1 || region.position_stride >= shape.c) &&
                (shape.h == 1 || region.row_stride >= row) &&
                (program_.batch == 1 || place.image_stride >= image),
            [] { return "its positions overlap"; });
    const Piece piece{region.base,
                      region.base + std::int64_t{program_.batch - 1} * place.image_stride + image};
    require(piece.is_within(program_.machine.global_buffer_bytes), [&] {
      return fmt::format("bytes {} to {} are outside the global buffer of {}", piece.begin,
                         piece.end, program_.machine.global_buffer_bytes);
    });
    add_lifetime({&place, 0, 0, piece, {}});
  }

  void check_segments(const TensorPlace& place) {
    const Shape& shape = place.shape;
    const SegmentBox& box = place.segments;
    require(box.width == shape.w && box.channels == shape.c && box.segment_columns >= 1 &&
                box.segment_columns <= shape.w && box.segment_channels >= 1 &&
                box.segment_channels <= shape.c && box.row_begin == 0 && box.row_end == shape.h &&
                box.column_group_begin == 0 && box.column_group_end == box.column_groups() &&
                box.channel_group_begin == 0 && box.channel_group_end == box.channel_groups(),
            [] { return "its segments are not those of all of it"; });
    const std::int64_t largest = std::int64_t{box.segment_columns} *
                                 (map_bytes(box.segment_channels) + box.segment_channels);
    require(largest <= box.stride, [] { return "a full segment does not fit into the stride"; });
    const std::int64_t entries_of_image =
        num_elements({shape.h, box.column_groups(), box.channel_groups()});
    const std::int64_t images = program_.batch - 1;
    require(place.directory_image_stride >= 0 && place.dram_image_stride >= 0 &&
                place.dram_image_stride <= kDramBytes &&
                (images == 0 || (place.directory_image_stride >= entries_of_image &&
                                 place.dram_image_stride >= entries_of_image * box.stride)),
            [] { return "its images overlap"; });
    const Piece entries{box.directory,
                        box.directory + images * place.directory_image_stride + entries_of_image};
    require(entries.is_within(program_.machine.dma.directory_entries), [&] {
      return fmt::format("entries {} to {} are outside the directory of {}", entries.begin,
                         entries.end, program_.machine.dma.directory_entries);
    });
    const Piece bytes{box.dram,
                      box.dram + images * place.dram_image_stride + entries_of_image * box.stride};
    require(bytes.is_within(program_.dram_bytes), [&] {
      return fmt::format("bytes {} to {} are outside the DRAM of {}", bytes.begin, bytes.end,
                         program_.dram_bytes);
    });
    require(!bytes.meets({program_.data_address,
                          program_.data_address + std::int64_t(program_.data.size())}),
            [] { return "it lies over the program's data"; });
    add_lifetime({&place, 0, 0, bytes, entries});
  }

  void add_lifetime(Lifetime tensor) {
    const int node = tensor.place->node;
    tensor.from = made_by_[std::size_t(node)];
    require(tensor.from != kNever, [] { return "no layer makes it"; });
    tensor.to = tensor.from;
    lifetimes_.push_back(tensor);
  }

  // Tensors of the same time lie apart.
  void check_overlaps() {
    std::vector<int> last(nodes_.size(), kNever);
    for (int i = 0; i < int(program_.layers.size()); ++i) {
      for (const int input : read_nodes(program_, program_.layers[std::size_t(i)])) {
        last[std::size_t(input)] = std::max(last[std::size_t(input)], i);
      }
    }
    for (const int output : program_.network.output_nodes()) {
      last[std::size_t(program_.tensor_node(output))] = int(program_.layers.size());
    }
    for (Lifetime& tensor : lifetimes_) {
      tensor.to = std::max(tensor.from, last[std::size_t(tensor.place->node)]);
    }
    for (std::size_t i = 0; i < lifetimes_.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const Lifetime& a = lifetimes_[i];
        const Lifetime& b = lifetimes_[j];
        if (a.place->resident != b.place->resident || a.to < b.from || b.to < a.from) continue;
        require(!a.bytes.meets(b.bytes) && (a.place->resident || !a.entries.meets(b.entries)), [&] {
          return fmt::format("tensors '{}' and '{}' lie over each other",
                             nodes_[std::size_t(b.place->node)].name,
                             nodes_[std::size_t(a.place->node)].name);
        });
      }
    }
  }

  const Program& program_;
  const std::vector<IntegerNode>& nodes_;
  std::vector<int> made_by_;  // layer of each node's tensor, -1: the input
  std::vector<Lifetime> lifetimes_;
};

}  // namespace

std::vector<int> read_nodes(const Program& program, const LayerCode& layer) {
  const std::vector<IntegerNode>& nodes = program.network.nodes;
  std::vector<int> read;
  for (const int input : nodes[std::size_t(layer.node)].inputs) {
    read.push_back(program.tensor_node(input));
  }
  if (layer.fused_add < 0) return read;
  for (const int input : nodes[std::size_t(layer.fused_add)].inputs) {
    if (input != layer.added_node()) read.push_back(program.tensor_node(input));
  }
  return read;
}

void check_tables(const Program& program) { TableCheck(program).run(); }

bool is_part_of(const SegmentBox& box, const TensorPlace& place, int batch) {
  if (place.resident) return false;
  const std::int64_t offset = std::int64_t{box.dram} - place.segments.dram;
  const std::int64_t image = place.dram_image_stride == 0 ? 0 : offset / place.dram_image_stride;
  if (offset < 0 || image >= batch) return false;
  const SegmentBox whole = place.segments_of(int(image));
  return box.dram == whole.dram && box.stride == whole.stride && box.directory == whole.directory &&
         box.width == whole.width && box.channels == whole.channels &&
         box.segment_columns == whole.segment_columns &&
         box.segment_channels == whole.segment_channels && box.row_end <= whole.row_end;
}

}  // namespace escalate
