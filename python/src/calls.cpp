#include "python/src/calls.h"

#include <chrono>
#include <stdexcept>

namespace py = pybind11;

std::shared_ptr<py::object> Raised::held(py::object object) {
  return {new py::object(std::move(object)), [](py::object* dropped) {
            const py::gil_scoped_acquire lock;
            delete dropped;
          }};
}

void Raised::rethrow() const {
  if (*kept_) std::rethrow_exception(std::exchange(*kept_, nullptr));
}

void Raised::keep_and_stop() const {
  *kept_ = std::current_exception();
  throw std::runtime_error("stopped");
}

std::function<void()> signal_check(const Raised& raised) {
  using Clock = std::chrono::steady_clock;
  static constexpr auto kPatience = std::chrono::milliseconds(50);
  return [raised, last = Clock::now()]() mutable {
    if (Clock::now() - last < kPatience) return;
    last = Clock::now();
    raised.guarded([] {
      if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    });
  };
}
