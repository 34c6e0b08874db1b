// The machine that the study of docs/studies/iso-area.md finds.
#include <gtest/gtest.h>

#include <string>

#include "common/config.h"
#include "sweep/spec.h"
#include "tests/support/places.h"

namespace escalate {
namespace {

const std::string kRoot = source_folder();
const std::string kIsoArea = kRoot + "/configs/iso-area-best.yaml";
const std::string kCandidates = kRoot + "/docs/studies/iso-area/candidates.yaml";

TEST(ShippedMachine, FillsTheAreaOfTheStudysBaseAndIsNoLarger) {
  const auto config = load_config<RunConfig>(kIsoArea, {});
  config.validate();
  const double area = values_before(config).value_of("area_mm2");
  const SweepSpec study = read_sweep_spec(kCandidates);
  const double of_base = values_before(load_config<RunConfig>("", study.base)).value_of("area_mm2");
  EXPECT_LE(area, of_base);
  EXPECT_GT(area, 0.9 * of_base);
}

TEST(ShippedMachine, OfTheDefaultIsSmallerThanTheOneBeforeTheStudy) {
  const SweepSpec study = read_sweep_spec(kCandidates);
  const double of_base = values_before(load_config<RunConfig>("", study.base)).value_of("area_mm2");
  EXPECT_LT(values_before(RunConfig{}).value_of("area_mm2"), 0.9 * of_base);
}

}  // namespace
}  // namespace escalate
