// The passes that a tile of a convolution is cut into: which input rows are sent for which output
// rows, in each group of blocks (docs/microarchitecture.md, sections 7 and 9).
#pragma once

#include <vector>

#include "compiler/mapping.h"
#include "machine/isa.h"

namespace escalate {

class ConvPasses {
 public:
  /// Refers to both.
  ConvPasses(const ConvLayer& layer, const ConvMapping& mapping);

  /// Input rows and columns that these output rows and columns read.
  Range input_rows(Range outputs) const;
  Range input_columns(Range outputs) const;

  /// Whether passes go on with the lines that those before them began (ConvMapping::continues()).
  bool continue_lines() const { return continues_; }

  /// The passes of a tile of output rows: one list of groups for each pass. Groups that have fewer
  /// passes than others take part in the last ones without rows.
  std::vector<std::vector<PassGroup>> of_tile(Range rows) const;

 private:
  std::vector<PassGroup> of_group(Range rows) const;

  const ConvLayer& layer_;
  const Window& window_;
  const ConvMapping& mapping_;
  bool continues_;
};

}  // namespace escalate
