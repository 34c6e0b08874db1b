#include "baselines/iso.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <tuple>
#include <utility>

#include "common/error.h"

namespace escalate {
namespace {

/// The parts of a baseline that its size is changed by.
class Sizes {
 public:
  virtual ~Sizes() = default;
  virtual std::int64_t multipliers_of_unit() const = 0;
  /// Sets the number of units; memory of activations stays the same in total.
  virtual void set_units(int units) = 0;
  virtual std::int64_t activation_bytes() const = 0;
  virtual void set_activation_bytes(std::int64_t bytes) = 0;
};

int as_int(std::int64_t bytes) {
  return static_cast<int>(std::min<std::int64_t>(bytes, std::numeric_limits<int>::max()));
}

/// The rectangle of `units` PEs that is nearest to a square; where it is more than twice as long as
/// wide, that of the next smaller number.
std::pair<int, int> rectangle_of(int units) {
  for (;; --units) {
    int rows = static_cast<int>(std::sqrt(units));
    while (units % rows != 0) --rows;
    if (units / rows <= 2 * rows || units <= 2) return {rows, units / rows};
  }
}

class EyerissSizes : public Sizes {
 public:
  explicit EyerissSizes(EyerissConfig& config) : config_(config) {}
  std::int64_t multipliers_of_unit() const override { return config_.rows; }
  void set_units(int units) override { config_.columns = units; }
  std::int64_t activation_bytes() const override { return config_.buffer_bytes; }
  void set_activation_bytes(std::int64_t bytes) override { config_.buffer_bytes = as_int(bytes); }

 private:
  EyerissConfig& config_;
};

class ScnnSizes : public Sizes {
 public:
  explicit ScnnSizes(ScnnConfig& config) : config_(config) {}
  std::int64_t multipliers_of_unit() const override {
    return std::int64_t{config_.activations} * config_.weights;
  }
  void set_units(int units) override {
    const std::int64_t bytes = activation_bytes();
    std::tie(config_.pe_rows, config_.pe_columns) = rectangle_of(units);
    set_activation_bytes(bytes);
  }
  std::int64_t activation_bytes() const override {
    return std::int64_t{2} * config_.activation_ram_bytes * config_.pe_rows * config_.pe_columns;
  }
  void set_activation_bytes(std::int64_t bytes) override {
    config_.activation_ram_bytes = as_int(bytes / (2 * config_.pe_rows * config_.pe_columns));
  }

 private:
  ScnnConfig& config_;
};

class DcnnSizes : public Sizes {
 public:
  explicit DcnnSizes(DcnnConfig& config) : config_(config) {}
  std::int64_t multipliers_of_unit() const override { return config_.multipliers; }
  void set_units(int units) override {
    std::tie(config_.pe_rows, config_.pe_columns) = rectangle_of(units);
  }
  std::int64_t activation_bytes() const override { return config_.activation_ram_bytes; }
  void set_activation_bytes(std::int64_t bytes) override { config_.activation_ram_bytes = bytes; }

 private:
  DcnnConfig& config_;
};

class SpartenSizes : public Sizes {
 public:
  explicit SpartenSizes(SpartenConfig& config) : config_(config) {}
  std::int64_t multipliers_of_unit() const override { return config_.units; }
  void set_units(int units) override { config_.clusters = units; }
  std::int64_t activation_bytes() const override { return config_.global_buffer_bytes; }
  void set_activation_bytes(std::int64_t bytes) override { config_.global_buffer_bytes = bytes; }

 private:
  SpartenConfig& config_;
};

std::unique_ptr<Sizes> sizes_of(const std::string& name, BaselinesConfig& config) {
  if (name == "eyeriss") return std::make_unique<EyerissSizes>(config.eyeriss);
  if (name == "scnn") return std::make_unique<ScnnSizes>(config.scnn);
  if (name.starts_with("dcnn")) return std::make_unique<DcnnSizes>(config.dcnn);
  ensure(name.starts_with("sparten"), "a baseline without sizes");
  return std::make_unique<SpartenSizes>(config.sparten);
}

[[noreturn]] void too_small(const std::string& name, const char* what, double target,
                            const char* unit) {
  throw UserError({"", 0, "--iso"},
                  fmt::format("{} of {:.4g} {} is too small for {}", what, target, unit, name));
}

/// The largest number of units whose area is at most the target's.
int units_of_area(double target_mm2, const std::string& name, const BaselinesConfig& config,
                  const CostModel& costs) {
  constexpr int kMostUnits = 1024;
  const auto area_of = [&](int units) {
    BaselinesConfig sized = config;
    sizes_of(name, sized)->set_units(units);
    return baseline_size(name, sized, costs).area_mm2;
  };
  if (area_of(1) > target_mm2) too_small(name, "an area", target_mm2, "mm2");
  int fits = 1;
  int too_large = kMostUnits;
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
  const std::unique_ptr<Sizes> sizes = sizes_of(name, sized);
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
