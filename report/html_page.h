// Results as one self-contained HTML page with charts: it opens from disk and loads nothing.
#pragma once

#include <string>
#include <vector>

#include "report/labelled_result.h"

namespace escalate {

/// The whole page. At least one result (InternalError). Texts of the results cannot become markup.
std::string html_page(const std::vector<LabelledResult>& results);

}  // namespace escalate
