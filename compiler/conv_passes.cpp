#include "compiler/conv_passes.h"

#include <algorithm>

#include "common/error.h"

namespace escalate {

ConvPasses::ConvPasses(const ConvLayer& layer, const ConvMapping& mapping)
    : layer_(layer),
      window_(layer.node->window),
      mapping_(mapping),
      continues_(mapping.continues(layer)) {}

Range ConvPasses::input_rows(Range outputs) const {
  return window_input(window_.r, window_.stride_h, window_.pad_top, layer_.in.h, outputs);
}

Range ConvPasses::input_columns(Range outputs) const {
  return window_input(window_.s, window_.stride_w, window_.pad_left, layer_.in.w, outputs);
}

std::vector<std::vector<PassGroup>> ConvPasses::of_tile(Range rows) const {
  std::vector<std::vector<PassGroup>> groups;
  std::size_t most = 0;
  for (const Range part : split_evenly(rows.size(), mapping_.groups)) {
    groups.push_back(of_group({rows.begin + part.begin, rows.begin + part.end}));
    most = std::max(most, groups.back().size());
  }
  std::vector<std::vector<PassGroup>> passes(most);
  for (std::size_t pass = 0; pass < most; ++pass) {
    for (const std::vector<PassGroup>& of : groups) {
      PassGroup group = pass < of.size() ? of[pass] : of.back();
      if (pass >= of.size()) {
        group.in_begin = group.in_end;
        group.out_begin = group.out_end;
      }
      passes[pass].push_back(group);
    }
  }
  return passes;
}

std::vector<PassGroup> ConvPasses::of_group(Range rows) const {
  std::vector<PassGroup> passes;
  if (!continues_) {
    for (int p = rows.begin; p < rows.end; p += mapping_.bank_rows) {
      const Range outputs{p, std::min(rows.end, p + mapping_.bank_rows)};
      const Range in = input_rows(outputs);
      passes.push_back({outputs.begin, outputs.end, in.begin, in.end, outputs.begin, outputs.end});
    }
    return passes;
  }
  int sent = input_rows(rows).begin;
  for (int p = rows.begin; p < rows.end;) {
    int end = std::min(rows.end, p + mapping_.bank_rows);
    // Do not cut where the next row would be complete already.
    while (end < rows.end && last_input_row(layer_, end) == last_input_row(layer_, end - 1)) --end;
    ensure(end > p, "a bank holds the rows that are completed together");
    const int in_end = last_input_row(layer_, end - 1) + 1;
    passes.push_back({rows.begin, rows.end, sent, in_end, p, end});
    sent = in_end;
    p = end;
  }
  return passes;
}

}  // namespace escalate
