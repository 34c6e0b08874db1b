#include "sweep/together.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "common/atomic_file.h"
#include "sweep/summary.h"
#include "sweep/sweep_json.h"
#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// Three machines on two networks: cycles and energies of each.
class NetworksTogether : public testing::Test {
 protected:
  NetworksTogether() {
    write_file(folder_.file("a.yaml"), "");
    write_file(folder_.file("b.yaml"), "");
    read("workloads: [a.yaml, b.yaml]\nbase: {blocks: 2}\naxes: {blocks: [1, 2, 4]}\n");
    // The second network is a hundred times as large: sums follow it, means both.
    add("a", "1", 100, 1e6);
    add("a", "2", 40, 2e6);
    add("a", "4", 39, 4e6);
    add("b", "1", 9000, 1e8);
    add("b", "2", 9500, 2e8);
    add("b", "4", 8000, 4e8);
  }
  void read(const std::string& text) {
    write_file(folder_.file("s.yaml"), text);
    spec_ = read_sweep_spec(folder_.file("s.yaml"));
  }
  void add(const std::string& network, const std::string& blocks, double cycles, double energy) {
    SweepRecord record{"done", "", {{"area_mm2", 3.0}, {"cycles", cycles}, {"energy_pj", energy}},
                       Json(), 1,  ""};
    members_.push_back({std::int64_t(members_.size()), network, {blocks}, "k", record});
  }
  TemporaryFolder folder_;
  SweepSpec spec_;
  std::vector<SweepMember> members_;
};

TEST_F(NetworksTogether, SumsAndGeometricMeansHaveFrontsOfTheirOwn) {
  const auto points = together(spec_, members_);
  ASSERT_EQ(points.size(), 3U);
  // In order of the mean of cycles: 558.6, 616.4 and 948.7.
  EXPECT_EQ(points[0].choice, SweepChoice{"4"});
  EXPECT_NEAR(points[0].means[0], std::sqrt(39.0 * 8000), 1e-9);
  EXPECT_EQ(points[0].sums[0], 8039);
  EXPECT_EQ(points[1].choice, SweepChoice{"2"});
  // 9540 cycles and 202 uJ: the first machine has fewer of both in sum, but not in the mean.
  EXPECT_FALSE(points[1].on_front_of_sums);
  EXPECT_TRUE(points[1].on_front_of_means);
  EXPECT_TRUE(points[0].on_front_of_sums && points[2].on_front_of_sums);
}

TEST_F(NetworksTogether, ShowNumbersWithTheirUnitsAndNoExponents) {
  const std::string table = together_table(spec_, members_).csv();
  EXPECT_THAT(table,
              AllOf(HasSubstr("geometric means"), HasSubstr("404 uJ"), Not(HasSubstr("e+"))));
  EXPECT_THAT(front_table(spec_, members_).csv(),
              AllOf(HasSubstr(",area,"), HasSubstr("3.00 mm2"), HasSubstr("1 (base)"),
                    Not(HasSubstr("e+"))));
  const Json json = sweep_to_json(spec_, members_);
  EXPECT_EQ(json.at("together").size(), 3U);
  EXPECT_EQ(json.at("points")[1].at("base"), true);
  EXPECT_FALSE(json.at("points")[0].contains("base"));
}

TEST_F(NetworksTogether, LeavesOutMachinesThatOneNetworkDoesNotHave) {
  members_[3].record->status = "failed";
  EXPECT_EQ(together(spec_, members_).size(), 2U);
  read("workloads: [a.yaml]\naxes: {blocks: [1, 2, 4]}\n");
  members_.resize(3);
  EXPECT_THAT(together(spec_, members_), IsEmpty());
}

TEST_F(NetworksTogether, TheNumbersSayWhatIsFeasibleOnTheFrontAndTheBase) {
  const std::string csv = all_points(spec_, members_).csv();
  EXPECT_THAT(csv, HasSubstr(",feasible,pareto,base,reason\n"));
  EXPECT_THAT(csv, HasSubstr("true,true,true,\n"));
}

}  // namespace
}  // namespace escalate
