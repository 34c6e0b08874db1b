// Instructions of a convolution: tiles, rounds of output channels, passes, drains and stores.
#include <algorithm>

#include "compiler/conv_passes.h"
#include "compiler/conv_rounds.h"
#include "compiler/layer_emitter.h"

namespace escalate {
namespace {

class ConvEmitter : public LayerEmitter {
 public:
  ConvEmitter(const MachineConfig& machine, const ConvLayer& layer, const ConvMapping& mapping,
              const ConvTensors& tensors, SpanAllocator::Gap workspace, int batch, DataWriter& data)
      : LayerEmitter(machine, workspace, batch),
        layer_(layer),
        window_(layer.node->window),
        mapping_(mapping),
        tensors_(tensors),
        passes_(layer, mapping) {
    reserve_buffers();
    rounds_ = write_rounds(layer, mapping, data);
    if (tensors_.table != nullptr) table_ = data.append(std::span(tensors_.table->table));
  }

  void run() {
    if (tensors_.clear_padding) clear_padding();
    mapping_.for_each_tile(
        batch_, [&](int image, int column, int row, int r) { tile(image, column, row, r); });
  }

 private:
  Box input_box(int column, int row, Range channels) const {
    if (tensors_.flattened) {
      const Shape& shape = tensors_.input->shape;
      return {{0, shape.h}, {0, shape.w}, {0, shape.c}};
    }
    return {passes_.input_rows(mapping_.row_tiles[row]),
            passes_.input_columns(mapping_.column_tiles[column]),
            mapping_.load_by_step ? channels : Range{0, layer_.in.c}};
  }

  Box output_box(int column, int row, int r) const {
    return {mapping_.row_tiles[row], mapping_.column_tiles[column], mapping_.rounds[r]};
  }

  void reserve_buffers() {
    const int tiles = int(mapping_.row_tiles.size() * mapping_.column_tiles.size()) * batch_;
    std::int64_t input = 0, residual = 0, output = 0;
    Box covered;
    for (int column = 0; column < int(mapping_.column_tiles.size()); ++column) {
      for (int row = 0; row < int(mapping_.row_tiles.size()); ++row) {
        for (int r = 0; r < int(mapping_.rounds.size()); ++r) {
          const Range channels = layer_.input_channels(mapping_.rounds[r]);
          for (int c = channels.begin; c < channels.end; c += mapping_.channel_step) {
            if (tensors_.input->resident) break;
            const Range step{c, std::min(channels.end, c + mapping_.channel_step)};
            covering_segments(*tensors_.input, 0, input_box(column, row, step), covered);
            input = std::max(input, tile_bytes(covered));
          }
          if (tensors_.residual != nullptr && !tensors_.residual->resident) {
            covering_segments(*tensors_.residual, 0, output_box(column, row, r), covered);
            residual = std::max(residual, tile_bytes(covered));
          }
          output = std::max(output, tile_bytes(output_box(column, row, r)));
        }
      }
    }
    const int outputs = tiles * int(mapping_.rounds.size());
    if (input > 0) input_ = make_buffers(input, tiles > 1 || mapping_.load_by_step ? 2 : 1);
    if (residual > 0) residual_ = make_buffers(residual, outputs > 1 ? 2 : 1);
    if (!tensors_.output->resident) output_ = make_buffers(output, outputs > 1 ? 2 : 1);
  }

  // Channels between C and the position's end are read where the tensor is flattened.
  void clear_padding() {
    const TensorPlace& out = *tensors_.output;
    if (!out.resident) return;  // its reader clears the tile
    for (int image = 0; image < batch_; ++image) {
      Region region = out.region_of(image);
      region.base += out.shape.c;
      emit(Fill{region, out.shape.h, out.shape.w, region.position_stride - out.shape.c});
    }
  }

  void tile(int image, int column, int row, int r) {
    const auto passes = passes_.of_tile(mapping_.row_tiles[row]);
    const Region destination = output_region(image, column, row, r);
    for (std::size_t i = 0; i < passes.size(); ++i) {
      const OutputMap output = output_map(image, column, r, passes[i]);
      accumulate_bank(image, column, row, r, output, i == 0);
      drain(image, column, row, r, output, destination);
    }
    if (!tensors_.output->resident) store(image, column, row, r);
  }

  OutputMap output_map(int image, int column, int r, const std::vector<PassGroup>& groups) {
    OutputMap output;
    output.image = image;
    output.first_channel = mapping_.rounds[r].begin;
    output.channels = mapping_.rounds[r].size();
    output.per_block = mapping_.per_block;
    output.per_slice = mapping_.per_slice;
    output.column_begin = mapping_.column_tiles[column].begin;
    output.column_end = mapping_.column_tiles[column].end;
    output.bank = next_bank_;
    next_bank_ ^= 1;
    output.bank_rows = mapping_.bank_rows;
    output.blocks_per_group = mapping_.blocks_per_group;
    output.groups.assign(groups.begin(), groups.end());
    return output;
  }

  void accumulate_bank(int image, int column, int row, int r, OutputMap output, bool first_pass) {
    const std::vector<ConvStep>& steps = rounds_[r].steps;
    for (int s = 0; s < int(steps.size()); ++s) {
      const ConvStep& step = steps[s];
      Run run;
      run.input = input_region(image, column, row, step.channels);
      run.input.base += step.channels.begin;
      run.channels = step.channels.size();
      run.window = window_operand();
      run.coefficient_bank = coefficients(r, s);
      run.direct = layer_.direct ? 1 : 0;
      run.bypass = layer_.bypass ? 1 : 0;
      run.fresh = !passes_.continue_lines() || first_pass ? 1 : 0;
      run.accumulate = s > 0 ? 1 : 0;
      output.terms = step.terms.size();
      run.output = output;
      emit(std::move(run));
    }
  }

  Region input_region(int image, int column, int row, Range channels) {
    const Box box = input_box(column, row, channels);
    const PlaceCache::Key key =
        tensors_.flattened
            ? PlaceCache::Key{image}
            : PlaceCache::Key{image, column, row, mapping_.load_by_step ? channels.begin : 0};
    const std::size_t before = instructions_.size();
    const Region region = box_of_input(*tensors_.input, image, box, input_, key);
    if (tensors_.flattened && instructions_.size() > before) clear_loaded_padding(region);
    return region;
  }

  // The padding of a flattened tensor's positions, in a tile that has just been loaded.
  void clear_loaded_padding(Region region) {
    const Shape& shape = tensors_.input->shape;
    if (shape.c == region.position_stride || layer_.in.c == shape.c) return;
    region.base += shape.c;
    emit(Fill{region, shape.h, shape.w, region.position_stride - shape.c});
  }

  WindowOperand window_operand() const {
    return {layer_.in.h,      layer_.in.w,      window_.r,       window_.s,
            window_.stride_h, window_.stride_w, window_.pad_top, window_.pad_left};
  }

  int coefficients(int r, int s) {
    const PlaceCache::Found found = coefficient_banks_.find({r, s});
    if (!found.is_new) return found.place;
    const ConvStep& step = rounds_[r].steps[s];
    for (int member = 0; member < int(step.images.size()); ++member) {
      const ConvStep::Image& image = step.images[member];
      LoadCoefficients load;
      load.dram = image.dram;
      load.bytes = image.bytes;
      load.bank = found.place;
      load.first_block = member;
      load.block_step = mapping_.blocks_per_group;
      load.num_blocks = mapping_.groups;
      load.rows = image.outputs * step.terms.size();
      load.channels = step.channels.size();
      load.taps = window_.r * window_.s;
      load.basis_kernels = layer_.direct ? 0 : step.terms.size();
      load.direct = layer_.direct ? 1 : 0;
      emit(load);
    }
    return found.place;
  }

  Region output_region(int image, int column, int row, int r) {
    if (tensors_.output->resident) return tensors_.output->region_of(image);
    const PlaceCache::Found found = output_.cache.find({image, column, row, r});
    return region_of_tile(output_.bases[found.place], output_box(column, row, r));
  }

  void drain(int image, int column, int row, int r, const OutputMap& output,
             const Region& destination) {
    const Range round = mapping_.rounds[r];
    const PlaceCache::Found found = parameter_banks_.find({r});
    if (found.is_new) load_parameters(rounds_[r].parameters, found.place, round.size());
    Drain drain;
    drain.output = output;
    drain.output.terms = 1;
    drain.parameter_bank = found.place;
    drain.low = layer_.node->clamp_low;
    drain.high = layer_.node->clamp_high;
    if (tensors_.table != nullptr) drain.table = table_bank(table_);
    drain.destination = destination;
    drain.destination.base += round.begin;
    if (tensors_.add != nullptr) {
      const IntegerNode& add = *tensors_.add;
      drain.add = 1;
      drain.residual = box_of_input(*tensors_.residual, image, output_box(column, row, r),
                                    residual_, {image, column, row, r});
      drain.residual.base += round.begin;
      drain.multiplier = add.add_multiplier[tensors_.conv_is_left ? 0 : 1];
      drain.residual_multiplier = add.add_multiplier[tensors_.conv_is_left ? 1 : 0];
      drain.shift = add.add_shift;
      drain.add_low = add.clamp_low;
      drain.add_high = add.clamp_high;
    }
    emit(std::move(drain));
  }

  void load_parameters(std::uint32_t dram, int bank, int channels) {
    if (layer_.node->negative_requant.empty()) {
      emit(LoadParameters{dram, bank, channels});
    } else {
      emit(LoadSlopedParameters{dram, bank, channels});
    }
  }

  void store(int image, int column, int row, int r) {
    Box covered;
    const Box box = output_box(column, row, r);
    const SegmentBox segments = covering_segments(*tensors_.output, image, box, covered);
    const Region region = output_region(image, column, row, r);
    emit(StoreTile{segments,
                   {std::int32_t(region.at(box.rows.begin, box.columns.begin)) + box.channels.begin,
                    region.row_stride, region.position_stride}});
  }

  const ConvLayer& layer_;
  const Window& window_;
  const ConvMapping& mapping_;
  const ConvTensors& tensors_;
  ConvPasses passes_;
  int next_bank_ = 0;
  std::vector<ConvRound> rounds_;
  std::uint32_t table_ = 0;
  TileBuffers input_, residual_, output_;
  PlaceCache coefficient_banks_{2};
  PlaceCache parameter_banks_{2};
};

}  // namespace

std::vector<Instruction> emit_convolution(const MachineConfig& machine, const ConvLayer& layer,
                                          const ConvMapping& mapping, const ConvTensors& tensors,
                                          SpanAllocator::Gap workspace, int batch,
                                          DataWriter& data) {
  ConvEmitter emitter(machine, layer, mapping, tensors, workspace, batch, data);
  emitter.run();
  return emitter.instructions();
}

}  // namespace escalate
