// Baselines of the size of another machine: as many multipliers, as much area or as much memory.
#pragma once

#include <string>

#include "baselines/baselines_config.h"
#include "common/enum_names.h"
#include "energy/machine_size.h"

namespace escalate {

enum class Iso {
  kNone,  ///< 1024 multipliers and equal memory for activations: the parameters as they are
  kMac,   ///< the number of PEs: as many multipliers
  kArea,  ///< the number of PEs: the most that are no larger
  kSram   ///< memory for activations: as much memory of all kinds
};

template <>
struct EnumNames<Iso> {
  static constexpr auto kNames = std::to_array<std::pair<Iso, std::string_view>>(
      {{Iso::kNone, "none"}, {Iso::kMac, "mac"}, {Iso::kArea, "area"}, {Iso::kSram, "sram"}});
};

/// Size of the baseline `name`.
MachineSize baseline_size(const std::string& name, const BaselinesConfig& config,
                          const CostModel& costs);

/// `config` with the baseline `name` as large as `target` in what `iso` says. PEs come in the
/// machine's own units (a PE of an array, of SCNN and of DCNN, a cluster of SparTen); memory
/// of activations keeps its total when their number changes. Throws UserError with the baseline's
/// name if its smallest size is larger than the target.
BaselinesConfig sized_like(const MachineSize& target, Iso iso, const std::string& name,
                           const BaselinesConfig& config, const CostModel& costs);

}  // namespace escalate
