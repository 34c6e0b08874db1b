#include "common/shared_table.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <numeric>
#include <vector>

#include "common/child_process.h"

namespace escalate {
namespace {

using Words = std::vector<std::int64_t>;

Fingerprint::Value key_of(int number) {
  Fingerprint name;
  name.add(number);
  return name.value();
}

// None as one word that no record has.
Words found(const SharedTable& table, int number) {
  const auto record = table.find(key_of(number));
  return record ? Words(record->begin(), record->end()) : Words{-1};
}

// Different for each number, in length, too.
Words record_of(int number) {
  Words words(std::size_t(number % 7));
  std::iota(words.begin(), words.end(), number);
  return words;
}

TEST(SharedTable, HasWhatWasPut) {
  SharedTable table(1);
  EXPECT_EQ(table.bytes_used(), 0);
  EXPECT_EQ(found(table, 1), Words{-1});
  table.put(key_of(1), Words{5, 6});
  table.put(key_of(2), Words{});
  EXPECT_EQ(found(table, 1), (Words{5, 6}));
  EXPECT_EQ(found(table, 2), Words{});
  EXPECT_EQ(found(table, 3), Words{-1});
  EXPECT_GT(table.bytes_used(), 0);
}

TEST(SharedTable, KeepsTheFirstRecordOfAKey) {
  SharedTable table(1);
  table.put(key_of(1), Words{5});
  const std::int64_t used = table.bytes_used();
  table.put(key_of(1), Words{6});
  EXPECT_EQ(found(table, 1), Words{5});
  EXPECT_EQ(table.bytes_used(), used);
}

TEST(SharedTable, KeepsKeysApartThatBeginAtOnePlace) {
  SharedTable table(1);
  for (std::uint64_t i = 0; i < 20; ++i) {
    table.put({std::uint64_t{i} << 40, i}, Words{std::int64_t(i)});
  }
  for (std::uint64_t i = 0; i < 20; ++i) {
    const auto record = table.find({std::uint64_t{i} << 40, i});
    ASSERT_TRUE(record);
    EXPECT_EQ(record->front(), std::int64_t(i));
  }
  EXPECT_FALSE(table.find({0, 1}));
}

TEST(SharedTable, ThatIsFullTakesNoMoreAndKeepsWhatItHas) {
  SharedTable table(1);
  const Words large(10000, 3);  // 13 of them are 1 MB
  for (int i = 0; i < 100; ++i) table.put(key_of(i), large);
  EXPECT_EQ(found(table, 0), large);
  EXPECT_EQ(found(table, 99), Words{-1});
  EXPECT_LE(table.bytes_used(), 1 << 20);
}

TEST(SharedTable, OfManySmallRecordsHasEachWholeOrNotAtAll) {
  SharedTable table(1);
  int known = 0;
  for (int i = 0; i < 40000; ++i) table.put(key_of(i), record_of(i));
  for (int i = 0; i < 40000; ++i) {
    if (!table.find(key_of(i))) continue;
    EXPECT_EQ(found(table, i), record_of(i));
    ++known;
  }
  EXPECT_GT(known, 4000);
}

TEST(SharedTable, IsOneForAProcessAndItsChildren) {
  SharedTable table(1);
  table.put(key_of(0), Words{7});
  const std::string said = in_child_process([&] {
    table.put(key_of(1), Words{8});
    return std::to_string(found(table, 0)[0]);
  });
  EXPECT_EQ(said, "7");
  EXPECT_EQ(found(table, 1), Words{8});
}

TEST(SharedTable, IsFilledByManyProcessesAtOnce) {
  SharedTable table(4);
  std::vector<std::unique_ptr<ChildProcess>> children;
  for (int child = 0; child < 4; ++child) {
    children.push_back(std::make_unique<ChildProcess>([&]() -> std::string {
      for (int i = 0; i < 20000; ++i) table.put(key_of(i), record_of(i));
      return "";
    }));
  }
  for (const auto& child : children) child->wait();
  for (int i = 0; i < 20000; ++i) ASSERT_EQ(found(table, i), record_of(i)) << i;
}

TEST(SharedTable, HoldsAgainstProcessesThatAreKilled) {
  SharedTable table(64);
  for (int kills = 0; kills < 50; ++kills) {
    const pid_t child = ::fork();
    if (child == 0) {
      for (int i = kills * 1000;; ++i) table.put(key_of(i), record_of(i));
    }
    ::usleep(300);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
  for (int i = 0; i < 60000; ++i) {
    const Words words = found(table, i);
    if (words != Words{-1}) {
      EXPECT_EQ(words, record_of(i)) << i;
    }
  }
  table.put(key_of(-1), Words{1});
  EXPECT_EQ(found(table, -1), Words{1});
}

}  // namespace
}  // namespace escalate
