#include "interconnect/systemc_run.h"

#include <fmt/format.h>

#include "common/error.h"
#include "common/interruption.h"

#if defined(__SANITIZE_ADDRESS__)
#define ESCALATE_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#define ESCALATE_ADDRESS_SANITIZER __has_feature(address_sanitizer)
#else
#define ESCALATE_ADDRESS_SANITIZER 0
#endif
#if ESCALATE_ADDRESS_SANITIZER
#include <pthread.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace escalate {
namespace {

#if ESCALATE_ADDRESS_SANITIZER
// SystemC announces its return to the caller's stack without the bounds of that stack;
// AddressSanitizer then no longer cleans up after exceptions on it and takes good writes for bad.
class CallersStack {
 public:
  CallersStack() {
    pthread_attr_t attributes;
    ensure(pthread_getattr_np(pthread_self(), &attributes) == 0, "a thread knows its stack");
    pthread_attr_getstack(&attributes, &bottom_, &bytes_);
    pthread_attr_destroy(&attributes);
  }
  ~CallersStack() {
    void* fake_stack = nullptr;
    __sanitizer_start_switch_fiber(&fake_stack, bottom_, bytes_);
    __sanitizer_finish_switch_fiber(fake_stack, nullptr, nullptr);
  }
  CallersStack(const CallersStack&) = delete;
  CallersStack& operator=(const CallersStack&) = delete;

 private:
  void* bottom_ = nullptr;
  std::size_t bytes_ = 0;
};
#else
struct CallersStack {
  ~CallersStack() {}
};
#endif

template <class Run>
void with_our_errors(Run&& run) {
  const CallersStack stack;
  try {
    run();
  } catch (const sc_core::sc_report& report) {
    const char* process = report.get_process_name();
    throw InternalError(fmt::format("{} (in {} at {} ps)", report.get_msg(),
                                    process ? process : "the simulation",
                                    to_picoseconds(report.get_time())));
  }
}

}  // namespace

void check_time_resolution() {
  ensure(sc_core::sc_get_time_resolution() == sc_core::sc_time(1, sc_core::SC_PS),
         "SystemC's time resolution is one picosecond");
}

void run_simulation() {
  constexpr Picoseconds kSlice =
      1'000'000;  // between interruption points, outside of all processes
  do {
    with_our_errors([] {
      const sc_core::sc_time until_next = sc_core::sc_time_to_pending_activity();
      const bool is_pending = sc_core::sc_pending_activity();
      const sc_core::sc_time slice = to_sc_time(kSlice);
      sc_core::sc_start(is_pending && until_next > slice ? until_next : slice,
                        sc_core::SC_EXIT_ON_STARVATION);
    });
    interruption_point();
  } while (sc_core::sc_pending_activity());
}

void run_simulation_for(Picoseconds duration) {
  with_our_errors([&] { sc_core::sc_start(to_sc_time(duration)); });
}

}  // namespace escalate
