// A fault that the checks of a run must find: one pick of the concentrators is lost.
#pragma once

#include <cstdint>

namespace escalate {

class PickFault {
 public:
  /// Loses the pick of that number, counted from 0 over all picks that are accumulated; -1: none.
  explicit PickFault(std::int64_t number) : number_(number) {}

  /// Called for every pick; true: it is lost.
  bool loses_next() { return number_ >= 0 && next_++ == number_; }

 private:
  std::int64_t number_;
  std::int64_t next_ = 0;
};

}  // namespace escalate
