// A PE of SCNN: compressed streams of operands, the multiplier array that takes a brick of them a
// cycle, and the queues in front of the accumulator banks.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "common/math.h"

namespace escalate {

/// A stored activation or weight. Rows and columns are in steps of the stride, with the padding
/// added: an activation and a weight of one phase of the stride meet in the output at (row - row,
/// column - column).
struct Operand {
  std::int32_t row = 0, column = 0;
  std::int32_t filter = 0;  ///< filter of a weight, within its group of output channels
  std::int32_t place = 0;   ///< in LayerWorkload::weights or in the image's input
  bool placeholder =
      false;  ///< a stored zero, where more zeros follow each other than a run counts
};

/// Operands as they are stored: one stream for each input channel and phase of the stride, each
/// value with the number of zeros before it.
class OperandStreams {
 public:
  /// `run_bits` bits count the zeros before a value.
  explicit OperandStreams(int run_bits) : run_bits_(run_bits) {}

  void start_stream();
  /// Appends the non-zero at `position` of the stream (ascending), behind a placeholder for every
  /// 2^run_bits zeros before it.
  void append(std::int64_t position, const Operand& operand);

  const Operand* begin_of(std::size_t stream) const { return operands_.data() + starts_[stream]; }
  std::int64_t size_of(std::size_t stream) const {
    const std::size_t end = stream + 1 < starts_.size() ? starts_[stream + 1] : operands_.size();
    return static_cast<std::int64_t>(end - starts_[stream]);
  }
  std::size_t num_streams() const { return starts_.size(); }
  /// Stored values of all streams, placeholders among them.
  std::int64_t size() const { return static_cast<std::int64_t>(operands_.size()); }

 private:
  int run_bits_;
  std::vector<Operand> operands_;
  std::vector<std::size_t> starts_;
  std::int64_t next_position_ = 0;
};

/// Products that wait for the accumulator banks, each of which takes one a cycle.
class BankQueues {
 public:
  static constexpr int kMaxBanks = 256;
  /// `banks` is a power of two up to kMaxBanks; up to `depth` products wait in front of each.
  BankQueues(int banks, int depth) : banks_(banks), depth_(depth) {}

  int banks() const { return banks_; }
  int bank_of(int hash) const { return hash & (banks_ - 1); }
  void add(int hash) { ++waiting_[static_cast<std::size_t>(bank_of(hash))]; }
  /// Adds products by bank, moved by `hash` banks. `counts` holds them twice, one after the other.
  void add_rotated(const std::uint8_t* counts, int hash) {
    const std::uint8_t* first = counts + bank_of(-hash);
    if (banks_ == 32) {
      add_block<32>(first, 0);
    } else {
      for (int i = 0; i < banks_; ++i) add_block<1>(first, i);
    }
  }
  /// One cycle in which every bank takes a product; returns the further cycles that pass until no
  /// queue is too long.
  int step() {
    const int stall = take(1) - depth_;
    if (stall <= 0) return 0;
    take(stall);
    return stall;
  }
  /// Cycles until all queues are empty.
  int flush() {
    const int cycles = take(0);
    waiting_ = {};
    return cycles;
  }

 private:
  /// Takes up to `products` from every queue; returns how many wait in the longest.
  int take(int products) {
    const auto taken = static_cast<std::uint8_t>(std::min(products, 255));
    if (banks_ == 32) return take_from_block<32>(taken, 0);
    int longest = 0;
    for (int i = 0; i < banks_; ++i) longest = std::max(longest, take_from_block<1>(taken, i));
    return longest;
  }
  template <std::size_t kSize>
  void add_block(const std::uint8_t* counts, int bank) {
    // A copy, so that the compiler knows that the two do not overlap.
    std::array<std::uint8_t, kSize> block;
    std::memcpy(block.data(), counts + bank, kSize);
    std::uint8_t* waiting = waiting_.data() + bank;
    for (std::size_t i = 0; i < kSize; ++i) {
      waiting[i] = static_cast<std::uint8_t>(waiting[i] + block[i]);
    }
  }
  template <std::size_t kSize>
  int take_from_block(std::uint8_t taken, int bank) {
    std::array<std::uint8_t, kSize> block;
    std::memcpy(block.data(), waiting_.data() + bank, kSize);
    for (std::uint8_t& waiting : block) {
      waiting = static_cast<std::uint8_t>(waiting > taken ? waiting - taken : 0);
    }
    std::uint8_t longest = 0;
    for (const std::uint8_t waiting : block) longest = waiting > longest ? waiting : longest;
    std::memcpy(waiting_.data() + bank, block.data(), kSize);
    return longest;
  }

  int banks_;
  int depth_;
  std::array<std::uint8_t, kMaxBanks> waiting_{};
};

/// What a PE has done for one group of output channels.
struct ScnnPeWork {
  std::int64_t bricks = 0;           ///< vectors of weights that met a vector of activations
  std::int64_t conflict_cycles = 0;  ///< waiting for accumulator banks
  std::int64_t products = 0;         ///< products of two non-zeros
  std::int64_t macs = 0;             ///< products that meet an output
  std::int64_t activation_vectors = 0;
  std::int64_t fifo_writes = 0;  ///< vectors of weights

  std::int64_t cycles() const { return bricks + conflict_cycles; }
};

/// The accumulators of a PE: `rows` x `columns` outputs from (first_row, first_column) on, for each
/// filter of the group.
struct AccumulatorPlane {
  int first_row = 0, first_column = 0;
  int rows = 0, columns = 0;
};

/// Multiplies streams of activations with streams of weights, brick by brick of `num_activations`
/// by `num_weights`.
class ScnnPe {
 public:
  ScnnPe(int num_activations, int num_weights, int fifo_entries, const AccumulatorPlane& plane,
         BankQueues queues)
      : num_activations_(num_activations),
        num_weights_(num_weights),
        fifo_entries_(fifo_entries),
        plane_(plane),
        queues_(queues) {}

  /// Every activation of a stream with every weight of one.
  void run(const Operand* activations, std::int64_t activation_count, const Operand* weights,
           std::int64_t weight_count) {
    run(
        activations, activation_count, weights, weight_count,
        [](const Operand&, const Operand&, int, int) {},
        activation_count <= kFewVectors * num_activations_);
  }
  /// The same, product by product: calls visit(activation, weight, row, column), the output in the
  /// accumulators' plane, for each product that meets an output.
  template <class Visit>
  void run(const Operand* activations, std::int64_t activation_count, const Operand* weights,
           std::int64_t weight_count, Visit&& visit, bool one_by_one = true) {
    if (activation_count == 0 || weight_count == 0) return;
    prepare(weights, weight_count, !one_by_one);
    const std::int64_t vectors = ceil_div(activation_count, num_activations_);
    const auto weight_vectors = static_cast<std::int64_t>(vectors_.size());
    work_.activation_vectors += vectors;
    // Weights that do not fit into the FIFO are sent again for each vector of activations.
    work_.fifo_writes += weight_vectors * (weight_vectors <= fifo_entries_ ? 1 : vectors);
    for (std::int64_t a = 0; a < activation_count; a += num_activations_) {
      const Operand* last = activations + std::min(activation_count, a + num_activations_);
      for (const WeightVector& vector : vectors_) {
        for (const Operand* activation = activations + a; activation != last; ++activation) {
          if (activation->placeholder) continue;
          if (!one_by_one && meets_all(*activation)) {
            queues_.add_rotated(counts_.data() + vector.counts, hash_of(*activation));
            work_.products += vector.nonzeros;
            work_.macs += vector.nonzeros;
          } else {
            multiply(*activation, vector, visit);
          }
        }
        ++work_.bricks;
        work_.conflict_cycles += queues_.step();
      }
    }
  }

  /// Ends a group: the queues run empty.
  void finish_group() { work_.conflict_cycles += queues_.flush(); }

  const ScnnPeWork& work() const { return work_; }

 private:
  struct WeightVector {
    const Operand* first = nullptr;
    const Operand* last = nullptr;
    int nonzeros = 0;
    std::size_t counts = 0;  ///< where its products by bank start in counts_
  };
  /// For so few vectors of activations it does not pay to count the banks of weights first.
  static constexpr int kFewVectors = 2;

  /// Output channels lie side by side, neighbouring positions behind the channels of one vector of
  /// weights, so that a dense brick falls on different banks. A product's bank is that of the sum
  /// of its operands' hashes.
  int hash_of(const Operand& operand) const {
    return ((operand.row - plane_.first_row) * plane_.columns + operand.column -
            plane_.first_column) *
           num_weights_;
  }
  int weight_hash_of(const Operand& weight) const {
    return weight.filter - (weight.row * plane_.columns + weight.column) * num_weights_;
  }
  void prepare(const Operand* weights, std::int64_t count, bool with_counts);

  /// Whether the activation meets an output with each of the prepared weights.
  bool meets_all(const Operand& activation) const {
    const int row = activation.row - plane_.first_row;
    const int column = activation.column - plane_.first_column;
    return row >= last_row_ && row < plane_.rows && column >= last_column_ &&
           column < plane_.columns;
  }

  template <class Visit>
  void multiply(const Operand& activation, const WeightVector& vector, Visit&& visit) {
    for (const Operand* weight = vector.first; weight != vector.last; ++weight) {
      if (weight->placeholder) continue;
      ++work_.products;
      const int row = activation.row - weight->row - plane_.first_row;
      const int column = activation.column - weight->column - plane_.first_column;
      if (row < 0 || row >= plane_.rows || column < 0 || column >= plane_.columns) continue;
      ++work_.macs;
      queues_.add(hash_of(activation) + weight_hash_of(*weight));
      visit(activation, *weight, row, column);
    }
  }

  int num_activations_, num_weights_, fifo_entries_;
  AccumulatorPlane plane_;
  BankQueues queues_;
  ScnnPeWork work_;
  std::vector<WeightVector> vectors_;   ///< the prepared weights
  std::vector<std::uint8_t> counts_;    ///< their banks, each vector's twice
  int last_row_ = 0, last_column_ = 0;  ///< the farthest of them
};

}  // namespace escalate
