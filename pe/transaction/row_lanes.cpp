// Kernels written once on vectors and compiled for each instruction set, as in ca_batch.cpp.
#include "pe/transaction/row_lanes.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

#include "common/error.h"
#include "common/host_vectors.h"
#include "common/math.h"

namespace escalate {

struct RowLanes::State {
  int lanes, element_queue, waits;  // waits: kept of a MAC unit, of each kind
  std::int32_t line_end;            // -1 or 0
  Cycle base;
  const Cycle* line_free;
  const std::int32_t* active;
  std::int32_t *dilution, *step, *mac_free, *accounted;
  std::int32_t *element_pops, *oldest_pop;
  std::int32_t *line_begins, *line_ends, *weight_begins, *weight_ends;
  std::int32_t *work, *wait_input, *wait_weights, *queue_full, *ca_busy, *mac_busy;
};

struct RowLanes::Shared {
  int chunks, rows;  // rows: slot rows of the entry
  int look_ahead, queue_rows;
  std::uint32_t head, ring_mask;
  const std::uint16_t *push_cycle, *complete;
  std::int32_t visible, mac_cycles;
  const std::int32_t *low_bases, *high_bases, *not_zero;
  std::int32_t *slot_row_pops, *chunk_times;
  std::int32_t *release, *end_of_work;  // one value each
};

struct RowLanes::Direct {
  int most_visited;  // chunks of any row
  std::int32_t visible, taken_at_once;
  const std::int32_t *taken, *num_visited;
  const std::int32_t *busy, *excess;
  std::int32_t *release, *end_of_work;  // one value each
};

namespace {

constexpr std::int32_t kLongAgo = -(1 << 30);  // stands for all times before it
constexpr int kLongestElementQueue = 32;

template <class V>
ESCALATE_INLINE V larger(const V& a, const V& b) {
  return a > b ? a : b;
}

template <class V>
ESCALATE_INLINE V smaller(const V& a, const V& b) {
  return a < b ? a : b;
}

/// Rows of one vector. Names and recurrences are those of RowTimeline.
template <int kBytes>
class Group {
 public:
  static constexpr int kLanes = kBytes / 4;
  using V = typename VectorOf<std::int32_t, kBytes>::type;

  ESCALATE_INLINE Group(const RowLanes::State& rows, int first)
      : rows_(rows), first_(first), active_(load<V>(rows.active + first)) {}

  ESCALATE_INLINE static bool any(const V& mask) {
    using Halves = typename VectorOf<std::int64_t, kBytes>::type;
    const Halves halves = Halves(mask);
    std::int64_t all = 0;
    for (int i = 0; i < kBytes / 8; ++i) all |= halves[i];
    return all != 0;
  }

 protected:
  /// Item `number` of an array of them.
  ESCALATE_INLINE V lane(const std::int32_t* items, int number) const {
    return load<V>(items + std::size_t(number) * std::size_t(rows_.lanes) + first_);
  }
  ESCALATE_INLINE void set_lane(std::int32_t* items, int number, const V& value) const {
    store(items + std::size_t(number) * std::size_t(rows_.lanes) + first_, value);
  }

  /// First cycle in which the element queue has room.
  ESCALATE_INLINE V room() const { return lane(rows_.element_pops, rows_.oldest_pop[first_]) + 1; }

  // Cycles of [begin, end) in which MAC units waited, given when they did, the latest wait first.
  ESCALATE_INLINE V waited(const std::int32_t* begins, const std::int32_t* ends, const V& begin,
                           const V& end) const {
    V sum = {};
    if (!any(lane(ends, 0) > begin)) return sum;
    for (int i = 0; i < rows_.waits; ++i) {
      sum += larger(smaller(lane(ends, i), end) - larger(lane(begins, i), begin), V{});
    }
    return sum;
  }

  struct MacCycles {
    V busy, weights;
  };
  // What MAC units do in [begin, end). `begin` is after the final steps of all their elements, so
  // that from it until they are free they are busy, or wait for a line or for weights.
  ESCALATE_INLINE MacCycles mac_cycles(const V& begin, const V& end) const {
    const V last = smaller(load<V>(rows_.mac_free + first_), end);
    const V line = waited(rows_.line_begins, rows_.line_ends, begin, end);
    const V weights = waited(rows_.weight_begins, rows_.weight_ends, begin, end);
    return {larger(last - begin, V{}) - line - weights, weights};
  }

  ESCALATE_INLINE void add(std::int32_t* counter, const V& cycles) const {
    store(counter + first_, load<V>(counter + first_) + cycles);
  }

  // Of the rows `on`: until `first` their CA units are empty. Returns up to where states are known.
  ESCALATE_INLINE V account_before(const V& on, const V& first) const {
    const V accounted = load<V>(rows_.accounted + first_);
    const V waits = (first > accounted) & on;
    if (!any(waits)) return accounted;
    const V busy = mac_cycles(accounted, first).busy & waits;
    add(rows_.work, busy);
    add(rows_.wait_input, ((first - accounted) & waits) - busy);
    return waits ? first : accounted;
  }

  // From `ready` on there is no room in their element queues until `time`.
  ESCALATE_INLINE void account_blocked(const V& on, const V& ready, const V& time) const {
    const MacCycles mac = mac_cycles(ready, time);
    add(rows_.work, mac.busy & on);
    add(rows_.wait_weights, mac.weights & on);
    add(rows_.queue_full, (time - ready - mac.busy - mac.weights) & on);
  }

  // MAC units of the rows `on` wait once more.
  ESCALATE_INLINE void wait(std::int32_t* begins, std::int32_t* ends, const V& on, const V& begin,
                            const V& end) const {
    if (!any(on)) return;
    for (int i = rows_.waits - 1; i > 0; --i) {
      set_lane(begins, i, on ? lane(begins, i - 1) : lane(begins, i));
      set_lane(ends, i, on ? lane(ends, i - 1) : lane(ends, i));
    }
    set_lane(begins, 0, on ? begin : lane(begins, 0));
    set_lane(ends, 0, on ? end : lane(ends, 0));
  }

  // The rows `pushed` take an element from the queue. Pops lie in a ring, which is that of the
  // whole vector: where some rows alone take one, theirs move up in it.
  ESCALATE_INLINE void pop_element(const V& pushed, const V& pop) const {
    if (!any(pushed)) return;
    int place = rows_.oldest_pop[first_];
    const auto after = [&](int at) { return at + 1 == rows_.element_queue ? 0 : at + 1; };
    if (!any(active_ & ~pushed)) {
      set_lane(rows_.element_pops, place, pop);
      store(rows_.oldest_pop + first_, V{} + after(place));
      return;
    }
    for (int i = 1; i < rows_.element_queue; ++i) {
      const int next = after(place);
      set_lane(rows_.element_pops, place,
               pushed ? lane(rows_.element_pops, next) : lane(rows_.element_pops, place));
      place = next;
    }
    set_lane(rows_.element_pops, place, pushed ? pop : lane(rows_.element_pops, place));
  }

  // The MAC units of the rows `pushed` take an element each. Returns their first free cycles.
  ESCALATE_INLINE V multiply(const V& pushed, const V& final_step, const V& busy,
                             const V& excess) const {
    using Wide = typename VectorOf<Cycle, 2 * kBytes>::type;
    Wide line = load<Wide>(rows_.line_free + first_) - rows_.base;
    line = larger(line, Wide{} + Cycle{kLongAgo});
    const V before = load<V>(rows_.mac_free + first_);
    const V ready = larger(before, final_step + 1);
    const V pop = larger(ready, __builtin_convertvector(line, V));
    const V end = pop + busy, free = end + excess;
    pop_element(pushed, pop);
    wait(rows_.line_begins, rows_.line_ends, (pop > ready) & pushed, ready, pop);
    wait(rows_.weight_begins, rows_.weight_ends, (free > end) & pushed, end, free);
    add(rows_.mac_busy, busy & pushed);
    const V mac_free = pushed ? free : before;
    store(rows_.mac_free + first_, mac_free);
    return mac_free;
  }

  const RowLanes::State& rows_;
  int first_;
  V active_;
};

template <int kBytes>
class DecomposedGroup : private Group<kBytes> {
 public:
  using Base = Group<kBytes>;
  using V = typename Base::V;
  using Base::kLanes;

  ESCALATE_INLINE DecomposedGroup(const RowLanes::State& rows, const RowLanes::Shared& entry,
                                  int first)
      : Base(rows, first), entry_(entry) {}

  ESCALATE_INLINE void run(V& release, V& end_of_work) {
    if (!any(active_)) return;
    dilute_and_concentrate();
    const V ready = step_;
    const V final_step = larger(ready, room());
    const V blocked = (final_step > ready) & active_;
    const V accounted = account_before(active_, first_dilution_);
    const V at_work = (ready - accounted + 1) & active_;  // the final step is one of them
    add(rows_.work, at_work);
    add(rows_.ca_busy, at_work);
    if (any(blocked)) {
      hold_last_rows(ready, final_step);
      account_blocked(active_, ready, final_step);
    }
    store(rows_.accounted + first_, final_step + 1);
    store(rows_.step + first_, final_step);
    const V not_zero = load<V>(entry_.not_zero + first_);
    const V busy = not_zero ? V{} + entry_.mac_cycles : V{} + 1;
    const V mac_free = multiply((not_zero | rows_.line_end) & active_, final_step, busy, V{});
    release = larger(release, active_ ? dilution_ : V{} + kLongAgo);
    const V end = larger(final_step + 1, mac_free);
    end_of_work = larger(end_of_work, active_ ? end : V{} + kLongAgo);
  }

 private:
  using Bits = typename VectorOf<std::uint32_t, kBytes>::type;
  using Base::account_before, Base::account_blocked, Base::active_, Base::add, Base::any,
      Base::first_, Base::lane, Base::multiply, Base::room, Base::rows_, Base::set_lane;

  ESCALATE_INLINE int ring_place(int slot_row) const {
    return int((entry_.head + std::uint32_t(slot_row)) & entry_.ring_mask);
  }

  // The step that retires a slot row is that of the last base up to it.
  ESCALATE_INLINE void retire(int slot_row) {
    const int youngest = std::min(slot_row + entry_.look_ahead, entry_.rows - 1);
    const V push = load<V>(entry_.chunk_times + entry_.push_cycle[youngest] * kLanes);
    if (slot_row == 32) bases_ = load<Bits>(entry_.high_bases + first_);
    const V starts = -V(bases_ & 1);
    bases_ >>= 1;
    step_ = starts ? larger(step_, push) + 1 : step_;
    set_lane(entry_.slot_row_pops, ring_place(slot_row), step_);
  }

  ESCALATE_INLINE void dilute_and_concentrate() {
    dilution_ = load<V>(rows_.dilution + first_);
    step_ = load<V>(rows_.step + first_);
    bases_ = load<Bits>(entry_.low_bases + first_);
    int pushed = 0, retired = 0;
    for (int chunk = 0; chunk < entry_.chunks; ++chunk) {
      V time = larger(dilution_ + 1, V{} + entry_.visible);
      const int complete = entry_.complete[chunk];
      if (complete > pushed) {
        const int displaced = complete - 1 - entry_.queue_rows;
        for (; retired <= displaced; ++retired) retire(retired);
        time = larger(time, lane(entry_.slot_row_pops, ring_place(displaced)) + 1);
        pushed = complete;
      }
      store(entry_.chunk_times + chunk * kLanes, time);
      if (chunk == 0) first_dilution_ = time;
      dilution_ = time;
    }
    for (; retired < entry_.rows; ++retired) retire(retired);
    store(rows_.dilution + first_, dilution_);
  }

  // Slot rows of the final step leave with it.
  ESCALATE_INLINE void hold_last_rows(const V& ready, const V& final_step) const {
    for (int row = std::max(0, entry_.rows - 1 - entry_.look_ahead); row < entry_.rows; ++row) {
      const V pop = lane(entry_.slot_row_pops, ring_place(row));
      set_lane(entry_.slot_row_pops, ring_place(row), pop == ready ? final_step : pop);
    }
  }

  const RowLanes::Shared& entry_;
  V dilution_, first_dilution_, step_;
  Bits bases_;
};

template <int kBytes>
class DirectGroup : private Group<kBytes> {
 public:
  using Base = Group<kBytes>;
  using V = typename Base::V;
  using Base::kLanes;

  ESCALATE_INLINE DirectGroup(const RowLanes::State& rows, const RowLanes::Direct& entry, int first)
      : Base(rows, first), entry_(entry) {}

  ESCALATE_INLINE void run(V& release, V& end_of_work) {
    if (!any(active_)) return;
    step_ = load<V>(rows_.step + first_);
    const V visited = load<V>(entry_.num_visited + first_);
    for (int chunk = 0; chunk < entry_.most_visited; ++chunk) {
      V left = lane(entry_.taken, chunk);
      const V is_last = visited == chunk + 1;
      // A chunk is visited for a cycle if nothing is taken of it.
      for (V on = (visited > chunk) & active_; any(on); on &= left > 0) {
        const V activations = smaller(left, V{} + entry_.taken_at_once) & on;
        left -= activations;
        take(on, activations, is_last & (left == 0));
      }
    }
    // Slot rows of a decomposed layer before this one have long retired.
    store(rows_.step + first_, step_);
    store(rows_.dilution + first_, step_);
    const V end = larger(step_ + 1, load<V>(rows_.mac_free + first_));
    release = larger(release, active_ ? step_ : V{} + kLongAgo);
    end_of_work = larger(end_of_work, active_ ? end : V{} + kLongAgo);
  }

 private:
  using Base::account_before, Base::account_blocked, Base::active_, Base::add, Base::any,
      Base::first_, Base::lane, Base::multiply, Base::room, Base::rows_;

  // Cycles by the number of activations.
  ESCALATE_INLINE V of_activations(const std::int32_t* cycles, const V& activations) const {
    if (entry_.taken_at_once == 1) return activations > 0 ? V{} + cycles[1] : V{} + cycles[0];
    V all;
    for (int i = 0; i < kLanes; ++i) all[i] = cycles[activations[i]];
    return all;
  }

  // One taking cycle of the rows `on`, for the last time where `is_last`.
  ESCALATE_INLINE void take(const V& on, const V& activations, const V& is_last) {
    const V pushed = ((activations > 0) | (is_last & rows_.line_end)) & on;
    const V ready = larger(step_ + 1, V{} + entry_.visible);
    const V time = larger(ready, pushed ? room() : V{} + kLongAgo);
    const V accounted = account_before(on, ready);
    add(rows_.work, on & 1);
    add(rows_.ca_busy, on & 1);
    if (any((time > ready) & on)) account_blocked(on, ready, time);
    store(rows_.accounted + first_, on ? time + 1 : accounted);
    step_ = on ? time : step_;
    multiply(pushed, time, of_activations(entry_.busy, activations),
             of_activations(entry_.excess, activations));
  }

  const RowLanes::Direct& entry_;
  V step_;
};

template <class G, class Entry>
ESCALATE_INLINE void run_groups(const RowLanes::State& rows, const Entry& entry) {
  typename G::V release = typename G::V{} + kLongAgo, end_of_work = release;
  for (int first = 0; first < rows.lanes; first += G::kLanes) {
    G(rows, entry, first).run(release, end_of_work);
  }
  for (int i = 0; i < G::kLanes; ++i) {
    *entry.release = std::max<std::int32_t>(*entry.release, release[i]);
    *entry.end_of_work = std::max<std::int32_t>(*entry.end_of_work, end_of_work[i]);
  }
}

void run_portable(const RowLanes::State& rows, const RowLanes::Shared& entry) {
  run_groups<DecomposedGroup<16>>(rows, entry);
}
void run_direct_portable(const RowLanes::State& rows, const RowLanes::Direct& entry) {
  run_groups<DirectGroup<16>>(rows, entry);
}

#if defined(__x86_64__)
#define ESCALATE_AVX2 [[gnu::target("avx2,bmi,bmi2,popcnt")]]
ESCALATE_AVX2 void run_avx2(const RowLanes::State& rows, const RowLanes::Shared& entry) {
  run_groups<DecomposedGroup<32>>(rows, entry);
}
ESCALATE_AVX2 void run_direct_avx2(const RowLanes::State& rows, const RowLanes::Direct& entry) {
  run_groups<DirectGroup<32>>(rows, entry);
}
#endif

}  // namespace

bool RowLanes::serve(const MachineConfig& machine) {
  return !machine.ideal.ca && machine.ca.element_queue <= kLongestElementQueue;
}

RowLanes::RowLanes(const MachineConfig& machine, int rows, HostSimd set)
    : rows_(rows),
      width_(ceil_div(rows, kGroup) * kGroup),
      look_ahead_(machine.look_ahead()),
      queue_rows_(machine.ca.slot_queue_rows),
      element_queue_(machine.ca.element_queue),
      // One of each element in the queue, of that in the MAC unit and of the next.
      waits_(element_queue_ + 2),
      multipliers_(machine.mac.multipliers),
      weight_port_bytes_(machine.mac.weight_port_bytes),
      ring_mask_(int(std::bit_ceil(unsigned(queue_rows_ + SharedDilution::kMostRows))) - 1),
      ideal_mac_(machine.ideal.mac),
      kernel_(run_portable),
      direct_kernel_(run_direct_portable) {
  ensure(set <= best_host_simd(), "this processor lacks the instruction set");
#if defined(__x86_64__)
  if (set != HostSimd::kPortable) {
    kernel_ = run_avx2;
    direct_kernel_ = run_direct_avx2;
  }
#endif
  const auto lanes = std::size_t(width_);
  for (Lanes* one : {&active_, &dilution_, &step_, &mac_free_, &accounted_, &low_bases_,
                     &high_bases_, &not_zero_, &num_visited_, &oldest_pop_, &work_, &wait_input_,
                     &wait_weights_, &queue_full_, &ca_busy_, &mac_busy_}) {
    one->assign(lanes, 0);
  }
  slot_row_pops_.assign((std::size_t(ring_mask_) + 1) * lanes, kLongAgo);
  element_pops_.assign(std::size_t(element_queue_) * lanes, kLongAgo);
  for (Lanes* list : {&line_begins_, &line_ends_, &weight_begins_, &weight_ends_}) {
    list->assign(std::size_t(waits_) * lanes, kLongAgo);
  }
}

void RowLanes::move_base(Cycle now) {
  ensure(is_empty(), "times count from another base for rows that enter");
  add_up();
  base_ = now;
}

// Of the pop that is number `i` of those that the element queue remembers, from the oldest on.
std::size_t RowLanes::pop_place(std::size_t lane, int i) const {
  const int place = (oldest_pop_[lane] + i) % element_queue_;
  return std::size_t(place) * std::size_t(width_) + lane;
}

std::int32_t RowLanes::near(Cycle time) const {
  return std::int32_t(std::max<Cycle>(time - base_, kLongAgo));
}

// Those waits of a MAC unit that are not over.
void RowLanes::set_waits(std::size_t lane, MacHistory::Kind kind,
                         std::span<const MacHistory::Segment> segments) {
  const bool is_line = kind == MacHistory::Kind::kLine;
  Lanes &begins = is_line ? line_begins_ : weight_begins_,
        &ends = is_line ? line_ends_ : weight_ends_;
  std::size_t at = lane;
  for (auto segment = segments.rbegin(); segment != segments.rend(); ++segment) {
    if (segment->kind != kind) continue;
    ensure(at < begins.size(), "a MAC unit waits once for each element");
    begins[at] = near(segment->begin);
    ends[at] = near(segment->end);
    at += std::size_t(width_);
  }
  for (; at < begins.size(); at += std::size_t(width_)) begins[at] = ends[at] = kLongAgo;
}

// What a row's MAC unit does from where its states are known: see Group::mac_cycles().
MacHistory RowLanes::history_of(std::size_t lane) const {
  std::vector<MacHistory::Segment> waits;
  const auto add = [&](MacHistory::Kind kind, const Lanes& begins, const Lanes& ends) {
    for (std::size_t at = lane; at < ends.size(); at += std::size_t(width_)) {
      if (ends[at] <= accounted_[lane]) break;
      waits.push_back({base_ + std::max(begins[at], accounted_[lane]), base_ + ends[at], kind});
    }
  };
  add(MacHistory::Kind::kLine, line_begins_, line_ends_);
  add(MacHistory::Kind::kWeights, weight_begins_, weight_ends_);
  std::sort(waits.begin(), waits.end(),
            [](const auto& a, const auto& b) { return a.begin < b.begin; });
  MacHistory history(3 * waits_);
  Cycle begin = base_ + accounted_[lane];
  for (const MacHistory::Segment& wait : waits) {
    history.add(MacHistory::Kind::kBusy, begin, wait.begin);
    history.add(wait.kind, wait.begin, wait.end);
    begin = wait.end;
  }
  history.add(MacHistory::Kind::kBusy, begin, base_ + mac_free_[lane]);
  return history;
}

void RowLanes::account_outside_pass(MacHistory history, Cycle begin, Cycle end) {
  if (begin >= end) return;
  const MacHistory::Overlap mac = history.overlap(begin, end);
  states_.work += mac.busy;
  states_.wait_weights += mac.weights;
  states_.wait_merge += mac.line;
  states_.idle += end - begin - mac.busy - mac.weights - mac.line;
}

bool RowLanes::enter(int row, const RowMoment& moment) {
  const auto lane = std::size_t(row), lanes = std::size_t(width_);
  const Cycle accounted = std::max(moment.accounted, moment.pass_begin);
  if (!reaches(accounted) || accounted - base_ <= kLongAgo) return false;
  MacHistory history(int(moment.mac.size()));
  for (const auto& [begin, end, kind] : moment.mac) history.add(kind, begin, end);
  account_outside_pass(std::move(history), moment.accounted, moment.pass_begin);
  set_waits(lane, MacHistory::Kind::kLine, moment.mac);
  set_waits(lane, MacHistory::Kind::kWeights, moment.mac);
  pass_begin_ = moment.pass_begin;
  active_[lane] = -1;
  ++entered_;
  dilution_[lane] = near(moment.dilution);
  step_[lane] = near(moment.step);
  mac_free_[lane] = near(moment.mac_free);
  accounted_[lane] = near(accounted);
  for (int i = 0; i < queue_rows_; ++i) {  // i = 0: the oldest
    const std::uint32_t number = head_ - std::uint32_t(queue_rows_ - i);
    slot_row_pops_[(number & std::uint32_t(ring_mask_)) * lanes + lane] =
        near(moment.slot_row_pops[std::size_t(i)]);
  }
  for (int i = 0; i < element_queue_; ++i) {  // i = 0: the oldest
    element_pops_[pop_place(lane, i)] = near(moment.element_pops[std::size_t(i)]);
  }
  return true;
}

RowMoment RowLanes::leave(int row, bool in_pass) {
  const auto lane = std::size_t(row), lanes = std::size_t(width_);
  ensure(active_[lane] != 0, "a row that leaves has entered");
  active_[lane] = 0;
  --entered_;
  RowMoment moment;
  moment.in_pass = in_pass;
  moment.pass_begin = pass_begin_;
  moment.dilution = base_ + dilution_[lane];
  moment.step = base_ + step_[lane];
  moment.mac_free = base_ + mac_free_[lane];
  moment.accounted = base_ + accounted_[lane];
  for (int i = queue_rows_; i > 0; --i) {
    const std::uint32_t number = (head_ - std::uint32_t(i)) & std::uint32_t(ring_mask_);
    moment.slot_row_pops.push_back(base_ + slot_row_pops_[number * lanes + lane]);
  }
  for (int i = 0; i < element_queue_; ++i) {
    moment.element_pops.push_back(base_ + element_pops_[pop_place(lane, i)]);
  }
  moment.mac = history_of(lane).segments();
  line_ends_[lane] = weight_ends_[lane] = kLongAgo;  // nobody looks further
  return moment;
}

void RowLanes::begin_pass(Cycle begin) {
  add_up();
  pass_begin_ = begin;
  for (int row = 0; row < rows_; ++row) {
    const auto lane = std::size_t(row);
    if (active_[lane] == 0) continue;
    const Cycle accounted = base_ + accounted_[lane];
    if (accounted >= begin) continue;
    account_outside_pass(history_of(lane), accounted, begin);
    accounted_[lane] = near(begin);
  }
}

RowLanes::State RowLanes::state(const Cycle* line_free, bool line_end) {
  return {.lanes = width_,
          .element_queue = element_queue_,
          .waits = waits_,
          .line_end = line_end ? -1 : 0,
          .base = base_,
          .line_free = line_free,
          .active = active_.data(),
          .dilution = dilution_.data(),
          .step = step_.data(),
          .mac_free = mac_free_.data(),
          .accounted = accounted_.data(),
          .element_pops = element_pops_.data(),
          .oldest_pop = oldest_pop_.data(),
          .line_begins = line_begins_.data(),
          .line_ends = line_ends_.data(),
          .weight_begins = weight_begins_.data(),
          .weight_ends = weight_ends_.data(),
          .work = work_.data(),
          .wait_input = wait_input_.data(),
          .wait_weights = wait_weights_.data(),
          .queue_full = queue_full_.data(),
          .ca_busy = ca_busy_.data(),
          .mac_busy = mac_busy_.data()};
}

void RowLanes::set_elements(int first, const RowElements& elements) {
  const auto put = [&](Lanes& lanes, std::span<const std::int32_t> items) {
    std::copy(items.begin(), items.end(), lanes.begin() + first);
  };
  put(low_bases_, elements.low_bases);
  put(high_bases_, elements.high_bases);
  put(not_zero_, elements.not_zero);
}

bool RowLanes::read_in_place(const RowElements& elements) {
  constexpr int kMostLanes = 8;  // of a vector
  if (rows_ % kMostLanes != 0 || elements.size() < std::size_t(rows_)) return false;
  in_place_ = &elements;
  return true;
}

LaneTimes RowLanes::process(const LaneEntry& entry) {
  const RowElements* const in_place = std::exchange(in_place_, nullptr);
  if (is_empty()) return {};
  const SharedDilution& shared = entry.shared;
  ensure(shared.rows <= SharedDilution::kMostRows, "the steps of an element fit into a word");
  const RowElements elements =
      in_place != nullptr ? *in_place : RowElements{low_bases_, high_bases_, not_zero_, {}};
  complete_.clear();
  int pushed = 0;
  for (int chunk = 0; chunk < shared.chunks; ++chunk) {
    while (pushed < shared.rows && shared.push_cycle[std::size_t(pushed)] == chunk) ++pushed;
    complete_.push_back(std::uint16_t(pushed));
  }
  chunk_times_.resize(std::max(chunk_times_.size(), std::size_t(shared.chunks * kGroup)));
  std::int32_t release = kLongAgo, end_of_work = kLongAgo;
  kernel_(state(entry.line_free, entry.line_end), {.chunks = shared.chunks,
                                                   .rows = shared.rows,
                                                   .look_ahead = look_ahead_,
                                                   .queue_rows = queue_rows_,
                                                   .head = head_,
                                                   .ring_mask = std::uint32_t(ring_mask_),
                                                   .push_cycle = shared.push_cycle.data(),
                                                   .complete = complete_.data(),
                                                   .visible = near(shared.visible),
                                                   .mac_cycles = ideal_mac_ ? 1 : entry.mac_cycles,
                                                   .low_bases = elements.low_bases.data(),
                                                   .high_bases = elements.high_bases.data(),
                                                   .not_zero = elements.not_zero.data(),
                                                   .slot_row_pops = slot_row_pops_.data(),
                                                   .chunk_times = chunk_times_.data(),
                                                   .release = &release,
                                                   .end_of_work = &end_of_work});
  head_ += std::uint32_t(shared.rows);
  return {base_ + release, base_ + end_of_work};
}

void RowLanes::set_taken(int row, std::span<const std::uint16_t> taken) {
  const auto lane = std::size_t(row), lanes = std::size_t(width_);
  const std::size_t visited = std::max<std::size_t>(1, taken.size());
  if (taken_.size() < visited * lanes) taken_.resize(visited * lanes);
  taken_[lane] = 0;  // a row that visits no chunk
  for (std::size_t i = 0; i < taken.size(); ++i) taken_[i * lanes + lane] = taken[i];
  num_visited_[lane] = std::int32_t(visited);
}

LaneTimes RowLanes::process_direct(const LaneDirectEntry& entry) {
  if (is_empty()) return {};
  busy_.assign(std::size_t(entry.taken_at_once) + 1, 1);
  excess_.assign(busy_.size(), 0);
  for (int taken = 0; taken <= entry.taken_at_once && !ideal_mac_; ++taken) {
    const int products = taken * entry.taps;
    std::int32_t& busy = busy_[std::size_t(taken)];
    busy = std::max(1, ceil_div(products, multipliers_));
    excess_[std::size_t(taken)] = std::max(0, ceil_div(products, weight_port_bytes_) - busy);
  }
  std::int32_t release = kLongAgo, end_of_work = kLongAgo;
  direct_kernel_(state(entry.line_free, entry.line_end),
                 {.most_visited = *std::max_element(num_visited_.begin(), num_visited_.end()),
                  .visible = near(entry.visible),
                  .taken_at_once = entry.taken_at_once,
                  .taken = taken_.data(),
                  .num_visited = num_visited_.data(),
                  .busy = busy_.data(),
                  .excess = excess_.data(),
                  .release = &release,
                  .end_of_work = &end_of_work});
  return {base_ + release, base_ + end_of_work};
}

namespace {

std::int64_t total(std::span<const std::int32_t> lanes) {
  return std::accumulate(lanes.begin(), lanes.end(), std::int64_t{0});
}

}  // namespace

RowStates RowLanes::states() const {
  RowStates sum = states_;
  sum.work += total(work_);
  sum.wait_input += total(wait_input_);
  sum.wait_weights += total(wait_weights_);
  sum.queue_full += total(queue_full_);
  return sum;
}

std::int64_t RowLanes::mac_busy_cycles() const { return mac_busy_cycles_ + total(mac_busy_); }

std::int64_t RowLanes::ca_busy_cycles() const { return ca_busy_cycles_ + total(ca_busy_); }

// The lanes' counters begin anew before they could grow beyond 32 bits.
void RowLanes::add_up() {
  states_ = states();
  mac_busy_cycles_ = mac_busy_cycles();
  ca_busy_cycles_ = ca_busy_cycles();
  for (Lanes* counter :
       {&work_, &wait_input_, &wait_weights_, &queue_full_, &ca_busy_, &mac_busy_}) {
    std::fill(counter->begin(), counter->end(), 0);
  }
}

}  // namespace escalate
