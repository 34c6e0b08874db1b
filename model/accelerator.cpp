#include "model/accelerator.h"

#include <fmt/format.h>

#include <algorithm>

#include "buffers/dram_target.h"
#include "common/error.h"
#include "model/compute_unit.h"
#include "model/cycle/compute_unit.h"
#include "model/cycle/post_unit.h"
#include "model/post_unit.h"
#include "model/segments.h"

namespace escalate {
namespace {

std::unique_ptr<ComputeStage> make_compute_stage(const MachineConfig& machine,
                                                 const LayerClock& clock,
                                                 const GlobalBuffer& buffer, PickSelector& selector,
                                                 const AcceleratorOptions& options) {
  if (options.view == View::kCycle) {
    return std::make_unique<cycle::ComputeUnit>("compute", machine, clock, buffer);
  }
  return std::make_unique<ComputeUnit>("compute", machine, clock, buffer, selector,
                                       options.instruction_set);
}

std::unique_ptr<DramModel> make_dram(const MachineConfig& machine, SparseMemory& memory,
                                     const AcceleratorOptions& options) {
  if (options.make_dram) return options.make_dram(machine, memory);
  return std::make_unique<DramTarget>("dram", machine, memory);
}

std::unique_ptr<PostStage> make_post_stage(const MachineConfig& machine, const LayerClock& clock,
                                           GlobalBuffer& buffer, const BlockMemories& blocks,
                                           OutputObserver& observer, View view) {
  if (view == View::kCycle) {
    return std::make_unique<cycle::PostUnit>("post", machine, clock, buffer, blocks, observer);
  }
  return std::make_unique<PostUnit>("post", machine, clock, buffer, blocks, observer);
}

}  // namespace

void LayerRun::add(const LayerRun& other) {
  cycles += other.cycles;
  add_counters(counters, other.counters);
  add_counters(row_states, other.row_states);
  add_counters(dram, other.dram);
  input_nonzeros += other.input_nonzeros;
  input_values += other.input_values;
  waited_for_dram += other.waited_for_dram;
  waited_for_post += other.waited_for_post;
}

Accelerator::Accelerator(const sc_core::sc_module_name& name, const Program& program,
                         Verifier& verifier, const AcceleratorOptions& options)
    : sc_module(name),
      program_(program),
      machine_(program.machine),
      verifier_(verifier),
      clock_(machine_),
      buffer_(machine_.global_buffer_bytes),
      directory_(std::size_t(machine_.dma.directory_entries), 0),
      compute_(make_compute_stage(machine_, clock_, buffer_, verifier, options)),
      post_(make_post_stage(machine_, clock_, buffer_, *compute_, verifier, options.view)),
      controller_("controller", program, clock_),
      dram_(make_dram(machine_, memory_, options)),
      load_("load", machine_, clock_, directory_, buffer_, *compute_, *post_),
      store_("store", machine_, clock_, directory_, buffer_) {
  bind();
  if (options.trace) {
    auto* unit = dynamic_cast<cycle::ComputeUnit*>(compute_.get());
    ensure(unit != nullptr, "only the cycle view can be traced");
    cycle::SignalList list;
    unit->list_signals(list);
    tracer_ = std::make_unique<cycle::Tracer>("tracer", list, *options.trace);
    tracer_->clock(unit->clock_signal());
  }
  memory_.write(std::uint64_t(program.data_address), program.data);
}

void Accelerator::end_trace() {
  if (tracer_) tracer_->commit();
}

void Accelerator::bind() {
  controller_.units[std::size_t(Stream::kLoad)](load_);
  controller_.units[std::size_t(Stream::kCompute)](*compute_);
  controller_.units[std::size_t(Stream::kPost)](*post_);
  controller_.units[std::size_t(Stream::kStore)](store_);
  load_.dma.socket.bind(dram_->target_socket());
  store_.dma.socket.bind(dram_->target_socket());
}

void Accelerator::put_tensor(int image, int node, const Activations& tensor) {
  const TensorPlace* place = program_.place_of(node);
  ensure(place != nullptr, "a tensor that is put has a place");
  const Shape& shape = tensor.shape;
  std::vector<std::int8_t> position(std::size_t(shape.c));
  const auto gather = [&](int h, int w) {
    for (int c = 0; c < shape.c; ++c) position[std::size_t(c)] = tensor.at(c, h, w);
  };
  if (place->resident) {
    const Region region = place->region_of(image);
    for (int h = 0; h < shape.h; ++h) {
      for (int w = 0; w < shape.w; ++w) {
        gather(h, w);
        buffer_.write(region.at(h, w), position);
      }
    }
    return;
  }
  for (const Segment& segment : segments_of(place->segments_of(image), {})) {
    const auto bytes = pack_segment(segment.columns, segment.channels, [&](int column) {
      gather(segment.row, segment.first_column + column);
      return &position[std::size_t(segment.first_channel)];
    });
    directory_[std::size_t(segment.directory)] = std::int32_t(bytes.size());
    memory_.write(segment.address, bytes);
  }
}

Activations Accelerator::get_tensor(int image, int node) const {
  const TensorPlace* place = program_.place_of(node);
  ensure(place != nullptr, "a tensor that is read back has a place");
  const Shape& shape = place->shape;
  Activations tensor{shape, std::vector<std::int8_t>(std::size_t(shape.size()), 0)};
  const auto store = [&](int h, int w, int first_channel, std::span<const std::int8_t> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto c = std::size_t(first_channel) + i;
      tensor.values[(c * std::size_t(shape.h) + std::size_t(h)) * std::size_t(shape.w) +
                    std::size_t(w)] = values[i];
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

void Accelerator::restart() {
  compute_->restart();
  post_->restart();
  load_.restart();
  store_.restart();
  dram_->restart();
  dram_before_ = dram_->counters();
}

LayerRun Accelerator::run_layer(int number) {
  const LayerCode& layer = program_.layers[std::size_t(number)];
  verifier_.begin_layer(layer);
  if (const Picoseconds left = clock_.restart(); left > 0) run_simulation_for(left);
  restart();
  controller_.begin_layer(layer);
  run_simulation();
  if (controller_.failure()) std::rethrow_exception(controller_.failure());
  if (!controller_.layer_is_done()) throw_deadlock(layer);
  verifier_.end_layer();
  LayerRun run;
  run.layer = number;
  collect(run);
  return run;
}

void Accelerator::throw_deadlock(const LayerCode& layer) const {
  throw InternalError(fmt::format("layer '{}': deadlock in cycle {}\n{}", layer.name, clock_.now(),
                                  controller_.describe()));
}

void Accelerator::collect(LayerRun& run) {
  Cycle last = -1;
  for (int s = 0; s < kNumStreams; ++s) {
    last = std::max(last, controller_.completed(static_cast<Stream>(s)));
  }
  run.cycles = last + 1;
  run.dram = dram_->counters();
  add_counters(run.dram, dram_before_, -1);
  run.counters.dram_read_bytes = run.dram.read_bursts * machine_.dram.burst_bytes;
  run.counters.dram_written_bytes = run.dram.write_bursts * machine_.dram.burst_bytes;
  run.counters.instructions = controller_.instructions();
  run.block_states = compute_->block_states(run.cycles);
  for (const RowStates& states : run.block_states) add_counters(run.row_states, states);
  run.executed = controller_.executed();
  for (const MachineCounters& part :
       {compute_->counters(), post_->counters(), load_.counters(), store_.counters()}) {
    add_counters(run.counters, part);
  }
  const Cycle computed = controller_.completed(Stream::kCompute) + 1;
  if (computed == 0) {
    run.waited_for_post = run.counters.post_busy_cycles;
    run.waited_for_dram = run.cycles - run.waited_for_post;
    return;
  }
  const Cycle posted = std::max(computed, controller_.completed(Stream::kPost) + 1);
  run.waited_for_post = controller_.compute_waited(Stream::kPost) + posted - computed;
  run.waited_for_dram = controller_.compute_waited(Stream::kLoad) +
                        controller_.compute_waited(Stream::kStore) + run.cycles - posted;
}

}  // namespace escalate
