#include "model/cycle/units.h"

namespace escalate::cycle {

CycleUnits::CycleUnits(const Program& program, const LayerClock& layer_clock,
                       const SharedMemories& memories, DramModel& dram, OutputPath& outputs)
    : clock_("clock", program.machine, [this] { return has_work(); }),
      controller_("controller", program, layer_clock),
      global_buffer_("global_buffer", memories.buffer),
      load_("load", program.machine, memories.directory),
      compute_("compute", program.machine, layer_clock),
      post_("post", program.machine, outputs),
      store_("store", program.machine, memories.directory) {
  controller_.clock(clock_.signal);
  load_.clock(clock_.signal);
  post_.clock(clock_.signal);
  store_.clock(clock_.signal);
  controller_.units[StreamTimes::index(Stream::kLoad)](load_.control);
  controller_.units[StreamTimes::index(Stream::kCompute)](compute_.control);
  controller_.units[StreamTimes::index(Stream::kPost)](post_.control);
  controller_.units[StreamTimes::index(Stream::kStore)](store_.control);
  load_.global_buffer(global_buffer_.load.access);
  load_.coefficient_buffers(compute_.coefficient_buffers);
  load_.parameter_banks(post_.parameter_banks);
  compute_.global_buffer(global_buffer_.compute.access);
  post_.global_buffer(global_buffer_.post.access);
  post_.output_banks(compute_.output_banks);
  store_.global_buffer(global_buffer_.store.access);
  load_.socket.bind(dram.target_socket());
  store_.socket.bind(dram.target_socket());
}

// With a failure, or in a deadlock, the clock stops, and the simulation with it.
bool CycleUnits::has_work() const {
  return !controller_.layer_is_done() && !controller_.is_stuck() && !load_.failure();
}

void CycleUnits::begin_layer(const LayerCode& layer) {
  global_buffer_.restart();
  load_.restart();
  compute_.restart();
  post_.restart();
  store_.restart();
  controller_.begin_layer(layer);
  clock_.start();
}

MachineCounters CycleUnits::counters() const {
  MachineCounters sum = compute_.counters();
  for (const MachineCounters& part :
       {global_buffer_.counters(), post_.counters(), load_.counters(), store_.counters()}) {
    add_counters(sum, part);
  }
  sum.instructions = controller_.streams().instructions();
  return sum;
}

SignalList CycleUnits::signals() const {
  SignalList list;
  controller_.list_signals(list);
  load_.list_signals(list);
  store_.list_signals(list);
  global_buffer_.list_signals(list);
  compute_.list_signals(list);
  post_.list_signals(list);
  return list;
}

}  // namespace escalate::cycle
