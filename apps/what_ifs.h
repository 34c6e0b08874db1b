// Machines that differ from one in one parameter, each simulated on the same work.
#pragma once

#include <string>
#include <vector>

#include "apps/rerun.h"
#include "report/explanation.h"

namespace escalate {

/// Names of the parameters that are doubled one at a time: those that may make the machine faster
/// where they are larger. The clock is left out, which changes every time.
const std::vector<std::string>& what_if_parameters();

/// Simulates `layers` (names; empty: all) of the network on the result's machine, then with each
/// parameter doubled. What cannot be doubled is in `not_tried`. `base` are the cycles of the
/// result: a UserError that names `file` if these layers now take others. WrongValues as
/// run_network_on(). `jobs`: processes, each with another machine.
Explanation try_what_ifs(const Rerun& rerun, const std::vector<std::string>& layers,
                         std::int64_t base, const std::string& file, int jobs, bool is_quiet);

}  // namespace escalate
