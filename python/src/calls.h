// Calls of the library from Python: without Python's lock, ended by Ctrl-C, and with what Python
// code raised that they called themselves.
#pragma once

#include <pybind11/pybind11.h>

#include <exception>
#include <functional>
#include <memory>
#include <utility>

#include "escalate/interrupt.h"

/// What Python code that a run calls has raised: the library ends the run by an Error of its own,
/// the caller is to see what was raised. Copies share it.
class Raised {
 public:
  /// Calls `call` with Python's lock; what it raises is kept, and ends the run.
  template <class Call>
  auto guarded(Call&& call) const {
    const pybind11::gil_scoped_acquire lock;
    try {
      return call();
    } catch (...) {
      keep_and_stop();
    }
  }

  /// `function` of Python as one of the library's, which may be copied and dropped without the
  /// lock.
  template <class... Arguments>
  std::function<void(Arguments...)> call(pybind11::object function) const {
    return [raised = *this, shared = held(std::move(function))](Arguments... arguments) {
      raised.guarded([&] { (*shared)(arguments...); });
    };
  }

  /// `object` with the lock taken when it is dropped.
  static std::shared_ptr<pybind11::object> held(pybind11::object object);

  /// Throws what was kept, if anything.
  void rethrow() const;

 private:
  [[noreturn]] void keep_and_stop() const;

  std::shared_ptr<std::exception_ptr> kept_ = std::make_shared<std::exception_ptr>();
};

/// Lets Python's signal handlers run, not more often than people notice; with the lock not held.
std::function<void()> signal_check(const Raised& raised);

/// Calls `run` without Python's lock. Ctrl-C ends it, and what Python code raised in it comes out.
template <class Run>
auto interruptible(Run&& run, const Raised& raised = Raised()) {
  try {
    const pybind11::gil_scoped_release release;
    const esc::Interruptible interruptible(signal_check(raised));
    return run();
  } catch (...) {
    raised.rethrow();
    throw;
  }
}
