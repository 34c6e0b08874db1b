// Readers of what users give, each fed with bytes: for coverage-guided fuzzing (docs/fuzzing.md),
// and for a test that runs them over the committed corpus.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace escalate {

struct FuzzTarget {
  std::string name;  ///< and that of its folder in fuzz/corpus
  std::string what;  ///< is read
  /// Reads the bytes and makes use of what they say: false where they were refused, by a UserError
  /// of one line; whatever else happens is a fault.
  bool (*run)(const std::string& bytes);
  /// Damage that a reader does not see at its door: bytes of the same form, checksums made right.
  /// May return bytes that are too long.
  std::string (*mutate)(const std::string& bytes, std::uint64_t seed);
};

const std::vector<FuzzTarget>& fuzz_targets();

/// UserError with the names there are.
const FuzzTarget& fuzz_target(std::string_view name);

/// Calls use(); true unless it threw a UserError, which must be one line. A line that is none, or
/// any other exception, leaves.
bool is_used(const std::string& bytes, void (*use)(const std::string&));

/// The same for a use that is known when compiling: FuzzTarget::run.
template <void (*kUse)(const std::string&)>
bool run(const std::string& bytes) {
  return is_used(bytes, kUse);
}

// One file each.
FuzzTarget onnx_target();
FuzzTarget integer_onnx_target();
FuzzTarget workload_target();
FuzzTarget quick_layer_target();
FuzzTarget machine_target();
FuzzTarget energy_table_target();
FuzzTarget sweep_spec_target();
FuzzTarget sweep_task_target();
FuzzTarget sweep_records_target();
FuzzTarget program_target();
FuzzTarget program_bytes_target();
FuzzTarget result_target();
FuzzTarget npy_target();
FuzzTarget png_target();
FuzzTarget jpeg_target();
FuzzTarget cifar_target();
FuzzTarget json_target();
FuzzTarget study_target();
FuzzTarget csv_target();

}  // namespace escalate
