// Results and sweeps as one self-contained HTML page with charts: it opens from disk and loads
// nothing.
#pragma once

#include <string>
#include <vector>

#include "report/labelled_result.h"
#include "report/sweep_document.h"

namespace escalate {

/// The whole page. At least one result or sweep (InternalError); sweeps have passed check_sweep().
/// Texts of either cannot become markup.
std::string html_page(const std::vector<LabelledResult>& results,
                      const std::vector<LabelledSweep>& sweeps = {});

}  // namespace escalate
