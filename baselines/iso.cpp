#include "baselines/iso.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "common/error.h"

namespace escalate {
namespace {

std::unique_ptr<BaselineSizes> sizes_of(const std::string& name, BaselinesConfig& config) {
  const Baseline& machine = config.registry().machine_of(name);
  if (!machine.sizes) {
    throw UserError({"", 0, "--iso"}, name + " has one size: it can be compared with --iso none");
  }
  return machine.sizes(config.of(name));
}

[[noreturn]] void too_small(const std::string& name, const char* what, double target,
                            const char* unit) {
  throw UserError({"", 0, "--iso"},
                  fmt::format("{} of {:.4g} {} is too small for {}", what, target, unit, name));
}

/// The largest number of units whose area is at most the target's.
int units_of_area(double target_mm2, const std::string& name, const BaselinesConfig& config,
                  const CostModel& costs) {
  const auto area_of = [&](int units) {
    BaselinesConfig sized = config;
    sizes_of(name, sized)->set_units(units);
    return baseline_size(name, sized, costs).area_mm2;
  };
  if (area_of(1) > target_mm2) too_small(name, "an area", target_mm2, "mm2");
  int fits = 1;
  BaselinesConfig largest = config;
  int too_large = sizes_of(name, largest)->most_units();
  while (too_large - fits > 1) {
    const int middle = (fits + too_large) / 2;
    (area_of(middle) <= target_mm2 ? fits : too_large) = middle;
  }
  return fits;
}

}  // namespace

MachineSize baseline_size(const std::string& name, const BaselinesConfig& config,
                          const CostModel& costs) {
  const auto model = make_baseline(name, config);
  return machine_size(model->multipliers(), model->components(costs), costs);
}

BaselinesConfig sized_like(const MachineSize& target, Iso iso, const std::string& name,
                           const BaselinesConfig& config, const CostModel& costs) {
  BaselinesConfig sized = config;
  if (iso == Iso::kNone) return sized;
  const std::unique_ptr<BaselineSizes> sizes = sizes_of(name, sized);
  if (iso == Iso::kMac) {
    const std::int64_t of_unit = sizes->multipliers_of_unit();
    sizes->set_units(
        static_cast<int>(std::max<std::int64_t>(1, (target.multipliers + of_unit / 2) / of_unit)));
  } else if (iso == Iso::kArea) {
    sizes->set_units(units_of_area(target.area_mm2, name, config, costs));
  } else {
    const double others = baseline_size(name, config, costs).memory_bytes -
                          static_cast<double>(sizes->activation_bytes());
    const double left = target.memory_bytes - others;
    constexpr double kLeast = 65536;  // a row of a large map, in every machine
    if (left < kLeast) too_small(name, "a memory", target.memory_bytes, "bytes");
    sizes->set_activation_bytes(std::llround(left));
  }
  sized.validate();
  return sized;
}

}  // namespace escalate
