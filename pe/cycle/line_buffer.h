// The line buffer of a PE row: partial sums of the output rows in work, from their first product
// until the slice merge has read them (docs/microarchitecture.md, section 7).
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "machine/config.h"
#include "machine/counters.h"
#include "machine/cycle/pass.h"
#include "pe/cycle/sum_registers.h"

namespace escalate {

/// An output row that the merge has not read yet.
struct BufferedLine {
  std::int64_t number = 0;  ///< running number
  int p = 0;                ///< output row
  const RunningPass* tile = nullptr;
  const RunningPass* completed_by = nullptr;  ///< null while unfinished
};

/// The MAC unit's side of a line buffer.
class LineWriter {
 public:
  virtual ~LineWriter() = default;
  /// Whether an element of input row `h` may be written: the line that its last output row needs
  /// has been read by the merge in an earlier cycle.
  virtual bool may_write(const RunningPass& pass, int h) const = 0;
  /// The next products are of an element of input column `w`, not before that of the last ones.
  virtual void reach(const RunningPass& pass, int w) = 0;
  virtual void add(const RunningPass& pass, int p, int q, std::int32_t value) = 0;
  /// In this cycle the line end of input row `h` is done: the output rows that end with it are
  /// finished from the next cycle on.
  virtual void finish(const RunningPass& pass, int h) = 0;
};

/// The slice merge's side.
class LineReader {
 public:
  virtual ~LineReader() = default;
  /// The oldest output row if the cycle began with it finished, else null.
  virtual const BufferedLine* oldest_finished() const = 0;
  /// Reads a sum of `line` and sets it to zero for the next output row.
  virtual std::int32_t take(const BufferedLine& line, int column) = 0;
  /// In this cycle the merge has read the oldest output row.
  virtual void release() = 0;
};

class LineBufferClocked final : public LineWriter, public LineReader {
 public:
  using Line = BufferedLine;

  explicit LineBufferClocked(const MachineConfig& machine)
      : sums_(std::size_t(machine.mac.line_buffer_words)), registers_(machine.mac.sum_registers) {}

  /// A tile begins in which the row is active.
  void open(const RunningPass& tile);

  bool may_write(const RunningPass& pass, int h) const override;
  void reach(const RunningPass& pass, int w) override;
  void add(const RunningPass& pass, int p, int q, std::int32_t value) override;
  void finish(const RunningPass& pass, int h) override;
  const BufferedLine* oldest_finished() const override;
  std::int32_t take(const BufferedLine& line, int column) override;
  void release() override;

  void clock();

  /// All output rows have been read.
  bool is_idle() const { return lines_.empty(); }

  const MachineCounters& counters() const { return counters_; }

 private:
  std::size_t word(const RunningPass& pass, std::int64_t number, int column) const;
  void write(const RunningPass& pass, int p, int q, std::int32_t value);
  void leave_registers(const RunningPass& pass, int column);

  std::vector<std::int32_t> sums_;
  SumRegistersClocked registers_;
  std::deque<BufferedLine> lines_;
  int num_finished_ = 0;
  int finished_now_ = 0;
  bool released_now_ = false;
  MachineCounters counters_;
};

}  // namespace escalate
