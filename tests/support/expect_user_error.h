// Asserts that something is the user's fault, and that the one line says so.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/error.h"

namespace escalate {

/// The text of the UserError that `run` throws; a failure of the test and "" if it throws none.
template <class Run>
std::string user_error(Run run) {
  try {
    run();
  } catch (const UserError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no UserError was thrown";
  return "";
}

#define EXPECT_USER_ERROR(statement, matcher) \
  EXPECT_THAT(::escalate::user_error([&] { statement; }), matcher)

}  // namespace escalate
