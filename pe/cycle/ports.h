// The interfaces at which the units of a PE block meet in the cycle view.
#pragma once

#include <cstdint>
#include <span>
#include <systemc>

#include "interconnect/cycle/entry_ports.h"
#include "machine/cycle/pass.h"
#include "pe/cycle/concentrator.h"
#include "pe/cycle/line_buffer.h"
#include "pe/cycle/mac_unit.h"
#include "pe/cycle/output_banks.h"

namespace escalate::cycle {

/// Wires of one cycle from the concentrator to the adder tree.
class AdderTreeIf : public virtual sc_core::sc_interface {
 public:
  virtual void step(std::span<const LanePick> picks, const ConcentratorClocked::Result& step) = 0;
};

class LineWriterIf : public virtual sc_core::sc_interface, public LineWriter {};
class LineReaderIf : public virtual sc_core::sc_interface, public LineReader {};
class OutputBankIf : public virtual sc_core::sc_interface, public OutputBankWriter {};

/// What a unit that works on elements did with them in the cycle. It is there to be read one delta
/// cycle after the unit has worked, until the unit works again; so are all the units' activities.
struct CaActivity {
  bool began = false;  ///< first cycle of an element
  bool ended = false;  ///< its final step
  bool blocked = false;
};
class CaActivityIf : public virtual sc_core::sc_interface {
 public:
  virtual const CaActivity& activity() const = 0;
};
class MacActivityIf : public virtual sc_core::sc_interface {
 public:
  virtual const MacUnitClocked::Status& activity() const = 0;
};

/// What a PE row is told of passes.
class RowControlIf : public virtual sc_core::sc_interface {
 public:
  /// A pass in which the row is active begins in this cycle; it sends `entries` entries.
  virtual void begin_pass(const RunningPass& pass, int entries) = 0;
};

/// From a slice merge to the block's controller.
class MergeReportIf : public virtual sc_core::sc_interface {
 public:
  /// The merge of an output row ends in this cycle; `pass` completed the row.
  virtual void row_merged(const RunningPass& pass) = 0;
};

/// The coefficient buffer as the block's controller sees it.
class CoefficientsIf : public virtual sc_core::sc_interface {
 public:
  /// Bank 0 or 1.
  virtual const ClockedCoefficients& bank(int number) const = 0;
};

/// From the compute stream to a block.
class BlockControlIf : public virtual sc_core::sc_interface {
 public:
  /// A pass begins in this cycle. Its first entry is sent in this cycle at the earliest.
  virtual void begin_pass(const ClockedPass& pass) = 0;
};

/// From a block to the compute stream.
class PassReportIf : public virtual sc_core::sc_interface {
 public:
  /// Of the passes of `block` that merge anything, the oldest that was not yet complete is complete
  /// in this cycle. Called once for each such pass.
  virtual void pass_complete(int block) = 0;
};

}  // namespace escalate::cycle
