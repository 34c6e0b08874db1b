#include "workloads/pattern_images.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "common/random.h"

namespace escalate {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr std::uint64_t kSeed = 0x0e5ca1a7e;  ///< seed of the data set: another one, other images

double between(Random& random, double low, double high) {
  return low + (high - low) * random.uniform();
}

enum Pattern {
  kDisc,
  kRing,
  kSquare,
  kFrame,
  kTriangle,
  kCross,
  kPlus,
  kHorizontal,
  kVertical,
  kChequers
};

/// Whether the point (x, y) belongs to the pattern, which fills the square from -1 to 1.
bool is_inside(int pattern, double x, double y) {
  const double radius = std::hypot(x, y);
  const double extent = std::max(std::abs(x), std::abs(y));
  const auto odd = [](double at) { return (int(std::floor(at * 2.5)) & 1) != 0; };
  switch (pattern) {
    case kDisc:
      return radius < 1;
    case kRing:
      return radius < 1 && radius > 0.6;
    case kSquare:
      return extent < 0.88;
    case kFrame:
      return extent < 0.92 && extent > 0.52;
    case kTriangle:
      return y < 0.8 && y > 2.0 * std::abs(x) - 1;
    case kCross:
      return extent < 0.95 && std::abs(std::abs(x) - std::abs(y)) < 0.36;
    case kPlus:
      return extent < 1 && std::min(std::abs(x), std::abs(y)) < 0.3;
    case kHorizontal:
      return extent < 1 && odd(y + 1);
    case kVertical:
      return extent < 1 && odd(x + 1);
    default:
      return extent < 1 && odd(x + 1) != odd(y + 1);
  }
}

/// A pattern at a place of the image.
struct Placed {
  int pattern;
  double x, y, size, angle;

  bool covers(double w, double h) const {
    const double right = (w - x) / size, down = (h - y) / size;
    return is_inside(pattern, right * std::cos(angle) + down * std::sin(angle),
                     down * std::cos(angle) - right * std::sin(angle));
  }
};

using Colour = std::array<double, 3>;

Colour colour(Random& random) {
  return {between(random, 0, 255), between(random, 0, 255), between(random, 0, 255)};
}

double distance(const Colour& a, const Colour& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

}  // namespace

PatternImage pattern_image(Split split, std::int64_t index) {
  Random random(
      seed_for(kSeed, fmt::format("{} {}", split == Split::kTraining ? "train" : "test", index)));
  PatternImage image;
  image.label = std::uint8_t(random.below(kPatternClasses));
  const double extent = kPatternShape.w;
  const auto place = [&](int pattern, double least, double most) {
    const double size = between(random, least, most);
    return Placed{pattern, between(random, size, extent - size),
                  between(random, size, extent - size), size, between(random, -kPi / 10, kPi / 10)};
  };
  const Placed shape = place(image.label, 6, 13);
  const Placed other = place(int(random.below(kPatternClasses)), 2.5, 4);
  const Colour ground = colour(random), tint = colour(random), distraction = colour(random);
  Colour paint = colour(random);
  while (distance(paint, ground) < 60) paint = colour(random);
  const double noise = between(random, 5, 45);
  image.pixels.resize(std::size_t(kPatternShape.size()));
  const std::size_t plane = std::size_t(kPatternShape.h) * kPatternShape.w;
  for (int h = 0; h < kPatternShape.h; ++h) {
    for (int w = 0; w < kPatternShape.w; ++w) {
      const bool in_shape = shape.covers(w + 0.5, h + 0.5);
      const bool in_other = other.covers(w + 0.5, h + 0.5);
      const double slope = 0.25 * (h + w) / (2 * extent);
      for (std::size_t c = 0; c < 3; ++c) {
        const double back = ground[c] * (1 - slope) + tint[c] * slope;
        const double value = in_other ? distraction[c] : in_shape ? paint[c] : back;
        image.pixels[c * plane + std::size_t(h * kPatternShape.w + w)] =
            std::uint8_t(std::clamp(value + between(random, -noise, noise), 0.0, 255.0));
      }
    }
  }
  return image;
}

}  // namespace escalate
