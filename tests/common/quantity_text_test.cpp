#include "common/quantity_text.h"

#include <gtest/gtest.h>

#include <utility>

namespace escalate {
namespace {

TEST(QuantityText, HasUnitsInPlaceOfExponents) {
  EXPECT_EQ(quantity_text(5.6756e7, "pJ"), "56.8 uJ");
  EXPECT_EQ(quantity_text(3.2e-5, "s"), "32.0 us");
  EXPECT_EQ(quantity_text(1.09e-9, "J s"), "1.09 nJ s");
  EXPECT_EQ(quantity_text(2.7, "W"), "2.70 W");
  EXPECT_EQ(quantity_text(65536, "bytes"), "65.5 kB");
  EXPECT_EQ(quantity_text(19.746, "mm2"), "19.75 mm2");
  EXPECT_EQ(quantity_text(3.95e-4, "mm2 s"), "0.3950 mm2 ms");
  EXPECT_EQ(quantity_text(0.1234, "ratio"), "0.123");
  EXPECT_EQ(quantity_text(56756000, "cycles"), "56,756,000");
  EXPECT_EQ(quantity_text(123456.7, "cycles"), "123,457");
  EXPECT_EQ(quantity_text(12.5, "cycles"), "12.5");
}

TEST(ScaledUnit, MakesTheLargestNumberShort) {
  const auto scaled = [](std::string_view unit, double largest) {
    const ScaledUnit to = scaled_unit(unit, largest);
    return std::pair(to.unit, largest * to.scale);
  };
  EXPECT_EQ(scaled("pJ", 5.5e7).first, "uJ");
  EXPECT_DOUBLE_EQ(scaled("pJ", 5.5e7).second, 55);
  EXPECT_EQ(scaled("s", 2e-5).first, "us");
  EXPECT_EQ(scaled("J s", 3e-9).first, "nJ s");
  EXPECT_EQ(scaled("cycles", 5e6), std::pair(std::string("cycles"), 5e6));
}

TEST(QuantityTitle, LeavesTheUnitToTheCells) {
  EXPECT_EQ(quantity_title("energy_pj"), "energy");
  EXPECT_EQ(quantity_title("area_delay_mm2s"), "area delay");
  EXPECT_EQ(quantity_title("edp_js"), "EDP");
  EXPECT_EQ(quantity_title("ca_bound"), "ca bound");
}

}  // namespace
}  // namespace escalate
