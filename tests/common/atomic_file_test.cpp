#include "common/atomic_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

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

TEST(AtomicFile, WritesTheTargetOfALinkThatLeadsToNothingYet) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("sub"));
  std::filesystem::create_symlink("sub/second", folder.file("first"));
  std::filesystem::create_symlink("target", folder.file("sub/second"));
  write_file(folder.file("first"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder.file("first")));
  EXPECT_TRUE(std::filesystem::is_symlink(folder.file("sub/second")));
  EXPECT_EQ(read_file(folder.file("sub/target")), "new");
  EXPECT_EQ(resolved_path(folder.file("first")),
            std::filesystem::canonical(folder.path()).string() + "/sub/target");
}

TEST(AtomicFile, RefusesALinkThatLeadsInACircleAndANameThatIsTooLong) {
  const TemporaryFolder folder;
  std::filesystem::create_symlink("b", folder.file("a"));
  std::filesystem::create_symlink("a", folder.file("b"));
  EXPECT_EQ(user_error_of([&] { check_writable(folder.file("a")); }),
            folder.file("a") + ": cannot write this file (Too many levels of symbolic links)");
  const std::string longest = folder.file(std::string(255, 'n'));
  write_file(longest, "x");
  EXPECT_EQ(read_file(longest), "x");
  EXPECT_EQ(user_error_of([&] { check_writable(folder.file(std::string(256, 'n'))); }),
            folder.file(std::string(256, 'n')) + ": cannot write this file (File name too long)");
}

TEST(AtomicFile, HasNoNameThatAKillCouldLeaveBehind) {
  const TemporaryFolder folder;
  AtomicFile file(folder.file("out"));
  file.write(std::string(1000000, 'x'));
  EXPECT_EQ(folder.num_entries(), 0);
  file.finish();
  EXPECT_EQ(folder.num_entries(), 0);
  file.commit();
  EXPECT_EQ(folder.num_entries(), 1);
}

TEST(AtomicFile, WritesToADescriptorWhereItStands) {
  const TemporaryFolder folder;
  std::FILE* log = std::fopen(folder.file("log").c_str(), "w");
  std::fputs("before\n", log);
  std::fflush(log);
  write_file("/dev/fd/" + std::to_string(::fileno(log)), "ours\n");
  std::fputs("after\n", log);
  std::fclose(log);
  EXPECT_EQ(read_file(folder.file("log")), "before\nours\nafter\n");
}

TEST(CommitAll, LetsNoFileAppearIfOneCannotBeFinished) {
  const TemporaryFolder folder;
  AtomicFile a(folder.file("a"));
  AtomicFile full("/dev/full");
  AtomicFile b(folder.file("b"));
  for (AtomicFile* file : {&a, &full, &b}) file->write("x");
  EXPECT_EQ(user_error_of([&] {
              commit_all({&a, &full, &b});
            }),
            "/dev/full: cannot write this file (No space left on device)");
  EXPECT_EQ(folder.num_entries(), 0);
  AtomicFile c(folder.file("c"));
  AtomicFile d(folder.file("d"));
  commit_all({&c, &d});
  EXPECT_EQ(folder.num_entries(), 2);
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

TEST(ReadFile, RefusesAFileThatIsTooLargeBeforeReadingIt) {
  const TemporaryFolder folder;
  const std::string path = folder.write("sparse", "");
  std::filesystem::resize_file(path, std::uintmax_t{3} << 40);  // no disk holds so much
  EXPECT_EQ(user_error_of([&] { read_file(path); }),
            path + ": has 3298534883328 bytes; expected at most 8589934592");
  EXPECT_EQ(user_error_of([&] { read_text_file(path); }),
            path + ": has 3298534883328 bytes; expected at most 67108864");
  EXPECT_EQ(first_bytes(path, 3), std::string(3, '\0'));
  EXPECT_EQ(user_error_of([&] { read_file("/dev/zero", 1000); }),
            "/dev/zero: has more bytes than the 1000 expected");
}

TEST(ReadTextFile, NamesTheLineThatIsNoText) {
  const TemporaryFolder folder;
  const std::string path = folder.write("a.yaml", "a: 1\nb: caf\xe9\n");
  EXPECT_EQ(user_error_of([&] { read_text_file(path); }), path + ":2: is no UTF-8 text here");
  const std::string nul = folder.write("b.yaml", std::string("a\0", 2));
  EXPECT_EQ(user_error_of([&] { read_text_file(nul); }), nul + ":1: is no UTF-8 text here");
  EXPECT_EQ(read_text_file(folder.write("c.yaml", "b: caf\u00e9\n")), "b: caf\u00e9\n");
}

TEST(ReadFile, ReadsAPipeToItsEndAndWaitsForItsWriter) {
  const TemporaryFolder folder;
  const std::string path = folder.file("pipe");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_TRUE(is_stream(path));
  EXPECT_FALSE(is_stream(folder.path()));
  EXPECT_FALSE(is_stream(folder.write("file", "")));
  std::string got;
  std::thread reader([&] { got = read_file(path); });
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  {
    std::ofstream out(path);
    out << "first " << std::flush;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    out << std::string(200000, 'x');
  }
  reader.join();
  EXPECT_EQ(got, "first " + std::string(200000, 'x'));
  EXPECT_EQ(first_bytes(path, 4), "") << "reading it would take it from who reads it next";
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
