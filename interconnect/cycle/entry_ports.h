// The interfaces on the way of an entry in the cycle view: compute stream, multicast network, ring
// input buffer, PE row.
#pragma once

#include <cstdint>
#include <memory>
#include <systemc>

#include "interconnect/cycle/multicast.h"
#include "machine/cycle/pass.h"
#include "machine/entry.h"

namespace escalate::cycle {

/// A PE row's read port of the ring input buffer.
class EntryPortIf : public virtual sc_core::sc_interface {
 public:
  /// The entry in front of the row with the row's coefficients, or null.
  virtual const RowInput* front() = 0;
  /// In this cycle the row reads the last chunk of the entry in front.
  virtual void release() = 0;
};

/// The passes at work in a block.
class PassTableIf : public virtual sc_core::sc_interface {
 public:
  virtual const RunningPass& pass(std::int64_t number) = 0;
  virtual std::int64_t newest_pass() const = 0;
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
