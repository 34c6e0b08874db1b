// The energy of a result: its counters times the table of its machine, and nothing else.
#pragma once

#include <optional>
#include <string>

#include "common/table.h"
#include "energy/energy_config.h"
#include "energy/energy_model.h"
#include "energy/energy_table.h"
#include "machine/config.h"
#include "report/result.h"

namespace escalate {

/// Fills in, from the layers' counters and cycles: each layer's `energy_pj` by group of components
/// (docs/energy.md, "The machine"; "leakage" and "clock_tree" among them), `energy_table` and
/// `energy_sources`, `area_mm2` by group, and by sum_up() `total`. Every layer has every counter
/// that the machine charges (InternalError otherwise). What was there before is replaced.
void charge_energy(Result& result, const EnergyModel& model);

/// The same for the ESCALATE machine in a technology: counters named as in MachineCounters. Also
/// echoes `energy` in `config` under "energy". UserError if a unit's size is out of range of the
/// tables, or as EnergyModel says for `user_table`.
void charge_energy(Result& result, const MachineConfig& machine, const EnergyConfig& energy,
                   const std::optional<EnergyTable>& user_table = std::nullopt);

/// The energy of one layer again, line by line, from its counters and `result.energy_table`.
EnergyReport layer_energy(const Result& result, const LayerResult& layer);

/// The same of all layers together.
EnergyReport result_energy(const Result& result);

/// UserError that names `file`, layer and group where an energy is not counters times table, as in
/// a file that was edited, or the file if it holds energies but no table.
void check_energy(const Result& result, const std::string& file);

/// Where each picojoule comes from: group, component, action, counter, count, pJ each, pJ, share of
/// the total, and what the number was made from (ids of `result.energy_sources`). Lines of no
/// energy are left out.
Table explain_energy(const Result& result);

}  // namespace escalate
