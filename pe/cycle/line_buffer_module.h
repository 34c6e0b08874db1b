// The partial-sum line buffer of a PE row as a module (docs/microarchitecture.md, section 7).
#pragma once

#include "interconnect/cycle/registered_channel.h"
#include "pe/cycle/line_buffer.h"
#include "pe/cycle/ports.h"

namespace escalate::cycle {

class LineBuffer : public sc_core::sc_module, public LineWriterIf, public LineReaderIf {
 public:
  sc_core::sc_export<LineWriterIf> products;  ///< for the MAC unit
  sc_core::sc_export<LineReaderIf> lines;     ///< for the slice merge

  LineBuffer(const sc_core::sc_module_name& name, const MachineConfig& machine)
      : sc_module(name),
        products("products"),
        lines("lines"),
        core_(machine),
        registers_("registers", [this] { core_.clock(); }) {
    products.bind(*this);
    lines.bind(*this);
  }

  /// A tile begins in which the row is active.
  void open(const RunningPass& tile) { core_.open(tile); }

  bool may_write(const RunningPass& pass, int h) const override { return core_.may_write(pass, h); }
  void reach(const RunningPass& pass, int w) override { core_.reach(pass, w); }
  void add(const RunningPass& pass, int p, int q, std::int32_t value) override {
    core_.add(pass, p, q, value);
  }
  void finish(const RunningPass& pass, int h) override {
    core_.finish(pass, h);
    registers_.request();
  }
  const BufferedLine* oldest_finished() const override { return core_.oldest_finished(); }
  std::int32_t take(const BufferedLine& line, int column) override {
    return core_.take(line, column);
  }
  void release() override {
    core_.release();
    registers_.request();
  }

  const MachineCounters& counters() const { return core_.counters(); }
  void list_signals(SignalList& list) const {
    list.add(*this, "line_finished", 1,
             [this] { return std::uint64_t(core_.oldest_finished() != nullptr); });
    list.add(*this, "line_buffer_updates", 32,
             [this] { return std::uint32_t(core_.counters().line_buffer_updates); });
  }

 private:
  LineBufferClocked core_;
  RegisterUpdate registers_;
};

}  // namespace escalate::cycle
