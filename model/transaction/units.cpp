#include "model/transaction/units.h"

namespace escalate {

TransactionUnits::TransactionUnits(const Program& program, const LayerClock& clock,
                                   const SharedMemories& memories, DramModel& dram,
                                   OutputPath& outputs, const TransactionOptions& options)
    : compute_("compute", program.machine, clock, memories.buffer, options.picks, options.host_simd,
               options.make_block, options.make_concentrator, options.shared),
      post_("post", program.machine, clock, memories.buffer, compute_, outputs),
      controller_("controller", program, clock),
      load_("load", program.machine, clock, memories.directory, memories.buffer, compute_, post_),
      store_("store", program.machine, clock, memories.directory, memories.buffer),
      outputs_(outputs) {
  controller_.units[StreamTimes::index(Stream::kLoad)](load_);
  controller_.units[StreamTimes::index(Stream::kCompute)](compute_);
  controller_.units[StreamTimes::index(Stream::kPost)](post_);
  controller_.units[StreamTimes::index(Stream::kStore)](store_);
  load_.dma.socket.bind(dram.target_socket());
  store_.dma.socket.bind(dram.target_socket());
}

void TransactionUnits::begin_layer(const LayerCode& layer) {
  compute_.restart(outputs_.computed_is_read());
  post_.restart();
  load_.restart();
  store_.restart();
  controller_.begin_layer(layer);
}

MachineCounters TransactionUnits::counters() const {
  MachineCounters sum = compute_.counters();
  for (const MachineCounters& part : {post_.counters(), load_.counters(), store_.counters()}) {
    add_counters(sum, part);
  }
  sum.instructions = controller_.instructions();
  return sum;
}

}  // namespace escalate
