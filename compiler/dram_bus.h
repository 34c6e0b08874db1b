// The bus of DRAM as the estimate of a mapping has it (docs/compiler.md, "Estimate").
#pragma once

#include <cstddef>
#include <deque>
#include <vector>

namespace escalate {

/// A load and a store under way at the same time have half of the bus each. Loads follow each
/// other, and so do stores. Both are reckoned in the order of emission, not in that of time. Times
/// are in cycles.
class DramBus {
 public:
  /// A load of so many cycles of the whole bus may begin at `from`, when those before it have
  /// ended; returns when it ends.
  double load(double from, double cycles);

  /// A store may begin at `from`, when those before it have ended. They are numbered from 0.
  void store(double from, double cycles);
  /// When the store ends, for all that is known of loads.
  double end_of_store(std::size_t number);

 private:
  struct Store {
    double from, cycles;
  };

  void begin_store();
  void end_store(double time);
  void run_stores(double until);
  void owe(double cycles) { (stores_.empty() ? owed_ : stores_.front().cycles) += cycles; }

  std::deque<Store> stores_;  // that have not ended
  std::vector<double> ends_;  // of those that have
  double now_ = 0;            // how far stores have been followed
  double busy_from_ = 0;      // the bus has not been idle from then to now_
  double owed_ = 0;
};

}  // namespace escalate
