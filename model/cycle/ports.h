// The interfaces at which units of the cycle view meet.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <systemc>

#include "common/entry.h"
#include "interconnect/multicast_clocked.h"
#include "pe/concentrator_clocked.h"
#include "pe/line_buffer_clocked.h"
#include "pe/output_banks_clocked.h"
#include "pe/pass_clocked.h"

namespace escalate::cycle {

/// A PE row's read port of the ring input buffer.
class EntryPortIf : public virtual sc_core::sc_interface {
 public:
  /// The entry in front of the row with the row's coefficients, or null.
  virtual const RowInput* front() = 0;
  /// In this cycle the row reads the last chunk of the entry in front.
  virtual void release() = 0;
};

/// Wires of one cycle from the concentrator to the adder tree.
class AdderTreeIf : public virtual sc_core::sc_interface {
 public:
  virtual void step(std::span<const LanePick> picks, const ConcentratorClocked::Result& step) = 0;
};

class LineWriterIf : public virtual sc_core::sc_interface, public LineWriter {};
class LineReaderIf : public virtual sc_core::sc_interface, public LineReader {};
class OutputBankIf : public virtual sc_core::sc_interface, public OutputBankWriter {};

/// What a PE row is told of passes.
class RowControlIf : public virtual sc_core::sc_interface {
 public:
  /// A pass in which the row is active begins in this cycle; it sends `entries` entries.
  virtual void begin_pass(const RunningPass& pass, int entries) = 0;
};

/// The passes at work in a block.
class PassTableIf : public virtual sc_core::sc_interface {
 public:
  virtual const RunningPass& pass(std::int64_t number) = 0;
  virtual std::int64_t newest_pass() const = 0;
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
  /// In this cycle the oldest pass of `block` is complete that merges anything and was not yet
  /// complete; called once for each such pass.
  virtual void pass_complete(int block) = 0;
};

/// A ring input buffer as the multicast network sees it.
class RingWriterIf : public virtual sc_core::sc_interface {
 public:
  /// Chunk slots that the cycle began with free, less those reserved in it.
  virtual int free_chunks() const = 0;
  virtual void reserve(int chunks) = 0;
  /// An entry of the newest pass: rows see it in the next cycle or, with `at_once`, in this one.
  virtual void write(std::shared_ptr<const Entry> entry, bool at_once) = 0;
};

/// Where the multicast network takes entries from.
class EntrySourceIf : public virtual sc_core::sc_interface {
 public:
  /// The next entry of the pass in hand and the blocks that receive it; null when all are taken.
  virtual const Delivery* next() = 0;
  virtual void take() = 0;
  /// All entries of the pass in hand have been delivered: the network is free from the next cycle
  /// on or, with ideal.input, from this one.
  virtual void all_sent() = 0;
};

/// The multicast network as the compute stream sees it.
class NetworkControlIf : public virtual sc_core::sc_interface {
 public:
  /// The source has entries again: they may be sent from this cycle on.
  virtual void start() = 0;
};

}  // namespace escalate::cycle
