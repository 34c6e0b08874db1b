#include "common/parallel.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "common/interruption.h"

namespace escalate {
namespace {

constexpr auto kPatience = std::chrono::milliseconds(20);  // between interruption points

/// The rounds of a loop, which threads take one after another.
class Rounds {
 public:
  Rounds(std::int64_t count, const std::function<void(std::int64_t)>& body)
      : body_(body), count_(count), failed_round_(count) {}

  /// What a thread does.
  void work() {
    std::unique_lock lock(mutex_);
    while (!failure_ && next_ < count_) {
      const std::int64_t i = next_++;
      lock.unlock();
      std::exception_ptr failure = failure_of([&] { body_(i); });
      lock.lock();
      if (failure) fail(i, std::move(failure));
    }
    ++ended_;
    has_ended_.notify_one();
  }

  /// Waits for `threads` of them. An interruption is a failure before all rounds.
  void wait_for(std::int64_t threads) {
    std::unique_lock lock(mutex_);
    while (!has_ended_.wait_for(lock, kPatience, [&] { return ended_ == threads; })) {
      if (failed_round_ < 0) continue;
      lock.unlock();
      std::exception_ptr failure = failure_of(interruption_point);
      lock.lock();
      if (failure) fail(-1, std::move(failure));
    }
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  template <class Call>
  static std::exception_ptr failure_of(Call&& call) {
    try {
      call();
      return nullptr;
    } catch (...) {
      return std::current_exception();
    }
  }
  void fail(std::int64_t round, std::exception_ptr failure) {
    if (round >= failed_round_) return;
    failed_round_ = round;
    failure_ = std::move(failure);
  }

  const std::function<void(std::int64_t)>& body_;
  std::int64_t count_;
  std::mutex mutex_;
  std::condition_variable has_ended_;
  std::int64_t next_ = 0;
  std::int64_t ended_ = 0;
  std::int64_t failed_round_;
  std::exception_ptr failure_;
};

}  // namespace

void parallel_for(std::int64_t count, int jobs, const std::function<void(std::int64_t)>& body) {
  if (jobs <= 1 || count <= 1) {
    for (std::int64_t i = 0; i < count; ++i) {
      interruption_point();
      body(i);
    }
    return;
  }
  Rounds rounds(count, body);
  std::vector<std::jthread> threads;
  const auto wanted = std::min<std::int64_t>(jobs, count);
  for (std::int64_t t = 0; t < wanted; ++t) threads.emplace_back([&] { rounds.work(); });
  rounds.wait_for(wanted);
}

}  // namespace escalate
