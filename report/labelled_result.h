// A result under the name by which it stands beside others.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "report/result.h"

namespace escalate {

struct LabelledResult {
  std::string label;
  Result result;
  std::size_t work = 0;    ///< results of one number did the same work (works_of())
  std::string title = {};  ///< title of that work
  /// Its name among those of its work, which is the same in other works: its accelerator where that
  /// tells them apart, otherwise the label. Empty: the label.
  std::string contestant = {};
};

/// Labels that differ. Several results are called by their files; those of one file, or one result
/// alone, by accelerator and network. `names` are given ones, of each result, in place of these:
/// different ones for those of one work (UserError). Empty: none.
std::vector<LabelledResult> labelled(std::vector<Result> results,
                                     const std::vector<std::string>& files,
                                     const std::vector<std::string>& names = {});

/// What must be known before one result is divided by another, a line each: which of one network's
/// name are not divided, and why; and what else differs from the first of the work. Empty if there
/// is nothing.
std::vector<std::string> remarks(const std::vector<LabelledResult>& results);

}  // namespace escalate
