// The sweeps of a study, and the machine that it compares others with.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "common/error.h"
#include "sweep/spec.h"

namespace escalate {

struct StudySweep {
  std::string name;  ///< of its file, without the ending
  SweepSpec spec;
};

/// The first point of a sweep, on each of its workloads.
struct StudyBase {
  std::size_t sweep = 0;
  std::string name;   ///< what figures and tables call it
  SourcePlace place;  ///< where the study says so
};

struct StudySweeps {
  std::vector<StudySweep> all;
  std::optional<StudyBase> base;
};

/// Indices of sweeps of a study, in the order in which a part names them.
using SweepIndices = std::vector<std::size_t>;

/// The workloads of these sweeps by name, each once.
std::vector<std::string> workloads_of(const StudySweeps& sweeps, const SweepIndices& which);

/// The axes of these sweeps by parameter, each once.
std::vector<std::string> axes_of(const StudySweeps& sweeps, const SweepIndices& which);

/// nullptr if the sweep has no such axis.
const SweepAxis* find_axis(const SweepSpec& spec, const std::string& key);

}  // namespace escalate
