#include "common/child_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>

#include "common/error.h"
#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

using testing::HasSubstr;

std::string internal_error(const std::function<std::string()>& work) {
  try {
    in_child_process(work);
  } catch (const InternalError& error) {
    return error.what();
  }
  return "";
}

std::string sleep_long() { return ::sleep(30) == 0 ? "slept" : "woken"; }

TEST(ChildProcess, BringsBackATextOfAnyLength) {
  EXPECT_EQ(in_child_process([] { return std::string(); }), "");
  const std::string large(3000000, 'x');
  EXPECT_EQ(in_child_process([&] { return large; }), large);
}

TEST(ChildProcess, ChangesNothingInItsParent) {
  int number = 1;
  EXPECT_EQ(in_child_process([&] { return std::to_string(++number); }), "2");
  EXPECT_EQ(number, 1);
}

TEST(ChildProcess, BringsBackTheFaultOfTheUserAndOurs) {
  EXPECT_USER_ERROR(in_child_process([]() -> std::string {
                      throw UserError({"f", 3, "k"}, "no");
                    }),
                    HasSubstr("f:3: k: no"));
  EXPECT_EQ(internal_error([]() -> std::string { throw InternalError("broken"); }), "broken");
}

TEST(ChildProcess, SaysWhichSignalEndedIt) {
  EXPECT_THAT(internal_error([]() -> std::string { std::abort(); }), HasSubstr("signal 6"));
}

TEST(ChildProcess, IsEndedAfterItsTime) {
  ChildProcess child(sleep_long, ChildProcess::Limits{1, 0});
  EXPECT_THROW(child.wait(), LimitExceeded);
}

TEST(ChildProcess, HalfAnAnswerIsNone) {
  // More than a pipe holds, so that the child is killed in the middle of it.
  ChildProcess child([] { return std::string(1 << 22, 'x'); }, ChildProcess::Limits{1, 0});
  ::sleep(2);
  EXPECT_THROW(child.wait(), LimitExceeded);
}

TEST(ChildProcess, ThatTheSystemHasNoRoomForIsTheUsersFault) {
  const std::string said = in_child_process([]() -> std::string {
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    const rlimit limit{4, before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &limit);
    try {
      in_child_process([] { return std::string("ran"); });
    } catch (const UserError& error) {
      ::setrlimit(RLIMIT_NOFILE, &before);  // sanitizers look at objects through pipes
      return error.what();
    }
    return "";
  });
  EXPECT_EQ(said, "cannot start another process (Too many open files)");
}

TEST(ChildProcess, TellsWhichOfSeveralHasAnswered) {
  std::vector<std::unique_ptr<ChildProcess>> children;
  children.push_back(std::make_unique<ChildProcess>(sleep_long));
  children.push_back(std::make_unique<ChildProcess>([] { return std::string("here"); }));
  EXPECT_EQ(ChildProcess::wait_for_any(children), 1U);
  EXPECT_EQ(children[1]->wait(), "here");
}

}  // namespace
}  // namespace escalate
