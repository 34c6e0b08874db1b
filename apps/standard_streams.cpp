#include "apps/standard_streams.h"

#include <fcntl.h>

#include <csignal>
#include <initializer_list>

namespace escalate {

void prepare_standard_streams() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) >= 0) continue;
    // Opened the wrong way round, so that using it fails as using a closed stream does.
    static_cast<void>(::open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY));
  }
  // A handler is set because an ignored signal would stay ignored in programs that we start.
  struct sigaction action = {};
  action.sa_handler = [](int) {};
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGPIPE, SIGXFSZ}) ::sigaction(signal, &action, nullptr);
}

}  // namespace escalate
