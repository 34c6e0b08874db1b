// A number that a process and its children count up together, as they take work from one list.
#pragma once

#include <atomic>
#include <cstdint>

namespace escalate {

class SharedCounter {
 public:
  /// 0. UserError if the system has no memory to share. Processes that are forked from then on
  /// count on.
  SharedCounter();
  ~SharedCounter();
  SharedCounter(const SharedCounter&) = delete;
  SharedCounter& operator=(const SharedCounter&) = delete;

  /// The number, which nobody else is given; the next one is one more.
  std::int64_t take() { return number_->fetch_add(1); }

 private:
  using Number = std::atomic<std::int64_t>;
  static_assert(Number::is_always_lock_free, "processes share no lock");
  Number* number_;
};

}  // namespace escalate
