// The whole accelerator: the units of one of its views, their memories and DRAM, put together.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <systemc>
#include <vector>

#include "buffers/dram_model.h"
#include "buffers/sparse_memory.h"
#include "common/host_simd.h"
#include "common/shared_table.h"
#include "compiler/program.h"
#include "model/accelerator_units.h"
#include "model/cycle/tracer.h"
#include "model/layer_run.h"
#include "model/output_path.h"
#include "model/view.h"
#include "pe/pick_selector.h"
#include "pe/transaction/block_model.h"
#include "pe/transaction/concentrator_core.h"

namespace escalate {

/// What else one may choose of an accelerator.
struct AcceleratorOptions {
  View view = View::kTransaction;
  /// The host's instructions that hot loops use; the outcome is the same with all.
  HostSimd host_simd = best_host_simd();
  /// The cycle view alone writes one: a value change dump.
  std::optional<cycle::TraceOptions> trace;
  /// Makes the DRAM, which stores in the memory given; by default a DramTarget.
  std::function<std::unique_ptr<DramModel>(const MachineConfig&, SparseMemory&)> make_dram;
  /// Makes each PE block of the transaction view; by default a PeBlock.
  BlockMaker make_block;
  /// Makes what concentrates in the transaction view, in place of the configured pattern.
  ConcentratorMaker make_concentrator;
  /// Where the transaction view finds and leaves the times of passes, taken by pointer; nullptr:
  /// nowhere. Other simulations may use it at the same time. The outcome is the same with and
  /// without, but that picks are lost (`drop_pick`) in another order.
  SharedTable* shared = nullptr;
};

class Accelerator : public sc_core::sc_module {
 public:
  /// Takes `program` and who selects picks by reference. Program data stand in DRAM from the start.
  Accelerator(const sc_core::sc_module_name& name, const Program& program,
              const AcceleratorOptions& options, const PickOptions& picks = {});

  /// Shows every output that is written to `observer`, which it takes by reference.
  void add_observer(OutputObserver& observer) { outputs_.add_observer(observer); }

  /// Writes a tensor to its place in DRAM or the global buffer, as a host would.
  void put_tensor(int image, int node, const Activations& tensor);
  /// What the layer's instructions fill, beside the values of its tensor.
  void put_fills(const LayerCode& layer);
  /// The layer that runs next writes this tensor, which was drawn, in place of what it computes.
  void put_drawn(const Activations& tensor) { outputs_.put_drawn(tensor); }
  /// Whether the transaction view computes no outputs of that layer, which nobody would read: only
  /// which elements are zero. Cycles, counters and what is written are the same.
  bool leaves_out_values() const { return may_leave_out_ && !outputs_.computed_is_read(); }
  /// Has all of them computed.
  void want_all_values() { outputs_.want_all(); }
  /// Reads it from there.
  Activations get_tensor(int image, int node) const;
  /// How many of its values are not zero.
  std::int64_t count_nonzeros(int image, int node) const;

  /// Runs a layer from one barrier to the next. InternalError with the state of every unit if it
  /// never ends.
  LayerRun run_layer(int layer);
  /// Outputs of one image that the layer in hand, or the last one, has written.
  std::int64_t num_written(int image) const { return outputs_.num_written(image); }

  /// Ends the trace, if there is one: its file appears.
  void end_trace();

  std::int64_t pick_mismatches() const { return units_->pick_mismatches(); }

 private:
  void make_units(const AcceleratorOptions& options, const PickOptions& picks);
  void collect(LayerRun& run);
  [[noreturn]] void throw_deadlock(const LayerCode& layer) const;

  const Program& program_;
  MachineConfig machine_;
  bool may_leave_out_;
  OutputPath outputs_;
  LayerClock clock_;
  GlobalBuffer buffer_;
  SparseMemory memory_;
  SegmentDirectory directory_;
  std::unique_ptr<DramModel> dram_;
  std::unique_ptr<AcceleratorUnits> units_;
  std::unique_ptr<cycle::Tracer> tracer_;
  DramCounters dram_before_;
};

}  // namespace escalate
