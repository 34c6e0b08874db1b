// The interfaces at which the controller, the units of the streams and the global buffer meet in
// the cycle view.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <systemc>

#include "machine/cycle/pass.h"
#include "machine/isa.h"

namespace escalate::cycle {

/// What executes the instructions of a stream, as the controller sees it at the clock edge that
/// begins a cycle.
class StreamUnitIf : public virtual sc_core::sc_interface {
 public:
  /// Whether the next instruction of the stream may begin in this cycle.
  virtual bool is_free() const = 0;
  /// An instruction begins in this cycle.
  virtual void begin(const Instruction& instruction) = 0;
  /// How many of the instructions not yet taken were complete before this cycle, in the order of
  /// their begin; takes them.
  virtual int take_completed() = 0;
  /// One line on what the unit is at, for reports of deadlocks.
  virtual std::string describe() const = 0;
};

/// A read port of the global buffer: what is read through it is counted.
class GlobalBufferReadIf : public virtual sc_core::sc_interface {
 public:
  /// Consecutive channels of a position, zeros included.
  virtual std::span<const std::int8_t> read(std::int64_t address, int channels) = 0;
};

/// A read and write port of the global buffer.
class GlobalBufferIf : public GlobalBufferReadIf {
 public:
  /// Writes consecutive channels of a position: the map bits, and the activations not zero.
  virtual void write(std::int64_t address, std::span<const std::int8_t> values) = 0;
};

/// The coefficient buffers of the PE blocks as the load engine sees them.
class CoefficientFillIf : public virtual sc_core::sc_interface {
 public:
  /// Fills bank 0 or 1 of `block`, which no pass uses.
  virtual void fill(int block, int bank, ClockedCoefficients content) = 0;
};

/// The parameter banks of post-processing as the load engine sees them.
class ParameterFillIf : public virtual sc_core::sc_interface {
 public:
  /// Bias, multiplier and shift of output channels, as they stand in DRAM.
  virtual void load_parameters(const LoadParameters& load, std::span<const std::uint8_t> bytes) = 0;
  virtual void load_parameters(const LoadSlopedParameters& load,
                               std::span<const std::uint8_t> bytes) = 0;
  virtual void load_table(const LoadTable& load, std::span<const std::uint8_t> bytes) = 0;
};

/// The output banks of the PE blocks as the output collector sees them.
class OutputBankReadIf : public virtual sc_core::sc_interface {
 public:
  /// The sums in output bank 0 or 1 of `block` (OutputMap says where).
  virtual std::span<const std::int32_t> output_bank(int block, int bank) const = 0;
};

}  // namespace escalate::cycle
