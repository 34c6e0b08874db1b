// The operations of the post-processing unit in the cycle view: a number of operands a cycle, until
// all are taken (docs/microarchitecture.md, section 12; docs/quantization.md).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "machine/counters.h"
#include "machine/isa.h"
#include "machine/requantize.h"
#include "model/cycle/output_collector.h"
#include "model/output_path.h"

namespace escalate::cycle {

/// Requantisation of one output channel.
struct PostParameters {
  std::int32_t bias = 0;
  FixedPoint factor;
  FixedPoint negative;  ///< of sums below 0
};

/// What the operations work on.
struct PostResources {
  int lanes = 1;
  GlobalBufferIf& buffer;
  OutputCollector& collector;
  OutputPath& outputs;
  MachineCounters& counters;
  std::array<std::span<const std::int8_t>, 2> tables;

  /// What the table of that bank has for the value; the value itself for bank -1.
  std::int8_t looked_up(int bank, std::int8_t value) const;
};

class PostOperation {
 public:
  virtual ~PostOperation() = default;
  /// One cycle. Returns whether it was the last.
  virtual bool tick() = 0;
};

/// Empties output banks; a group's outputs are written when its last sum has been taken.
class DrainOperation : public PostOperation {
 public:
  DrainOperation(const PostResources& post, const Drain& op,
                 std::span<const PostParameters> parameters);
  bool tick() override;

 private:
  void write_group();
  std::int8_t output_of(const CollectedSum& sum) const;
  void add_residual(int p, int q, std::span<std::int8_t> values);

  PostResources post_;
  Drain op_;
  std::span<const PostParameters> parameters_;
  int group_ = -1;
  std::map<std::pair<int, int>, std::vector<std::int8_t>>
      outputs_;  // outputs of the group, by (p, q)
};

/// What takes operands in a fixed order, position by position, window element by window element,
/// channel by channel.
class StreamedOperation : public PostOperation {
 public:
  bool tick() override;

 protected:
  StreamedOperation(const PostResources& post, std::int64_t operands)
      : post_(post), operands_(operands) {}
  virtual void take(std::int64_t operand) = 0;
  PostResources post_;

 private:
  std::int64_t operands_;
  std::int64_t next_ = 0;
};

class PoolOperation : public StreamedOperation {
 public:
  PoolOperation(const PostResources& post, const Pool& op);

 private:
  void take(std::int64_t operand) override;
  void finish(int p, int q);

  Pool op_;
  std::vector<std::int64_t> sums_;        // sums of a position, by channel
  std::span<const std::int8_t> element_;  // element of the window
  int inside_ = 0;                        // window elements of the position that lie in the input
};

class AddOperation : public StreamedOperation {
 public:
  AddOperation(const PostResources& post, const Add& op);

 private:
  void take(std::int64_t operand) override;
  std::int8_t combined(std::int8_t left, std::int8_t right) const;

  Add op_;
  std::span<const std::int8_t> operand_;  // a position of either
  std::vector<std::int8_t> left_, sums_;
};

class FillOperation : public StreamedOperation {
 public:
  FillOperation(const PostResources& post, const Fill& op);

 private:
  void take(std::int64_t operand) override;

  Fill op_;
};

}  // namespace escalate::cycle
