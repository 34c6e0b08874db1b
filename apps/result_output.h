// Results of runs in every form of file that they have: what `escalate report` makes of them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "apps/output.h"
#include "report/result.h"

namespace escalate {

/// .json, .html, .csv and .md.
const FileForms& result_forms();

/// One result as JSON, or the documents of report/documents.h under the file's name. The result
/// must outlive what is returned.
Documents result_documents(const Result& result, const std::string& path);

}  // namespace escalate
