#include "common/process_identity.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

namespace escalate {
namespace {

TEST(ProcessIdentity, IsThatOfARunningProcessUntilItEnds) {
  EXPECT_TRUE(surely_runs(process_identity()));
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string identity = process_identity() + "\n";
    const auto written = ::write(ends[1], identity.data(), identity.size());
    ::pause();
    ::_exit(written > 0 ? 0 : 1);
  }
  std::string identity;
  for (char c = 0; c != '\n' && ::read(ends[0], &c, 1) == 1;) {
    if (c != '\n') identity += c;
  }
  EXPECT_NE(identity, process_identity());
  EXPECT_TRUE(surely_runs(identity));
  ::kill(child, SIGKILL);
  ::siginfo_t info;
  ::waitid(P_PID, id_t(child), &info, WEXITED | WNOWAIT);
  EXPECT_FALSE(surely_runs(identity)) << "dead, though not waited for";
  ::waitpid(child, nullptr, 0);
  EXPECT_FALSE(surely_runs(identity));
}

TEST(ProcessIdentity, OfAnotherMachineOrAnotherTimeDoesNotSurelyRun) {
  const std::string identity = process_identity();
  EXPECT_FALSE(surely_runs(""));
  EXPECT_FALSE(surely_runs("another-boot" + identity));
  EXPECT_FALSE(surely_runs(identity + "0")) << "the number was given again";
  EXPECT_FALSE(surely_runs(identity.substr(0, identity.rfind(' '))));
}

}  // namespace
}  // namespace escalate
