#include "model/accelerator.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "buffers/dram_target.h"
#include "common/error.h"
#include "common/math.h"
#include "machine/segments.h"
#include "model/by_position.h"
#include "model/cycle/units.h"
#include "model/tensor_index.h"
#include "model/transaction/units.h"

namespace escalate {
namespace {

std::unique_ptr<DramModel> make_dram(const MachineConfig& machine, SparseMemory& memory,
                                     const AcceleratorOptions& options) {
  if (options.make_dram) return options.make_dram(machine, memory);
  return std::make_unique<DramTarget>("dram", machine, memory);
}

}  // namespace

Accelerator::Accelerator(const sc_core::sc_module_name& name, const Program& program,
                         const AcceleratorOptions& options, const PickOptions& picks)
    : sc_module(name),
      program_(program),
      machine_(program.machine),
      may_leave_out_(options.view == View::kTransaction),
      clock_(machine_),
      buffer_(machine_.global_buffer_bytes),
      directory_(std::size_t(machine_.dma.directory_entries), 0),
      dram_(make_dram(machine_, memory_, options)) {
  make_units(options, picks);
  memory_.write(std::uint64_t(program.data_address), program.data);
}

void Accelerator::make_units(const AcceleratorOptions& options, const PickOptions& picks) {
  const SharedMemories memories{buffer_, directory_};
  if (options.view == View::kTransaction) {
    ensure(!options.trace, "only the cycle view can be traced");
    units_ = std::make_unique<TransactionUnits>(
        program_, clock_, memories, *dram_, outputs_,
        TransactionOptions{picks, options.host_simd, options.make_block, options.make_concentrator,
                           options.shared});
    return;
  }
  if (options.make_concentrator) {
    throw UserError(
        "the cycle view has no concentrator but its own; expected the transaction view");
  }
  ensure(!options.make_block, "blocks behind a socket are those of the transaction view");
  auto units = std::make_unique<cycle::CycleUnits>(program_, clock_, memories, *dram_, outputs_);
  if (options.trace) {
    tracer_ = std::make_unique<cycle::Tracer>("tracer", units->signals(), *options.trace);
    tracer_->clock(units->clock_signal());
  }
  units_ = std::move(units);
}

void Accelerator::end_trace() {
  if (tracer_) tracer_->end();
}

void Accelerator::put_tensor(int image, int node, const Activations& tensor) {
  const TensorPlace* place = program_.place_of(node);
  ensure(place != nullptr, "a tensor that is put has a place");
  const Shape& shape = tensor.shape;
  std::vector<std::int8_t> values;
  set_by_position(tensor, values);
  const auto position = [&](int h, int w) {
    return &values[(std::size_t(h) * std::size_t(shape.w) + std::size_t(w)) * std::size_t(shape.c)];
  };
  if (place->resident) {
    const Region region = place->region_of(image);
    for (int h = 0; h < shape.h; ++h) {
      for (int w = 0; w < shape.w; ++w) {
        buffer_.write(region.at(h, w), {position(h, w), std::size_t(shape.c)});
      }
    }
    return;
  }
  for (const Segment& segment : segments_of(place->segments_of(image), {})) {
    const auto bytes = pack_segment(segment.columns, segment.channels, [&](int column) {
      return position(segment.row, segment.first_column + column) + segment.first_channel;
    });
    directory_[std::size_t(segment.directory)] = std::int32_t(bytes.size());
    memory_.write(segment.address, bytes);
  }
}

void Accelerator::put_fills(const LayerCode& layer) {
  const auto post = std::size_t(Stream::kPost);
  for (int i = layer.begin[post]; i < layer.end[post]; ++i) {
    const auto* fill = std::get_if<Fill>(&program_.streams[post][std::size_t(i)].operation);
    if (fill == nullptr) continue;
    const std::vector<std::int8_t> zeros(std::size_t(fill->channels), 0);
    for (int h = 0; h < fill->rows; ++h) {
      for (int w = 0; w < fill->columns; ++w) buffer_.write(fill->destination.at(h, w), zeros);
    }
  }
}

Activations Accelerator::get_tensor(int image, int node) const {
  const TensorPlace* place = program_.place_of(node);
  ensure(place != nullptr, "a tensor that is read back has a place");
  const Shape& shape = place->shape;
  Activations tensor{shape, std::vector<std::int8_t>(std::size_t(shape.size()), 0)};
  const auto store = [&](int h, int w, int first_channel, std::span<const std::int8_t> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      tensor.values[tensor_index(shape, first_channel + int(i), h, w)] = values[i];
    }
  };
  if (place->resident) {
    const Region region = place->region_of(image);
    for (int h = 0; h < shape.h; ++h) {
      for (int w = 0; w < shape.w; ++w) {
        store(h, w, 0, {buffer_.data(region.at(h, w)), std::size_t(shape.c)});
      }
    }
    return tensor;
  }
  for (const Segment& segment : segments_of(place->segments_of(image), {})) {
    std::vector<std::uint8_t> bytes;
    bytes.resize(std::size_t(directory_[std::size_t(segment.directory)]));
    memory_.read(segment.address, bytes);
    unpack_segment(segment.columns, segment.channels, bytes,
                   [&](int column, std::span<const std::int8_t> values) {
                     store(segment.row, segment.first_column + column, segment.first_channel,
                           values);
                   });
  }
  return tensor;
}

std::int64_t Accelerator::count_nonzeros(int image, int node) const {
  const TensorPlace* place = program_.place_of(node);
  ensure(place != nullptr, "a tensor that is counted has a place");
  const Shape& shape = place->shape;
  std::int64_t nonzeros = 0;
  if (place->resident) {
    const Region region = place->region_of(image);
    for (int h = 0; h < shape.h; ++h) {
      for (int w = 0; w < shape.w; ++w) {
        const std::int8_t* const position = buffer_.data(region.at(h, w));
        nonzeros += shape.c - std::count(position, position + shape.c, std::int8_t{0});
      }
    }
    return nonzeros;
  }
  for (const Segment& segment : segments_of(place->segments_of(image), {})) {
    // Behind the maps of its positions a segment has these values alone.
    nonzeros += directory_[std::size_t(segment.directory)] -
                std::int64_t{segment.columns} * map_bytes(segment.channels);
  }
  return nonzeros;
}

LayerRun Accelerator::run_layer(int number) {
  const LayerCode& layer = program_.layers[std::size_t(number)];
  outputs_.begin_layer(program_.batch);
  if (const Picoseconds left = clock_.restart(); left > 0) run_simulation_for(left);
  dram_->restart();
  dram_before_ = dram_->counters();
  units_->begin_layer(layer);
  run_simulation();
  if (units_->failure()) std::rethrow_exception(units_->failure());
  if (!units_->layer_is_done()) throw_deadlock(layer);
  outputs_.end_layer();
  LayerRun run;
  run.layer = number;
  collect(run);
  return run;
}

void Accelerator::throw_deadlock(const LayerCode& layer) const {
  throw InternalError(fmt::format("layer '{}': deadlock in cycle {}\n{}", layer.name, clock_.now(),
                                  units_->describe()));
}

void Accelerator::collect(LayerRun& run) {
  const StreamTimes& times = units_->times();
  run.cycles = *std::max_element(times.last_complete.begin(), times.last_complete.end()) + 1;
  run.counters = units_->counters();
  run.dram = dram_->counters();
  add_counters(run.dram, dram_before_, -1);
  run.counters.dram_read_bytes = run.dram.read_bursts * machine_.dram.burst_bytes;
  run.counters.dram_written_bytes = run.dram.write_bursts * machine_.dram.burst_bytes;
  run.counters.dram_activations = run.dram.activations;
  run.counters.dram_open_ps = run.dram.open_ps;
  run.block_states = units_->block_states(run.cycles);
  for (const RowStates& states : run.block_states) add_counters(run.row_states, states);
  run.executed = times.executed;
  const Cycle computed = times.completed(Stream::kCompute) + 1;
  if (computed == 0) {
    run.waited_for_post = run.counters.post_busy_cycles;
    run.waited_for_dram = run.cycles - run.waited_for_post;
    return;
  }
  const Cycle posted = std::max(computed, times.completed(Stream::kPost) + 1);
  run.waited_for_post = times.compute_waited(Stream::kPost) + posted - computed;
  run.waited_for_dram = times.compute_waited(Stream::kLoad) + times.compute_waited(Stream::kStore) +
                        run.cycles - posted;
}

}  // namespace escalate
