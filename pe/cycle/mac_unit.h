// The MAC unit of a PE row with registers: multiplies elements with the taps they meet and scatters
// the products into the line buffer (docs/microarchitecture.md, sections 7 and 10).
#pragma once

#include <cstdint>
#include <vector>

#include "machine/config.h"
#include "machine/counters.h"
#include "pe/cycle/element_queue.h"
#include "pe/cycle/line_buffer.h"

namespace escalate {

class MacUnitClocked {
 public:
  /// What the unit did in a cycle: at most one of these.
  struct Status {
    bool busy = false;           ///< multiplied or accumulated
    bool waits_weights = false;  ///< in excess cycles of the weight port
    bool waits_line = false;     ///< has an element at hand and waits for a line
  };

  /// The unit of PE row `row` of slice `slice`.
  MacUnitClocked(const MachineConfig& machine, int slice, int row);

  Status tick(ElementReader& queue, LineWriter& line_buffer);

  /// An element as a trace shows it.
  struct Place {
    int row = 0, column = 0;  ///< position in the layer's input
    std::int64_t pass = 0;    ///< running number
    int output_channel = 0;   ///< from 0 in the pass
    int term = 0;
  };
  /// Of the element in hand, or the last one.
  const Place& place() const { return place_; }

  const MachineCounters& counters() const { return counters_; }

 private:
  struct Product {
    int p = 0, q = 0;
    std::int32_t factor = 0;
    std::int32_t operand = 0;
  };
  void start(const Element& element);
  void plan_products(const Element& element);
  void plan_reduction(const Element& element);
  std::int32_t weight(const ElementTag& tag, int channel, int r, int s) const;
  void work(LineWriter& line_buffer);

  int slice_, row_;
  int multipliers_, weight_port_bytes_;
  bool ideal_;
  ElementTag tag_;
  Place place_;
  std::vector<Product> products_;  // products of the element in hand
  std::size_t next_product_ = 0;
  int busy_left_ = 0;
  int excess_left_ = 0;
  MachineCounters counters_;
};

}  // namespace escalate
