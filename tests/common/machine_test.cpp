#include "common/machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "common/config.h"
#include "common/machine_ranges.h"
#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

using testing::HasSubstr;

/// What validate() says of the default machine with one other value; "" if nothing.
std::string error_with(const FieldRange& range, double value) {
  MachineConfig machine;
  for_each_field(machine, [&](const std::string& name, const FieldDoc&, auto& member) {
    if constexpr (std::is_arithmetic_v<std::remove_reference_t<decltype(member)>>) {
      if (name == range.key) member = std::remove_reference_t<decltype(member)>(value);
    }
  });
  try {
    machine.validate();
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

bool is_real(const FieldRange& range) {
  bool real = false;
  const MachineConfig machine;
  for_each_field(machine, [&](const std::string& name, const FieldDoc&, const auto& member) {
    if (name == range.key) real = std::is_floating_point_v<std::remove_cvref_t<decltype(member)>>;
  });
  return real;
}

TEST(Machine, HasARangeForEveryNumberAndItsEndsAreInIt) {
  std::size_t numbers = 0;
  const MachineConfig machine;
  for_each_field(machine, [&](const std::string& name, const FieldDoc&, const auto& member) {
    using Member = std::remove_cvref_t<decltype(member)>;
    if constexpr (std::is_arithmetic_v<Member> && !std::is_same_v<Member, bool>) {
      ++numbers;
      EXPECT_NE(machine_range(name), nullptr) << name;
    }
  });
  EXPECT_EQ(machine_ranges().size(), numbers);
  for (const FieldRange& range : machine_ranges()) {
    EXPECT_TRUE(std::isfinite(range.low) && std::isfinite(range.high)) << range.key;
    for (const double end : {range.low, range.high}) {
      EXPECT_THAT(error_with(range, end), testing::Not(HasSubstr("is outside"))) << range.key;
    }
  }
}

TEST(Machine, RefusesWhatLiesBeyondTheEndsOfARange) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const FieldRange& range : machine_ranges()) {
    const bool real = is_real(range);
    const double below = real ? std::nextafter(range.low, -kInfinity) : range.low - 1;
    const double above = real ? std::nextafter(range.high, kInfinity) : range.high + 1;
    for (const double value : {below, above}) {
      EXPECT_THAT(error_with(range, value), HasSubstr("is outside " + range.text())) << range.key;
    }
    if (!real) continue;
    for (const double value : {-1.0, 1e300, kInfinity, -kInfinity, std::nan("")}) {
      EXPECT_THAT(error_with(range, value), HasSubstr(std::string(range.key))) << value;
    }
  }
}

std::string error_of(const std::vector<std::string>& settings) {
  return user_error([&] { load_config<MachineConfig>("", settings); });
}

TEST(Machine, RefusesTimesThatNoRunWouldEndWith) {
  EXPECT_EQ(error_of({"dram.refresh_interval_ns=1e18"}),
            "--set: dram.refresh_interval_ns: 1e+18 is outside 0 to 1000000000");
  EXPECT_EQ(error_of({"clock_mhz=1e-300"}), "--set: clock_mhz: 1e-300 is outside 0.001 to 10000");
  EXPECT_EQ(error_of({"dram.burst_ns=1e-300"}),
            "--set: dram.burst_ns: 1e-300 is outside 0.001 to 100000");
  EXPECT_EQ(error_of({"dram.refresh_interval_ns=1e-300"}),
            "--set: dram.refresh_interval_ns: 1e-300 is between 0 (no refresh) and 100");
  EXPECT_EQ(error_of({"dram.refresh_ns=3901"}),
            "--set: dram.refresh_ns: 3901 is more than half of dram.refresh_interval_ns = 7800");
  load_config<MachineConfig>("", {"dram.refresh_ns=3900"});
  load_config<MachineConfig>("", {"dram.refresh_ns=50", "dram.refresh_interval_ns=100"});
  load_config<MachineConfig>("", {"dram.refresh_ns=1e9", "dram.refresh_interval_ns=0"});
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
