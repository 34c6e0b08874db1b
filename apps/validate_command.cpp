#include "apps/validate_command.h"

#include <fmt/format.h>

#include "apps/common_options.h"
#include "apps/output.h"
#include "baselines/validation.h"
#include "common/console.h"
#include "common/error.h"

namespace escalate {

int run_validate(const std::vector<std::string>& args) {
  CommonOptions options;
  CommandLine line(
      "validate", "FOLDER",
      "Runs the models of other accelerators as their papers did, and prints published figures "
      "beside ours, in\nMarkdown. FOLDER is the source tree: it has the networks (workloads/zoo) "
      "and what else is known of the\npapers' runs (configs/validation). Takes a minute.");
  line.common(options, {CommonOption::kOutput});
  if (!line.parse(args, 1, 1)) return static_cast<int>(ExitStatus::kDone);
  Outputs outputs(line);
  outputs.add("output", options.output, {FileForm::kMarkdown});
  const std::string document = validation_document(line.operands()[0]);
  outputs.write("output", [&] { return document; });
  outputs.commit();
  if (options.output.empty()) put_text(document);
  return static_cast<int>(ExitStatus::kDone);
}

}  // namespace escalate
