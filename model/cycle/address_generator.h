// What reads the entries of a pass from the global buffer, in the order in which the network sends
// them (docs/microarchitecture.md, section 3).
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "interconnect/cycle/stream_ports.h"
#include "machine/config.h"
#include "machine/isa.h"
#include "pe/cycle/ports.h"

namespace escalate::cycle {

/// The window of a group of blocks in a pass.
PassGeometry geometry_of(const Run& run, const PassGroup& group);

class AddressGenerator : public sc_core::sc_module, public EntrySourceIf {
 public:
  sc_core::sc_export<EntrySourceIf> entries;
  sc_core::sc_port<GlobalBufferReadIf> global_buffer;

  /// `on_sent` is called when all entries of a pass have been delivered.
  AddressGenerator(const sc_core::sc_module_name& name, const MachineConfig& machine,
                   std::function<void()> on_sent);

  /// A pass begins.
  void begin(const Run& run);

  const Delivery* next() override;
  void take() override { has_next_ = false; }
  void all_sent() override { on_sent_(); }

 private:
  // A group of blocks and the place of its next entry.
  struct Cursor {
    std::vector<int> blocks;
    std::vector<int> rows, columns;  // that are sent
    std::size_t row = 0, column = 0;
    int first_channel = 0;
    bool ended() const { return row >= rows.size() || columns.empty(); }
  };
  void read(Cursor& cursor);

  int chunk_channels_, entry_channels_;
  std::function<void()> on_sent_;
  Region input_;
  int channels_ = 0;
  std::vector<Cursor> groups_;
  std::size_t turn_ = 0;  // group whose entry is next
  Delivery delivery_;
  bool has_next_ = false;
};

}  // namespace escalate::cycle
