// Random elements of tensors at given densities.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "common/random.h"

namespace escalate {

/// Elements are drawn independently of each other. Element i depends on number i / 2 of the stream
/// alone, and where it is not zero at one density, it is the same at every higher one.
///
/// Ternary: +1 and -1, equally likely where it is not zero.
void draw_ternary(std::vector<std::int8_t>& values, RandomStream stream, double density);
/// Non-zero magnitudes 1..most (most <= 127), both signs.
void draw_signed(std::vector<std::int8_t>& values, RandomStream stream, double density, int most);
/// Non-zero values 1..127.
void draw_positive(std::vector<std::int8_t>& values, RandomStream stream, double density);
/// The same by up to `jobs` threads, each a part of a large tensor.
void draw_ternary(std::vector<std::int8_t>& values, RandomStream stream, double density, int jobs);
void draw_positive(std::vector<std::int8_t>& values, RandomStream stream, double density, int jobs);

/// The random stream of a tensor of a layer.
RandomStream stream_of(std::uint64_t seed, const std::string& layer, const char* tensor);

/// Elements of a tensor of layer `name`. UserError if they are more than kMostElements.
std::size_t checked_size(const std::string& name, std::initializer_list<std::int64_t> extents);

/// Mean and mean square of a tensor's elements.
struct Moments {
  double mean = 0, square = 0;
  double variance() const { return square - mean * mean; }
};

/// Deviation of what a layer of a drawn network makes, in int8 steps: 127 is 3.2 of them.
inline constexpr double kDrawnDeviation = 40;
inline constexpr Moments kDrawnMoments{0, kDrawnDeviation* kDrawnDeviation};

/// Zeros for an empty tensor.
Moments moments_of(const std::vector<std::int8_t>& values);

}  // namespace escalate
