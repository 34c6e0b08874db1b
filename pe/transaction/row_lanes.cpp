// One kernel, written once on vectors and compiled for each instruction set, as in ca_batch.cpp.
#include "pe/transaction/row_lanes.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>

#include "common/error.h"
#include "common/math.h"

// The vectors below are only ever locals of inlined functions.
#pragma GCC diagnostic ignored "-Wpsabi"

#define ESCALATE_INLINE [[gnu::always_inline]] inline

namespace escalate {

struct RowLanes::Work {
  int lanes, chunks, rows;                              // rows: slot rows of the entry
  int look_ahead, queue_rows, element_queue, segments;  // segments: kept of a MAC unit
  std::uint32_t head, ring_mask;
  const std::uint16_t* push_cycle;
  const std::uint16_t* complete;
  std::int32_t visible, mac_cycles, line_end;  // line_end: -1 or 0
  Cycle base;
  const Cycle* line_free;
  const std::int32_t *active, *low_bases, *high_bases, *not_zero;
  std::int32_t *dilution, *step, *mac_free, *accounted;
  std::int32_t *slot_row_pops, *element_pops, *waits, *pops, *ends, *chunk_times;
  std::int32_t *work, *wait_input, *queue_full, *ca_busy, *mac_busy;
  std::int32_t *release, *end_of_work;  // one value each
};

namespace {

constexpr std::int32_t kLongAgo = -(1 << 30);
constexpr int kLongestElementQueue = 32;

template <class T, int kBytes>
struct VectorOf {
  typedef T type __attribute__((vector_size(kBytes)));
};

template <class V, class T>
ESCALATE_INLINE V load(const T* from) {
  V vector;
  std::memcpy(&vector, from, sizeof(V));
  return vector;
}

template <class V, class T>
ESCALATE_INLINE void store(T* to, const V& vector) {
  std::memcpy(to, &vector, sizeof(V));
}

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
  using Bits = typename VectorOf<std::uint32_t, kBytes>::type;
  using Wide = typename VectorOf<Cycle, 2 * kBytes>::type;

  ESCALATE_INLINE Group(const RowLanes::Work& entry, int first)
      : entry_(entry), first_(first), active_(load<V>(entry.active + first)) {}

  ESCALATE_INLINE static bool any(const V& mask) {
    using Halves = typename VectorOf<std::int64_t, kBytes>::type;
    const Halves halves = Halves(mask);
    std::int64_t all = 0;
    for (int i = 0; i < kBytes / 8; ++i) all |= halves[i];
    return all != 0;
  }

  ESCALATE_INLINE void run(V& release, V& end_of_work) {
    if (!any(active_)) return;
    dilute_and_concentrate();
    const V ready = step_;
    const V room = lane(entry_.element_pops, entry_.element_queue - 1) + 1;
    const V final_step = larger(ready, room);
    const V blocked = final_step > ready;
    const bool any_blocked = any(blocked & active_);
    if (any_blocked) hold_last_rows(ready, final_step);
    account(ready, final_step, any_blocked);
    store(entry_.step + first_, final_step);
    const V mac_free = multiply(final_step);
    release = larger(release, active_ ? dilution_ : V{} + kLongAgo);
    const V end = larger(final_step + 1, mac_free);
    end_of_work = larger(end_of_work, active_ ? end : V{} + kLongAgo);
  }

 private:
  /// Item `number` of an array of them.
  ESCALATE_INLINE V lane(const std::int32_t* items, int number) const {
    return load<V>(items + std::size_t(number) * std::size_t(entry_.lanes) + first_);
  }
  ESCALATE_INLINE void set_lane(std::int32_t* items, int number, const V& value) const {
    store(items + std::size_t(number) * std::size_t(entry_.lanes) + first_, value);
  }
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
    dilution_ = load<V>(entry_.dilution + first_);
    step_ = load<V>(entry_.step + first_);
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
    store(entry_.dilution + first_, dilution_);
  }

  // Slot rows of the final step leave with it.
  ESCALATE_INLINE void hold_last_rows(const V& ready, const V& final_step) const {
    for (int row = std::max(0, entry_.rows - 1 - entry_.look_ahead); row < entry_.rows; ++row) {
      const V pop = lane(entry_.slot_row_pops, ring_place(row));
      set_lane(entry_.slot_row_pops, ring_place(row), pop == ready ? final_step : pop);
    }
  }

  // Cycles of [begin, end) in which the MAC unit is busy; none where that is empty.
  ESCALATE_INLINE V busy_cycles(const V& begin, const V& end) const {
    V sum = {};
    for (int i = 0; i < entry_.segments; ++i) {
      const V cycles = smaller(lane(entry_.ends, i), end) - larger(lane(entry_.pops, i), begin);
      sum += larger(cycles, V{});
    }
    return sum;
  }

  ESCALATE_INLINE void add(std::int32_t* counter, const V& cycles) const {
    store(counter + first_, load<V>(counter + first_) + (cycles & active_));
  }

  ESCALATE_INLINE void account(const V& ready, const V& final_step, bool any_blocked) const {
    V accounted = load<V>(entry_.accounted + first_);
    V work = {};
    const V waits = first_dilution_ > accounted;
    if (any(waits & active_)) {
      const V busy = busy_cycles(accounted, first_dilution_);
      work += busy;
      add(entry_.wait_input, ((first_dilution_ - accounted) & waits) - busy);
      accounted = larger(accounted, first_dilution_);
    }
    const V at_work = ready - accounted + 1;  // the final step is one of them
    work += at_work;
    add(entry_.ca_busy, at_work);
    if (any_blocked) {
      const V busy = busy_cycles(ready, final_step);
      work += busy;
      add(entry_.queue_full, final_step - ready - busy);
    }
    add(entry_.work, work);
    store(entry_.accounted + first_, final_step + 1);
  }

  // The latest of `count` items is new where something is pushed.
  ESCALATE_INLINE void push(std::int32_t* items, int count, const V& pushed,
                            const V& latest) const {
    for (int i = count - 1; i > 0; --i) {
      set_lane(items, i, pushed ? lane(items, i - 1) : lane(items, i));
    }
    set_lane(items, 0, pushed ? latest : lane(items, 0));
  }

  // The MAC unit's first free cycle afterwards.
  ESCALATE_INLINE V multiply(const V& final_step) const {
    const V not_zero = load<V>(entry_.not_zero + first_);
    const V pushed = (not_zero | entry_.line_end) & active_;
    const V busy = not_zero ? V{} + entry_.mac_cycles : V{} + 1;
    Wide line = load<Wide>(entry_.line_free + first_) - entry_.base;
    line = larger(line, Wide{} + Cycle{kLongAgo});
    const V before = load<V>(entry_.mac_free + first_);
    const V ready = larger(before, final_step + 1);
    const V pop = larger(ready, __builtin_convertvector(line, V));
    const V end = pop + busy;
    push(entry_.element_pops, entry_.element_queue, pushed, pop);
    push(entry_.waits, entry_.segments, pushed, ready);
    push(entry_.pops, entry_.segments, pushed, pop);
    push(entry_.ends, entry_.segments, pushed, end);
    add(entry_.mac_busy, busy & pushed);
    const V mac_free = pushed ? end : before;
    store(entry_.mac_free + first_, mac_free);
    return mac_free;
  }

  const RowLanes::Work& entry_;
  int first_;
  V active_;
  V dilution_, first_dilution_, step_;
  Bits bases_;
};

template <int kBytes>
ESCALATE_INLINE void run_groups(const RowLanes::Work& entry) {
  using G = Group<kBytes>;
  typename G::V release = typename G::V{} + kLongAgo, end_of_work = release;
  for (int first = 0; first < entry.lanes; first += G::kLanes) {
    G(entry, first).run(release, end_of_work);
  }
  for (int i = 0; i < G::kLanes; ++i) {
    *entry.release = std::max<std::int32_t>(*entry.release, release[i]);
    *entry.end_of_work = std::max<std::int32_t>(*entry.end_of_work, end_of_work[i]);
  }
}

void run_portable(const RowLanes::Work& entry) { run_groups<16>(entry); }

#if defined(__x86_64__)
[[gnu::target("avx2,bmi,bmi2,popcnt")]] void run_avx2(const RowLanes::Work& entry) {
  run_groups<32>(entry);
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
      // Those of each element in the queue, of that in the MAC unit and of the next.
      segments_(element_queue_ + 2),
      ring_mask_(int(std::bit_ceil(unsigned(queue_rows_ + SharedDilution::kMostRows))) - 1),
      ideal_mac_(machine.ideal.mac),
      kernel_(run_portable) {
#if defined(__x86_64__)
  if (set != HostSimd::kPortable) kernel_ = run_avx2;
#endif
  ensure(set <= best_host_simd(), "this processor lacks the instruction set");
  const auto lanes = std::size_t(width_);
  for (Lanes* one :
       {&active_, &dilution_, &step_, &mac_free_, &accounted_, &low_bases_, &high_bases_,
        &not_zero_, &work_, &wait_input_, &queue_full_, &ca_busy_, &mac_busy_}) {
    one->assign(lanes, 0);
  }
  slot_row_pops_.assign((std::size_t(ring_mask_) + 1) * lanes, kLongAgo);
  element_pops_.assign(std::size_t(element_queue_) * lanes, kLongAgo);
  for (Lanes* list : {&waits_, &pops_, &ends_}) {
    list->assign(std::size_t(segments_) * lanes, kLongAgo);
  }
}

void RowLanes::move_base(Cycle now) {
  ensure(is_empty(), "times count from another base for rows that enter");
  add_up();
  base_ = now;
}

std::int32_t RowLanes::near(Cycle time) const {
  return std::int32_t(std::max<Cycle>(time - base_, kLongAgo));
}

// A MAC unit's segments as waits that a busy time follows, oldest first.
bool RowLanes::set_segments(std::size_t lane, std::span<const MacHistory::Segment> segments) {
  struct Turn {
    std::int32_t wait, pop, end;
  };
  std::vector<Turn> turns;
  for (const MacHistory::Segment& segment : segments) {
    const std::int32_t begin = near(segment.begin), end = near(segment.end);
    switch (segment.kind) {
      case MacHistory::Kind::kLine:
        turns.push_back({begin, end, end});
        break;
      case MacHistory::Kind::kBusy:
        if (!turns.empty() && turns.back().pop == turns.back().end && turns.back().end == begin) {
          turns.back().end = end;
        } else {
          turns.push_back({begin, begin, end});
        }
        break;
      case MacHistory::Kind::kWeights:
        return false;
    }
  }
  if (int(turns.size()) > segments_) return false;
  for (int i = 0; i < segments_; ++i) {
    const std::size_t at = std::size_t(i) * std::size_t(width_) + lane;
    const bool is_there = i < int(turns.size());
    const Turn turn =
        is_there ? turns[turns.size() - 1 - std::size_t(i)] : Turn{kLongAgo, kLongAgo, kLongAgo};
    waits_[at] = turn.wait;
    pops_[at] = turn.pop;
    ends_[at] = turn.end;
  }
  return true;
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
  const auto lane = std::size_t(row);
  const Cycle accounted = std::max(moment.accounted, moment.pass_begin);
  if (!reaches(accounted) || accounted - base_ <= kLongAgo) return false;
  if (!set_segments(lane, moment.mac)) return false;
  MacHistory history(3 * segments_);
  for (const auto& segment : moment.mac) history.add(segment.kind, segment.begin, segment.end);
  account_outside_pass(history, moment.accounted, moment.pass_begin);
  pass_begin_ = moment.pass_begin;
  active_[lane] = -1;
  ++entered_;
  dilution_[lane] = near(moment.dilution);
  step_[lane] = near(moment.step);
  mac_free_[lane] = near(moment.mac_free);
  accounted_[lane] = near(accounted);
  const auto lanes = std::size_t(width_);
  for (int i = 0; i < queue_rows_; ++i) {  // i = 0: the oldest
    const std::uint32_t number = head_ - std::uint32_t(queue_rows_ - i);
    slot_row_pops_[(number & std::uint32_t(ring_mask_)) * lanes + lane] =
        near(moment.slot_row_pops[std::size_t(i)]);
  }
  for (int i = 0; i < element_queue_; ++i) {
    element_pops_[std::size_t(i) * lanes + lane] =
        near(moment.element_pops[std::size_t(element_queue_ - 1 - i)]);
  }
  return true;
}

MacHistory RowLanes::history_of(std::size_t lane) const {
  MacHistory history(3 * segments_);
  for (int i = segments_ - 1; i >= 0; --i) {
    const std::size_t at = std::size_t(i) * std::size_t(width_) + lane;
    history.add(MacHistory::Kind::kLine, base_ + waits_[at], base_ + pops_[at]);
    history.add(MacHistory::Kind::kBusy, base_ + pops_[at], base_ + ends_[at]);
  }
  return history;
}

RowMoment RowLanes::leave(int row, bool in_pass) {
  const auto lane = std::size_t(row), lanes = std::size_t(width_);
  ensure(active_[lane] != 0, "a row that leaves has entered");
  active_[lane] = 0;
  --entered_;
  RowMoment moment;
  moment.in_pass = in_pass;
  moment.dilution = base_ + dilution_[lane];
  moment.step = base_ + step_[lane];
  moment.mac_free = base_ + mac_free_[lane];
  moment.accounted = base_ + accounted_[lane];
  moment.pass_begin = pass_begin_;
  for (int i = queue_rows_; i > 0; --i) {
    const std::uint32_t number = (head_ - std::uint32_t(i)) & std::uint32_t(ring_mask_);
    moment.slot_row_pops.push_back(base_ + slot_row_pops_[number * lanes + lane]);
  }
  for (int i = element_queue_ - 1; i >= 0; --i) {
    moment.element_pops.push_back(base_ + element_pops_[std::size_t(i) * lanes + lane]);
  }
  MacHistory history = history_of(lane);
  history.forget_before(moment.accounted);
  moment.mac = history.segments();
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

LaneTimes RowLanes::process(const LaneEntry& entry) {
  LaneTimes times;
  if (is_empty()) return times;
  const SharedDilution& shared = entry.shared;
  ensure(shared.rows <= SharedDilution::kMostRows, "the steps of an element fit into a word");
  complete_.clear();
  int pushed = 0;
  for (int chunk = 0; chunk < shared.chunks; ++chunk) {
    while (pushed < shared.rows && shared.push_cycle[std::size_t(pushed)] == chunk) ++pushed;
    complete_.push_back(std::uint16_t(pushed));
  }
  chunk_times_.resize(std::max(chunk_times_.size(), std::size_t(shared.chunks * kGroup)));
  std::int32_t release = kLongAgo, end_of_work = kLongAgo;
  kernel_({.lanes = width_,
           .chunks = shared.chunks,
           .rows = shared.rows,
           .look_ahead = look_ahead_,
           .queue_rows = queue_rows_,
           .element_queue = element_queue_,
           .segments = segments_,
           .head = head_,
           .ring_mask = std::uint32_t(ring_mask_),
           .push_cycle = shared.push_cycle.data(),
           .complete = complete_.data(),
           .visible = near(shared.visible),
           .mac_cycles = ideal_mac_ ? 1 : entry.mac_cycles,
           .line_end = entry.line_end ? -1 : 0,
           .base = base_,
           .line_free = entry.line_free,
           .active = active_.data(),
           .low_bases = low_bases_.data(),
           .high_bases = high_bases_.data(),
           .not_zero = not_zero_.data(),
           .dilution = dilution_.data(),
           .step = step_.data(),
           .mac_free = mac_free_.data(),
           .accounted = accounted_.data(),
           .slot_row_pops = slot_row_pops_.data(),
           .element_pops = element_pops_.data(),
           .waits = waits_.data(),
           .pops = pops_.data(),
           .ends = ends_.data(),
           .chunk_times = chunk_times_.data(),
           .work = work_.data(),
           .wait_input = wait_input_.data(),
           .queue_full = queue_full_.data(),
           .ca_busy = ca_busy_.data(),
           .mac_busy = mac_busy_.data(),
           .release = &release,
           .end_of_work = &end_of_work});
  head_ += std::uint32_t(shared.rows);
  times.release = base_ + release;
  times.end_of_work = base_ + end_of_work;
  return times;
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
  for (Lanes* counter : {&work_, &wait_input_, &queue_full_, &ca_busy_, &mac_busy_}) {
    std::fill(counter->begin(), counter->end(), 0);
  }
}

}  // namespace escalate
