// The shapes of a network whose values are to be drawn: from a trained file to a quick study.
#pragma once

#include "workloads/graph.h"

namespace escalate {

/// `graph` without its weights: every weighted layer is drawn at these densities. The image that
/// the network reads is dense, as images are. A decomposed layer keeps its M; calibration is
/// dropped.
Graph drawn_shapes(Graph graph, const DrawnDensities& densities);

}  // namespace escalate
