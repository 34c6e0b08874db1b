// Every fuzz target over its committed corpus, and over what its own damage makes of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "common/atomic_file.h"
#include "common/error.h"
#include "fuzz/targets.h"

namespace escalate {
namespace {

std::vector<std::string> files_of(const FuzzTarget& target) {
  const auto folder = std::filesystem::path(ESCALATE_SOURCE_DIR) / "fuzz" / "corpus" / target.name;
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

class FuzzCorpus : public testing::TestWithParam<FuzzTarget> {};

TEST_P(FuzzCorpus, IsSurvived) {
  const std::vector<std::string> files = files_of(GetParam());
  ASSERT_FALSE(files.empty());
  for (const std::string& file : files) {
    EXPECT_NO_THROW(GetParam().run(read_file(file))) << file;
  }
}

TEST_P(FuzzCorpus, IsSurvivedWhenDamaged) {
  if (GetParam().mutate == nullptr) GTEST_SKIP() << "damaged by libFuzzer alone";
  constexpr std::uint64_t kTries = 20;
  std::uint64_t seed = 0;
  for (const std::string& file : files_of(GetParam())) {
    const std::string bytes = read_file(file);
    std::string last = bytes;
    for (const std::uint64_t end = seed + kTries; seed < end; ++seed) {
      const std::string damaged = GetParam().mutate(last, seed);
      EXPECT_NO_THROW(GetParam().run(damaged)) << file << ", damaged with seed " << seed;
      last = damaged.size() < 2 * bytes.size() + 100 ? damaged : bytes;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, FuzzCorpus, testing::ValuesIn(fuzz_targets()),
                         [](const auto& parameter) { return parameter.param.name; });

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
