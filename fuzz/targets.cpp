#include "fuzz/targets.h"

#include <algorithm>
#include <stdexcept>

#include "common/enum_names.h"
#include "common/error.h"

namespace escalate {

const std::vector<FuzzTarget>& fuzz_targets() {
  static const std::vector<FuzzTarget> kTargets = {
      onnx_target(),        integer_onnx_target(),  workload_target(),
      quick_layer_target(), machine_target(),       energy_table_target(),
      sweep_spec_target(),  sweep_task_target(),    sweep_records_target(),
      program_target(),     program_bytes_target(), result_target(),
      npy_target(),         png_target(),           jpeg_target(),
      cifar_target(),       json_target(),          study_target(),
      csv_target()};
  return kTargets;
}

const FuzzTarget& fuzz_target(std::string_view name) {
  std::vector<std::string> names;
  for (const FuzzTarget& target : fuzz_targets()) {
    if (target.name == name) return target;
    names.push_back(target.name);
  }
  throw UserError("expected " + one_of(names) + ", got '" + std::string(name) + "'");
}

bool is_used(const std::string& bytes, void (*use)(const std::string&)) {
  try {
    use(bytes);
    return true;
  } catch (const UserError& error) {
    const std::string_view line = error.what();
    if (line.empty() || line.find('\n') != std::string_view::npos) {
      throw std::logic_error("an error that is not one line: " + std::string(line));
    }
    return false;
  }
}

}  // namespace escalate
