// A self-made data set: small colour images of ten classes, drawn from seeds, so that a network can
// be trained and its accuracy measured with no data from elsewhere.
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/graph.h"
#include "workloads/training_set.h"

namespace escalate {

inline constexpr Shape kPatternShape{3, 32, 32};
inline constexpr int kPatternClasses = 10;
inline constexpr std::int64_t kPatternTestImages = 2000;

struct PatternImage {
  std::vector<std::uint8_t> pixels;  ///< [3][32][32], R, G and B planes
  std::uint8_t label = 0;
};

/// Image `index` of a split; the same on every machine. Its class is the shape in it: disc, ring,
/// square, frame, triangle, cross, plus, horizontal stripes, vertical stripes, chequers. Place,
/// size, angle, colours (of shape and ground, with any contrast), a second, smaller shape's outline
/// as a distraction, and noise are random, so neither colour nor place tells the class.
PatternImage pattern_image(Split split, std::int64_t index);

}  // namespace escalate
