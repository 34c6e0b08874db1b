// When DRAM answers: channels, banks, open rows, refresh, and which burst goes next
// (docs/microarchitecture.md, section 14). A plain state machine; the TLM-2.0 target around it lets
// another DRAM model take its place.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
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
  std::int64_t open_ps = 0;

  bool operator==(const DramCounters&) const = default;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"read_bursts", "bursts", "Bursts read"}, self.read_bursts);
    visit(FieldDoc{"write_bursts", "bursts", "Bursts written"}, self.write_bursts);
    visit(FieldDoc{"row_hits", "bursts", "Bursts whose row was open"}, self.row_hits);
    visit(FieldDoc{"activations", "rows", "Rows opened"}, self.activations);
    visit(FieldDoc{"precharges", "rows", "Rows closed for another one"}, self.precharges);
    visit(FieldDoc{"refreshes", "refreshes", "Refreshes of a channel"}, self.refreshes);
    visit(FieldDoc{"open_ps", "ps", "Time in which channels have rows open, added up"},
          self.open_ps);
  }
};

class DramTiming {
 public:
  /// A request and when its last byte is through. Requests are numbered from 0 in the order of
  /// their arrival.
  struct Answer {
    std::int64_t request = 0;
    Picoseconds done = 0;
  };

  explicit DramTiming(const DramConfig& config);

  /// Bytes [address, address + bytes) are asked for; returns the number of the request. It arrives
  /// no earlier than those before it and than the time to which the DRAM has advanced;
  /// InternalError otherwise, or for an empty request.
  std::int64_t arrive(std::uint64_t address, std::int64_t bytes, bool is_write,
                      Picoseconds arrival);

  /// Gives the commands of the time before `now`, when all that arrives in it is known, and returns
  /// the requests whose last burst is among them, channel by channel.
  std::vector<Answer> advance(Picoseconds now);

  /// No waiting request is answered before this time, and its next command is given before it;
  /// none if no request waits.
  std::optional<Picoseconds> next_answer() const;

  /// A layer boundary at `now`, after all that was served: rows closed, refresh phase restarted.
  void restart(Picoseconds now);

  const DramCounters& counters() const { return counters_; }

 private:
  struct Place {
    std::size_t bank = 0, group = 0;
    std::int64_t row = 0;
  };
  struct Burst : Place {
    std::int64_t number = 0;  ///< of those of the channel, in the order of arrival
    std::int64_t request = 0;
    Picoseconds arrival = 0;
    bool is_write = false;
  };
  static constexpr Picoseconds kLongAgo = std::numeric_limits<Picoseconds>::min() / 2;
  struct Bank {
    std::int64_t open_row = -1;
    Picoseconds open_from = 0;    ///< column accesses to the row from then on
    Picoseconds ready = 0;        ///< the row can close
    bool is_fresh = false;        ///< no burst has used the row since it was opened
    bool closed_another = false;  ///< when the row was opened
    std::int64_t decided_in = 0;  ///< the search for a command in which a burst has had its say
  };
  struct Command {
    enum class Kind { kOpen, kAccess, kRefresh } kind = Kind::kOpen;
    Picoseconds time = 0;
    std::size_t burst = 0;  ///< among those that wait
  };
  // When the last commands of a bank group or a channel were given.
  struct LastCommands {
    Picoseconds read = kLongAgo, write = kLongAgo, activation = kLongAgo;
  };
  struct Channel {
    std::vector<Bank> banks;
    std::vector<LastCommands> groups;
    LastCommands last;
    std::array<Picoseconds, 4> activations{};  ///< the last four, the oldest at next_activation
    std::size_t next_activation = 0;
    std::optional<Picoseconds> open_since;  ///< rows are open; until then they are counted
    std::deque<Burst> waiting;              ///< in the order of arrival
    std::int64_t num_bursts = 0;
    Picoseconds now = 0;  ///< of the last command
    Picoseconds bus_free = 0;
    Picoseconds next_refresh = 0;
    std::optional<Command> next;
    std::int64_t searches = 0;  ///< for commands
  };
  struct Request {
    std::int64_t bursts = 0;  ///< that wait
    Picoseconds done = 0;     ///< so far
  };

  void plan(Channel& channel) const;
  void plan_access(Channel& channel) const;
  Picoseconds access_time(const Channel& channel, const Burst& burst) const;
  Picoseconds opening_time(const Channel& channel, const Burst& burst) const;
  Picoseconds earliest_activation(const Channel& channel, std::size_t group) const;
  void advance(Channel& channel, Picoseconds now, std::vector<Answer>& answers);
  void refresh(Channel& channel, Picoseconds time);
  void open(Channel& channel, const Burst& burst, Picoseconds time);
  Picoseconds access(Channel& channel, const Burst& burst, Picoseconds time);
  void count_open(Channel& channel, Picoseconds until);

  Picoseconds latency(bool is_write) const { return is_write ? write_latency_ : row_hit_; }
  /// Where burst `number` of a channel is.
  Place place_of(std::uint64_t number) const;

  std::uint64_t burst_bytes_, bursts_per_row_;
  std::size_t num_banks_, num_groups_, interleaved_groups_;
  Picoseconds burst_, row_hit_, write_latency_, activate_, precharge_, refresh_interval_, refresh_;
  Picoseconds same_group_, read_to_write_, write_to_read_, write_to_read_same_group_;
  Picoseconds activate_to_activate_, activate_to_activate_same_group_, four_activates_;
  Picoseconds activate_to_precharge_, read_to_precharge_, write_recovery_;
  bool in_order_;
  std::int64_t window_;
  std::vector<Channel> channels_;
  std::deque<Request> requests_;  ///< from number first_request_ on
  std::int64_t first_request_ = 0;
  Picoseconds last_arrival_ = 0;
  DramCounters counters_;
};

}  // namespace escalate
