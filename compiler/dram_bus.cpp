#include "compiler/dram_bus.h"

#include <algorithm>

namespace escalate {

double DramBus::load(double from, double cycles) {
  run_stores(from);
  double at = from;
  const auto alone = [&](double until) {
    const double taken = std::min(cycles, until - at);
    if (taken <= 0) return;
    at += taken;
    cycles -= taken;
  };
  alone(busy_from_);
  // Stores have been given the whole bus since, of which this load has half.
  const double shared = std::min(std::max(now_ - at, 0.0), 2 * cycles);
  at += shared;
  cycles -= shared / 2;
  owe(shared / 2);
  while (cycles > 0) {
    if (stores_.empty()) {
      at += cycles;
      break;
    }
    Store& store = stores_.front();
    if (store.from > at) {
      alone(store.from);
      continue;
    }
    const double half = std::min(cycles, store.cycles);
    at += 2 * half;
    cycles -= half;
    store.cycles -= half;
    if (store.cycles <= 0) end_store(at);
  }
  now_ = std::max(now_, at);
  return at;
}

void DramBus::store(double from, double cycles) {
  stores_.push_back({from, cycles + owed_});
  owed_ = 0;
}

double DramBus::end_of_store(std::size_t number) {
  while (ends_.size() <= number) {
    begin_store();
    now_ += stores_.front().cycles;
    end_store(now_);
  }
  return ends_[number];
}

void DramBus::begin_store() {
  if (stores_.front().from <= now_) return;
  now_ = busy_from_ = stores_.front().from;
}

void DramBus::end_store(double time) {
  ends_.push_back(time);
  stores_.pop_front();
}

void DramBus::run_stores(double until) {
  while (!stores_.empty() && std::max(now_, stores_.front().from) < until) {
    begin_store();
    Store& store = stores_.front();
    const double cycles = std::min(store.cycles, until - now_);
    now_ += cycles;
    store.cycles -= cycles;
    if (store.cycles <= 0) end_store(now_);
  }
  if (now_ < until) now_ = busy_from_ = until;
}

}  // namespace escalate
