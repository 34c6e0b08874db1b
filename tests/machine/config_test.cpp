#include "machine/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "common/config.h"
#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

using testing::HasSubstr;

/// A number of the machine's configuration.
struct Parameter {
  std::string key;
  FieldDoc doc;
  bool is_real = false;
};

std::vector<Parameter> numbers_of_machine() {
  std::vector<Parameter> numbers;
  const MachineConfig machine;
  for_each_field(machine, [&](const std::string& name, const FieldDoc& doc, const auto& member) {
    using Member = std::remove_cvref_t<decltype(member)>;
    if constexpr (std::is_arithmetic_v<Member> && !std::is_same_v<Member, bool>) {
      numbers.push_back({name, doc, std::is_floating_point_v<Member>});
    }
  });
  return numbers;
}

/// What validate() says of the default machine with one other value; "" if nothing.
std::string error_with(const std::string& key, double value) {
  MachineConfig machine;
  for_each_field(machine, [&](const std::string& name, const FieldDoc&, auto& member) {
    if constexpr (std::is_arithmetic_v<std::remove_reference_t<decltype(member)>>) {
      if (name == key) member = std::remove_reference_t<decltype(member)>(value);
    }
  });
  try {
    machine.validate();
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(Machine, HasARangeForEveryNumberAndItsEndsAreInIt) {
  ASSERT_GT(numbers_of_machine().size(), 30u);
  for (const Parameter& number : numbers_of_machine()) {
    EXPECT_TRUE(std::isfinite(number.doc.min) && std::isfinite(number.doc.max)) << number.key;
    for (const double end : {number.doc.min, number.doc.max}) {
      EXPECT_THAT(error_with(number.key, end),
                  testing::Not(HasSubstr("expected " + number.doc.range())))
          << number.key;
    }
  }
}

TEST(Machine, RefusesWhatLiesBeyondTheEndsOfARange) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const auto& [key, doc, is_real] : numbers_of_machine()) {
    const double below = is_real ? std::nextafter(doc.min, -kInfinity) : doc.min - 1;
    const double above = is_real ? std::nextafter(doc.max, kInfinity) : doc.max + 1;
    for (const double value : {below, above}) {
      EXPECT_THAT(error_with(key, value), HasSubstr(key + ": expected " + doc.range())) << key;
    }
    if (!is_real) continue;
    for (const double value : {-1.0, 1e300, kInfinity, -kInfinity, std::nan("")}) {
      EXPECT_THAT(error_with(key, value), HasSubstr(key)) << value;
    }
  }
}

std::string error_of(const std::vector<std::string>& settings) {
  return user_error([&] { load_config<MachineConfig>("", settings); });
}

TEST(Machine, RefusesTimesThatNoRunWouldEndWith) {
  EXPECT_EQ(error_of({"dram.refresh_interval_ns=1e18"}),
            "--set: dram.refresh_interval_ns: expected 0 to 1000000000, got '1e+18'");
  EXPECT_EQ(error_of({"clock_mhz=1e-300"}),
            "--set: clock_mhz: expected 0.001 to 10000, got '1e-300'");
  EXPECT_EQ(error_of({"dram.burst_ns=1e-300"}),
            "--set: dram.burst_ns: expected 0.001 to 100000, got '1e-300'");
  EXPECT_EQ(error_of({"dram.refresh_interval_ns=1e-300"}),
            "--set: dram.refresh_interval_ns: 1e-300 is between 0 (no refresh) and 100");
  EXPECT_EQ(error_of({"dram.refresh_ns=3901"}),
            "--set: dram.refresh_ns: 3901 is more than half of dram.refresh_interval_ns = 7800");
  load_config<MachineConfig>("", {"dram.refresh_ns=3900"});
  load_config<MachineConfig>("", {"dram.refresh_ns=50", "dram.refresh_interval_ns=100"});
  load_config<MachineConfig>("", {"dram.refresh_ns=1e9", "dram.refresh_interval_ns=0"});
}

TEST(Machine, DividesBanksIntoGroups) {
  load_config<MachineConfig>("", {"dram.bank_groups=4", "dram.interleaved_groups=2"});
  EXPECT_EQ(error_of({"dram.bank_groups=3"}),
            "--set: dram.bank_groups: 3 is no divisor of dram.banks = 16");
  EXPECT_EQ(error_of({"dram.bank_groups=4", "dram.interleaved_groups=3"}),
            "--set: dram.interleaved_groups: 3 is no divisor of dram.bank_groups = 4");
}

TEST(Machine, TakesNoTimeInADramWithoutTime) {
  const DramConfig timeless = DramConfig{}.without_time();
  for_each_field(timeless, [](const std::string& name, const FieldDoc&, const auto& member) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(member)>, double>) {
      EXPECT_EQ(member, 0) << name;
    }
  });
}

TEST(Machine, RefusesWhatIsTooLargeToBeBuilt) {
  EXPECT_EQ(error_of({"blocks=1024", "slices=256"}),
            "--set: blocks: 1024 blocks x 256 slices x 6 rows are 1572864 PE rows; at most 131072");
  EXPECT_EQ(error_of({"output_bank_words=67108864"}),
            "--set: output_bank_words: 4294967296 of the machine's 4296493056 bytes of memory; at "
            "most 4294967296 in all");
  EXPECT_THAT(error_of({"mac.line_buffer_words=16777216"}), HasSubstr("mac.line_buffer_words"));
  EXPECT_THAT(error_of({"ring.chunks=1048576", "blocks=64"}), HasSubstr("ring.chunks"));
  load_config<MachineConfig>("", {"blocks=1024", "slices=16", "rows=8"});
  load_config<MachineConfig>("", {"global_buffer_bytes=1073741824"});
}

TEST(Machine, RefusesOffsetsOfLanesThatNoIntegerHasTheMagnitudeOf) {
  EXPECT_THAT(error_of({"ca.pattern=(1,-2147483648)"}), HasSubstr("the lane must be within 63"));
}

}  // namespace
}  // namespace escalate
