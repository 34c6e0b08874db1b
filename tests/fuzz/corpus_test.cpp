// Every fuzz target over its committed corpus, and over what its own damage makes of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <sstream>

#include "common/atomic_file.h"
#include "common/config.h"
#include "common/error.h"
#include "energy/run_config.h"
#include "fuzz/targets.h"
#include "tests/support/places.h"

namespace escalate {

// Otherwise gtest shows a parameter's bytes, and with them addresses that change from run to run.
static void PrintTo(const FuzzTarget& target, std::ostream* out) { *out << target.name; }

namespace {

std::vector<std::string> files_of(const FuzzTarget& target) {
  const auto folder = std::filesystem::path(source_folder()) / "fuzz" / "corpus" / target.name;
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

class FuzzCorpus : public testing::TestWithParam<FuzzTarget> {};
class LongFuzzCorpus : public testing::TestWithParam<FuzzTarget> {};

/// Each seed and what damage, upon damage, makes of it.
void survive_damage(const FuzzTarget& target, std::uint64_t tries) {
  if (target.mutate == nullptr) GTEST_SKIP() << "damaged by libFuzzer alone";
  std::uint64_t seed = 0;
  for (const std::string& file : files_of(target)) {
    const std::string bytes = read_file(file);
    std::string last = bytes;
    for (const std::uint64_t end = seed + tries; seed < end; ++seed) {
      const std::string damaged = target.mutate(last, seed);
      EXPECT_NO_THROW(target.run(damaged)) << file << ", damaged with seed " << seed;
      // Anew now and then, or nothing would be read any more.
      last = seed % 8 == 0 || damaged.size() > 2 * bytes.size() + 100 ? bytes : damaged;
    }
  }
}

TEST_P(FuzzCorpus, IsSurvived) {
  const std::vector<std::string> files = files_of(GetParam());
  ASSERT_FALSE(files.empty());
  for (const std::string& file : files) {
    EXPECT_NO_THROW(GetParam().run(read_file(file))) << file;
  }
}

// Seeds that are all refused at the door, since a format has moved on, would test only the door.
TEST_P(FuzzCorpus, HasASeedThatIsRead) {
  const std::vector<std::string> files = files_of(GetParam());
  EXPECT_TRUE(std::any_of(files.begin(), files.end(), [](const std::string& file) {
    return GetParam().run(read_file(file));
  })) << GetParam().name;
}

TEST_P(FuzzCorpus, IsSurvivedWhenDamaged) { survive_damage(GetParam(), 20); }

TEST_P(LongFuzzCorpus, IsSurvivedWhenDamaged) { survive_damage(GetParam(), 20'000); }

std::string name_of(const testing::TestParamInfo<FuzzTarget>& parameter) {
  return parameter.param.name;
}

INSTANTIATE_TEST_SUITE_P(All, FuzzCorpus, testing::ValuesIn(fuzz_targets()), name_of);
INSTANTIATE_TEST_SUITE_P(All, LongFuzzCorpus, testing::ValuesIn(fuzz_targets()), name_of);

// As libFuzzer reads them: a comment, or a text in quotes, of escapes \\, \" and \xAB.
TEST(FuzzDictionaries, AreOfTargetsAndReadable) {
  const auto folder = std::filesystem::path(source_folder()) / "fuzz" / "dictionaries";
  const std::regex entry(R"re(#.*|"([^"\\]|\\\\|\\"|\\x[0-9a-f]{2})+")re");
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    EXPECT_NO_THROW(fuzz_target(file.path().stem().string())) << file.path();
    std::istringstream lines(read_file(file.path().string()));
    for (std::string line; std::getline(lines, line);) {
      EXPECT_TRUE(std::regex_match(line, entry)) << file.path() << ": " << line;
    }
  }
}

TEST(FuzzDictionaries, HaveAllKeysOfAMachine) {
  const std::string words = read_file(source_folder() + "/fuzz/dictionaries/machine.dict");
  RunConfig config;
  for (const std::string& name : ConfigView(config).names()) {
    EXPECT_THAT(words, testing::HasSubstr('"' + name + '"'));
  }
}

TEST(FuzzTargets, HaveNamesOfTheirOwn) {
  for (const FuzzTarget& target : fuzz_targets()) {
    EXPECT_EQ(&fuzz_target(target.name), &target);
    EXPECT_FALSE(target.what.empty());
  }
  EXPECT_ANY_THROW(fuzz_target("none"));
}

TEST(FuzzTargets, LetWhatIsNoUserErrorOut) {
  EXPECT_TRUE(is_used("", [](const std::string&) {}));
  EXPECT_FALSE(is_used("", [](const std::string&) { throw UserError("wrong"); }));
  EXPECT_THROW(is_used("", [](const std::string&) { throw std::runtime_error("ours"); }),
               std::runtime_error);
}

}  // namespace
}  // namespace escalate
