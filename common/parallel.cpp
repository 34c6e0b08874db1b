#include "common/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace escalate {

void parallel_for(std::int64_t count, int jobs, const std::function<void(std::int64_t)>& body) {
  if (jobs <= 1 || count <= 1) {
    for (std::int64_t i = 0; i < count; ++i) body(i);
    return;
  }
  std::atomic<std::int64_t> next{0};
  std::atomic<bool> has_failed{false};
  std::mutex mutex;
  std::exception_ptr failure;
  std::int64_t failed_round = count;
  const auto work = [&] {
    while (!has_failed) {
      const std::int64_t i = next++;
      if (i >= count) return;
      try {
        body(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        has_failed = true;
        if (i < failed_round) {
          failed_round = i;
          failure = std::current_exception();
        }
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    const auto wanted = std::min<std::int64_t>(jobs, count);
    for (std::int64_t t = 0; t < wanted; ++t) threads.emplace_back(work);
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace escalate
