#include "workloads/given_tensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "common/error.h"

namespace escalate {

NpyFile open_tensor(const Node& node, const std::string& key,
                    const std::vector<std::int64_t>& expected) {
  NpyFile file(node.npy_files.at(key));
  if (file.shape() != expected) {
    throw UserError({file.path()},
                    fmt::format("{} of layer '{}': is {}; expected {}", key, node.name,
                                file.description(), shape_text(expected)));
  }
  return file;
}

std::vector<std::int8_t> read_scaled(const NpyFile& file, const std::string& what) {
  if (file.type() == NpyType::kUint8) {
    throw UserError({file.path()},
                    what + ": is " + file.description() + "; expected int8 or float32");
  }
  if (file.type() != NpyType::kFloat32) return file.read_int8(0, file.num_elements());
  const std::vector<float> real = file.read_floats(0, file.num_elements());
  float largest = 0;
  for (const float value : real) {
    if (!std::isfinite(value))
      throw UserError({file.path()}, what + ": holds a value that is not finite");
    largest = std::max(largest, std::abs(value));
  }
  std::vector<std::int8_t> values(real.size());
  const double factor = largest > 0 ? 127.0 / largest : 0;
  std::transform(real.begin(), real.end(), values.begin(), [factor](float value) {
    return static_cast<std::int8_t>(std::lround(value * factor));
  });
  return values;
}

std::vector<std::int8_t> read_whole(const NpyFile& file, const std::string& what, int most) {
  const std::vector<float> real = file.read_floats(0, file.num_elements());
  std::vector<std::int8_t> values(real.size());
  for (std::size_t i = 0; i < real.size(); ++i) {
    if (!(std::abs(real[i]) <= static_cast<float>(most)) || real[i] != std::trunc(real[i])) {
      throw UserError({file.path()}, fmt::format("{}: element {} is {}; expected a whole number "
                                                 "from {} to {}",
                                                 what, i, real[i], -most, most));
    }
    values[i] = static_cast<std::int8_t>(real[i]);
  }
  return values;
}

}  // namespace escalate
