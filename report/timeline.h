// A run as trace events for Perfetto or chrome://tracing: what each stream executed when, layer by
// layer, and what the rows of each block did (docs/result-format.md, "Timelines").
#pragma once

#include <string>

#include "common/json.h"
#include "compiler/program.h"
#include "model/accelerator.h"

namespace escalate {

/// Layers are added in the order in which they ran; each begins where the one before it ended.
class Timeline {
 public:
  explicit Timeline(const Program& program);

  void add(const LayerRun& run);

  /// {"traceEvents": [...]}: times in microseconds of simulated time, and the cycles as arguments.
  Json to_json() const;

 private:
  double microseconds(Cycle cycle) const;
  void name_track(int process, int thread, const std::string& name);
  void add_span(int process, int thread, const std::string& name, Cycle begin, Cycle end,
                Json arguments);

  const Program& program_;
  Json events_ = Json::array();
  Cycle offset_ = 0;
};

}  // namespace escalate
