#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/json.h"
#include "tests/support/command_run.h"

namespace escalate {
namespace {

using testing::HasSubstr;

constexpr const char* kWorkload =
    "name: pair\ninput: [5, 7, 7]\nseed: 3\ndefaults: {coefficient_density: 0.3, weight_density: "
    "0.4, activation_density: 0.5}\nlayers:\n"
    "  - {conv: first, K: 12, kernel: 3, then: relu}\n"
    "  - {maxpool: half, kernel: 2}\n"
    "  - {conv: second, K: 9, kernel: 3, then: relu}\n"
    "  - {fc: last, K: 5}\n";

class Repeatability : public testing::Test {
 protected:
  Repeatability() { workload_ = folder_.write("pair.yaml", kWorkload); }

  // The bytes of the result of `escalate simulate NETWORK OPTIONS`.
  std::string result_of(const std::string& network, std::vector<std::string> options = {}) {
    const std::string output = folder_.file("result.json");
    std::vector<std::string> args = {"simulate", network, "-q", "-o", output};
    args.insert(args.end(), options.begin(), options.end());
    const CommandRun run = command_run(args);
    EXPECT_EQ(run.status, 0) << run.error;
    EXPECT_EQ(run.out, "");
    std::string text = read_file(output);
    std::filesystem::remove(output);
    return text;
  }

  TemporaryFolder folder_;
  std::string workload_;
};

TEST_F(Repeatability, TheSameInputsAndSeedGiveTheSameBytes) {
  const std::vector<std::string> options = {"--images", "4", "--batch", "2", "--verify", "all"};
  const std::string once = result_of(workload_, options);
  EXPECT_EQ(result_of(workload_, options), once);
  for (const std::string jobs : {"2", "3", "7"}) {
    std::vector<std::string> at_once = options;
    at_once.insert(at_once.end(), {"--jobs", jobs});
    EXPECT_EQ(result_of(workload_, at_once), once) << jobs;
  }
  std::vector<std::string> other = options;
  other.insert(other.end(), {"--seed", "4"});
  EXPECT_NE(result_of(workload_, other), once);
}

TEST_F(Repeatability, AProgramGivesTheResultOfItsNetworkAfterTheNetworkIsGone) {
  Json expected = Json::parse(result_of(workload_, {"--set", "blocks=3"}));
  const std::string program = folder_.file("pair.program");
  EXPECT_EQ(command_run({"compile", workload_, "--set", "blocks=3", "-o", program, "-q"}).status,
            0);
  std::filesystem::remove(workload_);
  Json result = Json::parse(result_of(program));
  EXPECT_EQ(result.at("source").at("network_sha256"), expected.at("source").at("network_sha256"));
  EXPECT_EQ(result.at("source").at("file"), "pair.program");
  // A program does not know what its network was drawn from.
  for (Json* one : {&result, &expected}) one->erase("source");
  EXPECT_EQ(result.dump(), expected.dump());
}

TEST_F(Repeatability, ChecksChangeNothingButWhatWasChecked) {
  std::vector<Json> results;
  for (const std::string verify : {"none", "sample", "all"}) {
    results.push_back(Json::parse(result_of(workload_, {"--verify", verify})));
    results.back().erase("verification");
    results.back().erase("values");  // says that without checks nobody wants all of them
  }
  EXPECT_EQ(results[0].dump(), results[1].dump());
  EXPECT_EQ(results[0].dump(), results[2].dump());
}

TEST_F(Repeatability, APickThatIsLostEndsWithStatus1AndSaysWhere) {
  const CommandRun run =
      command_run({"simulate", workload_, "--verify", "all", "--drop-pick", "100", "-q"});
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.error, HasSubstr("layer '"));
  EXPECT_EQ(std::count(run.error.begin(), run.error.end(), '\n'), 1) << run.error;
}

}  // namespace
}  // namespace escalate
