// Value change dumps (IEEE 1364, section 18) as GTKWave reads them: values by the cycle.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/atomic_file.h"

namespace escalate {

class VcdWriter {
 public:
  struct Variable {
    std::string path;  ///< scopes and name, joined by dots
    int width = 1;     ///< bits, 1 to 64
  };

  /// Writes the header to `file`, which outlives this; times are in picoseconds.
  VcdWriter(AtomicFile& file, std::span<const Variable> variables);

  /// The values of all variables from `time` on, which rises from call to call. Only changes are
  /// written.
  void sample(std::int64_t time, std::span<const std::uint64_t> values);

  /// Writes the last time shown; to commit the file is left to its owner.
  void end(std::int64_t time);

 private:
  void write_header(std::span<const Variable> variables);
  void enter_scopes(std::vector<std::string>& open, const std::vector<std::string>& scopes);
  void write_value(std::size_t variable, std::uint64_t value);

  AtomicFile& file_;
  std::vector<int> widths_;
  std::vector<std::uint64_t> last_;
  bool sampled_ = false;
};

}  // namespace escalate
