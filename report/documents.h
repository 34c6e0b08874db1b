// Results as documents for other programs and for pages of text.
#pragma once

#include <string>
#include <vector>

#include "common/table.h"
#include "report/labelled_result.h"
#include "report/sweep_document.h"

namespace escalate {

/// Comma-separated values (RFC 4180) with a heading: one line for each layer of each result, bare
/// numbers, and a column for each counter, row state, energy and so on that any of them has, named
/// as in the result file ("counters.macs"). A value that a layer lacks is left empty.
std::string csv_document(const std::vector<LabelledResult>& results);

/// GitHub-flavoured Markdown: for each result a summary, the table by layer and the energy by group
/// of components; several results are compared with the first of their work.
std::string markdown_document(const std::vector<LabelledResult>& results);

/// What a person sees of results: of one, terminal_text(); of several, their comparison and then
/// each one's summary, below a table of its layers if `with_layers`.
std::string terminal_document(const std::vector<LabelledResult>& results, bool with_layers,
                              Screen screen);

/// Each result beside the first of its work: cycles, time, energy, EDP, area, speed-up, energy
/// efficiency; of one that did its work alone no ratios. At least one result (InternalError).
Table comparison_table(const std::vector<LabelledResult>& results);

/// A sweep as Markdown: its summary and its Pareto front.
std::string markdown_document(const LabelledSweep& sweep);

}  // namespace escalate
