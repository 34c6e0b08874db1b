// The machine that the study of docs/studies/iso-area.md recommends.
#include <gtest/gtest.h>

#include <string>

#include "common/config.h"
#include "sweep/spec.h"

namespace escalate {
namespace {

const std::string kIsoArea = std::string(ESCALATE_SOURCE_DIR) + "/configs/iso-area-best.yaml";

TEST(ShippedMachine, FillsTheDefaultsAreaAndIsNoLarger) {
  const auto config = load_config<RunConfig>(kIsoArea, {});
  config.validate();
  const double area = values_before(config).value_of("area_mm2");
  const double of_default = values_before(RunConfig{}).value_of("area_mm2");
  EXPECT_LE(area, of_default);
  EXPECT_GT(area, 0.9 * of_default);
}

}  // namespace
}  // namespace escalate
