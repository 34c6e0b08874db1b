#include "workloads/drawn_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "common/error.h"
#include "common/parallel.h"
#include "workloads/layer_rules.h"

namespace escalate {
namespace {

// One 32-bit number decides an element: its upper 24 bits whether it is zero, the lower 8 its
// value.
constexpr std::uint32_t kDensityOne = 1u << 24;

std::uint32_t threshold(double density) {
  return static_cast<std::uint32_t>(std::lround(density * kDensityOne));
}

constexpr std::size_t kPairsOfJob = std::size_t{1} << 18;  // fewer are not worth a thread

/// Fills `values` by element(upper 24 bits, lower 8 bits) on the numbers of `stream`.
template <class Element>
void fill(std::vector<std::int8_t>& values, RandomStream stream, int jobs, Element element) {
  const std::size_t pairs = values.size() / 2;
  const auto fill_pairs = [&](std::size_t first, std::size_t end) {
    for (std::size_t i = first; i < end; ++i) {
      const std::uint64_t bits = stream.at(i);
      const auto low = static_cast<std::uint32_t>(bits),
                 high = static_cast<std::uint32_t>(bits >> 32);
      values[2 * i] = element(low >> 8, low & 0xff);
      values[2 * i + 1] = element(high >> 8, high & 0xff);
    }
  };
  const auto parts = std::min(static_cast<std::size_t>(jobs), pairs / kPairsOfJob);
  if (parts > 1) {
    parallel_for(static_cast<std::int64_t>(parts), jobs, [&](std::int64_t part) {
      const auto number = static_cast<std::size_t>(part);
      fill_pairs(pairs * number / parts, pairs * (number + 1) / parts);
    });
  } else {
    fill_pairs(0, pairs);
  }
  if (values.size() % 2 != 0) {
    const auto low = static_cast<std::uint32_t>(stream.at(pairs));
    values.back() = element(low >> 8, low & 0xff);
  }
}

}  // namespace

void draw_ternary(std::vector<std::int8_t>& values, RandomStream stream, double density, int jobs) {
  const std::uint32_t limit = threshold(density);
  fill(values, stream, jobs, [limit](std::uint32_t uniform, std::uint32_t low) {
    const int sign = 1 - 2 * static_cast<int>(low & 1);
    return static_cast<std::int8_t>(uniform < limit ? sign : 0);
  });
}

void draw_ternary(std::vector<std::int8_t>& values, RandomStream stream, double density) {
  draw_ternary(values, stream, density, 1);
}

void draw_signed(std::vector<std::int8_t>& values, RandomStream stream, double density, int most) {
  const std::uint32_t limit = threshold(density);
  fill(values, stream, 1, [limit, most](std::uint32_t uniform, std::uint32_t low) {
    const int magnitude = 1 + (static_cast<int>(low >> 1) * most >> 7);
    const int value = (low & 1) != 0 ? -magnitude : magnitude;
    return static_cast<std::int8_t>(uniform < limit ? value : 0);
  });
}

void draw_positive(std::vector<std::int8_t>& values, RandomStream stream, double density,
                   int jobs) {
  const std::uint32_t limit = threshold(density);
  fill(values, stream, jobs, [limit](std::uint32_t uniform, std::uint32_t low) {
    const int value = 1 + (static_cast<int>(low) * 127 >> 8);
    return static_cast<std::int8_t>(uniform < limit ? value : 0);
  });
}

void draw_positive(std::vector<std::int8_t>& values, RandomStream stream, double density) {
  draw_positive(values, stream, density, 1);
}

RandomStream stream_of(std::uint64_t seed, const std::string& layer, const char* tensor) {
  return RandomStream(seed_for(seed_for(seed, layer), tensor));
}

std::size_t checked_size(const std::string& name, std::initializer_list<std::int64_t> extents) {
  const std::int64_t size = num_elements(extents);
  if (size > kMostElements) {
    throw UserError(fmt::format("layer '{}': a tensor of more than {} elements is too large", name,
                                kMostElements));
  }
  return static_cast<std::size_t>(size);
}

Moments moments_of(const std::vector<std::int8_t>& values) {
  std::int64_t sum = 0, squares = 0;
  constexpr std::size_t kAtOnce = 4096;  // so many squares fit into 32 bits, of which vectors are
  for (std::size_t first = 0; first < values.size(); first += kAtOnce) {
    const std::size_t end = std::min(first + kAtOnce, values.size());
    std::int32_t part = 0, squares_of_part = 0;
    for (std::size_t i = first; i < end; ++i) {
      part += values[i];
      squares_of_part += std::int32_t{values[i]} * values[i];
    }
    sum += part;
    squares += squares_of_part;
  }
  const auto count = static_cast<double>(std::max<std::size_t>(values.size(), 1));
  return {static_cast<double>(sum) / count, static_cast<double>(squares) / count};
}

}  // namespace escalate
