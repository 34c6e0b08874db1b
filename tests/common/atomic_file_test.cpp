#include "common/atomic_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>

#include "common/error.h"
#include "common/json.h"
#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

/// The message of the UserError that `action` ends in, or "" if it does not.
template <class Action>
std::string user_error_of(Action&& action) {
  try {
    action();
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(AtomicFile, AppearsWholeOnCommit) {
  const TemporaryFolder folder;
  const std::string path = folder.file("out.json");
  const std::string contents(200000, 'x');
  AtomicFile file(path);
  file.write(contents);
  EXPECT_FALSE(std::filesystem::exists(path));
  file.commit();
  EXPECT_EQ(read_file(path), contents);
  EXPECT_EQ(folder.num_entries(), 1);
}

TEST(AtomicFile, LeavesNothingBehindWithoutCommit) {
  const TemporaryFolder folder;
  {
    AtomicFile file(folder.file("out.json"));
    file.write("half");
  }
  EXPECT_EQ(folder.num_entries(), 0);
}

TEST(AtomicFile, LeavesTheOlderFileAsItWasWithoutCommit) {
  const TemporaryFolder folder;
  const std::string path = folder.write("out.json", "old");
  {
    AtomicFile file(path);
    file.write("half");
  }
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(folder.num_entries(), 1);
}

TEST(AtomicFile, ReplacesTheFileThatALinkLeadsToAndKeepsItsMode) {
  const TemporaryFolder folder;
  const std::string path = folder.write("real", "old");
  ::chmod(path.c_str(), 0640);
  std::filesystem::create_symlink("real", folder.file("link"));
  write_file(folder.file("link"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder.file("link")));
  EXPECT_EQ(read_file(path), "new");
  struct stat status = {};
  ::stat(path.c_str(), &status);
  EXPECT_EQ(status.st_mode & 07777, 0640u);
}

TEST(AtomicFile, NamesAFolderThatDoesNotExist) {
  const TemporaryFolder folder;
  const std::string path = folder.file("missing/out.json");
  EXPECT_EQ(user_error_of([&] { write_file(path, "x"); }),
            path + ": cannot write this file (No such file or directory)");
}

TEST(AtomicFile, RefusesAFolderAsOutput) {
  const TemporaryFolder folder;
  EXPECT_NE(user_error_of([&] { write_file(folder.path(), "x"); }).find("this is a folder"),
            std::string::npos);
}

TEST(AtomicFile, WritesToADevice) { write_file("/dev/null", "x"); }

TEST(AtomicFile, TellsBeforeLongWorkWhetherItCanBeWritten) {
  const TemporaryFolder folder;
  check_writable(folder.file("new"));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  EXPECT_NE(user_error_of([&] { check_writable(folder.file("no/such/folder")); }).find("cannot"),
            std::string::npos);
}

TEST(AtomicFile, ReportsAFullDisk) {
  EXPECT_EQ(user_error_of([] { write_file("/dev/full", std::string(1000000, 'x')); }),
            "/dev/full: cannot write this file (No space left on device)");
}

TEST(AtomicFile, LeavesNothingBehindWhenTheDiskFillsUp) {
  // A limit on the size of files stands for the disk: writing fails half-way.
  const TemporaryFolder folder;
  rlimit before = {};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small = {100000, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  const std::string error =
      user_error_of([&] { write_file(folder.file("out"), std::string(1000000, 'x')); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(error, folder.file("out") + ": cannot write this file (File too large)");
  EXPECT_EQ(folder.num_entries(), 0);
}

TEST(ReadFile, NamesAFileThatCannotBeRead) {
  const TemporaryFolder folder;
  EXPECT_EQ(user_error_of([&] { read_file(folder.file("no")); }),
            folder.file("no") + ": cannot read this file (No such file or directory)");
  EXPECT_EQ(user_error_of([&] { read_file(folder.path()); }),
            folder.path().string() + ": cannot read this file (Is a directory)");
}

TEST(JsonFile, GoesThereAndBackInOrder) {
  const TemporaryFolder folder;
  const Json json = {{"z", 1}, {"a", {0.1, "text"}}};
  write_json(folder.file("a.json"), json);
  EXPECT_EQ(read_json(folder.file("a.json")).dump(), json.dump());
  EXPECT_EQ(read_file(folder.file("a.json")).back(), '\n');
}

TEST(JsonFile, NamesTheLineWhereItIsMalformed) {
  const TemporaryFolder folder;
  const std::string path = folder.write("a.json", "{\n \"a\": 1,\n nonsense\n}\n");
  EXPECT_EQ(user_error_of([&] { read_json(path); }),
            path + ":3: expected JSON, but it is malformed or cut off here");
}

}  // namespace
}  // namespace escalate
