// A PE row with registers: CA unit, element queue, MAC unit and line buffer, clock by clock
// (docs/microarchitecture.md, sections 6, 7, 10 and 11).
#pragma once

#include <cstdint>

#include "buffers/cycle/ring.h"
#include "machine/config.h"
#include "machine/counters.h"
#include "machine/row_states.h"
#include "pe/cycle/adder_tree.h"
#include "pe/cycle/concentrator.h"
#include "pe/cycle/dilution.h"
#include "pe/cycle/direct_picker.h"
#include "pe/cycle/element_queue.h"
#include "pe/cycle/ideal_ca.h"
#include "pe/cycle/line_buffer.h"
#include "pe/cycle/mac_unit.h"

namespace escalate {

/// The state of a PE row in one cycle, in the order in which they are tested.
enum class RowState { kWork, kWaitInput, kWaitWeights, kQueueFull, kWaitMerge, kIdle };

/// Books each cycle of a PE row as one state (section 11) from what its units did in it.
class RowStateClocked {
 public:
  struct Activity {
    bool element_began = false;  ///< first cycle of an element in the CA unit
    bool element_ended = false;  ///< its final step
    bool ca_blocked = false;
    MacUnitClocked::Status mac;
  };

  /// A pass begins in this cycle that sends the row `entries` entries.
  void expect(int entries) { to_come_ += entries; }

  void book(const Activity& activity);

  const RowStates& states() const { return states_; }
  /// State in the cycle booked last.
  RowState state() const { return state_; }
  std::int64_t ca_busy_cycles() const { return ca_busy_; }
  bool is_idle() const { return to_come_ == 0 && held_ == 0; }

 private:
  RowState state_of(const Activity& activity, bool ca_works) const;

  int to_come_ = 0;  // elements of passes that have begun, not yet in the CA unit
  int held_ = 0;     // elements in the CA unit
  RowStates states_;
  RowState state_ = RowState::kIdle;
  std::int64_t ca_busy_ = 0;
};

class RowClocked {
 public:
  RowClocked(const MachineConfig& machine, int slice, int row);

  /// A pass in which the row is active begins in this cycle.
  void begin_pass(const RunningPass& pass, int entries);

  /// One cycle with the entry in front of the row (or null), which stands in `pass`. Returns
  /// whether the row released the entry.
  bool tick(const Entry* entry, const RunningPass* pass);
  void clock();

  LineBufferClocked& line_buffer() { return line_buffer_; }
  const ConcentratorClocked& concentrator() const { return concentrator_; }
  const RowStates& states() const { return book_.states(); }
  MachineCounters counters() const;
  bool is_idle() const;

 private:
  bool make_element(const RowInput* input, RowStateClocked::Activity& activity);
  bool make_element_at_once(const RowInput* input, RowStateClocked::Activity& activity);
  bool pick_directly(const RowInput& input, RowStateClocked::Activity& activity);

  int slice_, row_;
  int entry_channels_;
  bool ideal_ca_;
  DilutionClocked dilution_;
  SlotQueue slot_queue_;
  ConcentratorClocked concentrator_;
  AdderTreeClocked adder_tree_;
  IdealCaClocked ideal_unit_;
  DirectPickerClocked picker_;
  ElementQueue element_queue_;
  MacUnitClocked mac_;
  LineBufferClocked line_buffer_;
  RowStateClocked book_;
};

}  // namespace escalate
