// How the layers of a run are dealt out to processes.
#pragma once

#include <cstdint>
#include <vector>

#include "compiler/program.h"

namespace escalate {

/// Layers of one batch of images.
struct WorkPart {
  std::int64_t first_image = 0;
  std::vector<int> layers;  ///< indices into Program::layers, rising
};

/// What one process runs at a time.
struct WorkShare {
  std::vector<WorkPart> parts;
  double work = 0;  ///< about how long it takes, in units of its own
};

/// About how long a layer takes to simulate in the transaction view, for one batch.
double work_of_layer(const Program& program, int layer);

/// All `layers` of all batches of `images`, in order.
///
/// For several `jobs` there are several shares for each, so that who is done early takes more. They
/// end where nothing is read across that would have to be computed anew: in a drawn network after
/// nearly every layer, in others after each batch. Where that gives too few, there is a share of
/// about the same work for each job.
std::vector<WorkShare> work_shares(const Program& program, std::int64_t images,
                                   const std::vector<int>& layers, int jobs);

}  // namespace escalate
