// When DRAM answers: channels, banks, open rows and refresh (docs/microarchitecture.md, section
// 14). A plain state machine; the TLM-2.0 target around it lets another DRAM model take its place.
#pragma once

#include <cstdint>
#include <vector>

#include "common/fields.h"
#include "machine/clock.h"
#include "machine/config.h"

namespace escalate {

struct DramCounters {
  std::int64_t read_bursts = 0;
  std::int64_t write_bursts = 0;
  std::int64_t row_hits = 0;
  std::int64_t activations = 0;
  std::int64_t precharges = 0;
  std::int64_t refreshes = 0;

  bool operator==(const DramCounters&) const = default;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"read_bursts", "bursts", "Bursts read"}, self.read_bursts);
    visit(FieldDoc{"write_bursts", "bursts", "Bursts written"}, self.write_bursts);
    visit(FieldDoc{"row_hits", "bursts", "Bursts whose row was open"}, self.row_hits);
    visit(FieldDoc{"activations", "rows", "Rows opened"}, self.activations);
    visit(FieldDoc{"precharges", "rows", "Rows closed for another one"}, self.precharges);
    visit(FieldDoc{"refreshes", "refreshes", "Refreshes of a channel"}, self.refreshes);
  }
};

class DramTiming {
 public:
  explicit DramTiming(const DramConfig& config);

  /// Serves the bursts of bytes [address, address + bytes) and returns when the last byte is
  /// through. Requests are given in order of arrival; InternalError otherwise, or for an empty
  /// request.
  Picoseconds serve(std::uint64_t address, std::int64_t bytes, bool is_write, Picoseconds arrival);

  /// A layer boundary at `now`, after all that was served: rows closed, refresh phase restarted.
  void restart(Picoseconds now);

  const DramCounters& counters() const { return counters_; }

 private:
  struct Bank {
    std::int64_t open_row = -1;
    Picoseconds ready = 0;  ///< its last data are through
  };
  struct Channel {
    std::vector<Bank> banks;
    Picoseconds bus_free = 0;
    Picoseconds next_refresh = 0;
  };

  Picoseconds serve_burst(std::uint64_t burst, Picoseconds arrival);
  void refresh_before(Channel& channel, Picoseconds now);

  std::uint64_t burst_bytes_, bursts_per_row_;
  Picoseconds burst_, row_hit_, activate_, precharge_, refresh_interval_, refresh_;
  std::vector<Channel> channels_;
  Picoseconds last_arrival_ = 0;
  DramCounters counters_;
};

}  // namespace escalate
