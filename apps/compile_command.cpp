#include "apps/compile_command.h"

#include <fmt/format.h>

#include "apps/network_source.h"
#include "apps/output.h"
#include "common/console.h"
#include "compiler/compile.h"
#include "compiler/program_file.h"

namespace escalate {

int run_compile(const std::vector<std::string>& args) {
  CommonOptions options;
  NetworkOptions network_options;
  CommandLine line("compile", "NETWORK",
                   "Lowers a network to the instruction streams of the machine.");
  line.common(options, {CommonOption::kArch, CommonOption::kBatch, CommonOption::kSeed,
                        CommonOption::kOutput, CommonOption::kQuiet});
  network_options.add_network_to(line);
  if (!line.parse(args, 0, 1)) return static_cast<int>(ExitStatus::kDone);
  if (options.output.empty()) throw UserError({"", 0, "--output"}, "expected a file to write");
  Outputs outputs(line);
  outputs.add("output", options.output, {FileForm::kProgram});
  LoadedNetwork loaded = load_network(line, options, network_options);
  if (loaded.program) throw UserError("a program is compiled already");
  if (!loaded.head.empty()) {
    throw UserError({line.operands()[0], 0, ""},
                    fmt::format("has {} in front of the network, which the host runs and a program "
                                "does not hold; expected a network that reads images as they are",
                                fmt::join(loaded.head.operators, ", ")));
  }
  if (!loaded.is_drawn) line.refuse({"seed"}, "the network's values are not drawn");
  const RunConfig config = load_run_config(options, std::nullopt);
  const Program program = compile(std::move(loaded.network), config.machine, options.batch);
  outputs.write("output", [&] { return program_file(program_to_json(program)); });
  outputs.commit();
  if (!options.quiet) {
    std::size_t instructions = 0;
    for (const auto& stream : program.streams) instructions += stream.size();
    put("{}: {} layers, {} instructions, {} bytes of data, {} bytes of DRAM\n", options.output,
        program.layers.size(), instructions, program.data.size(), program.dram_bytes);
  }
  return static_cast<int>(ExitStatus::kDone);
}

int run_disassemble(const std::vector<std::string>& args) {
  CommonOptions options;
  CommandLine line("disassemble", "PROGRAM", "Prints a compiled program as assembly.");
  line.common(options, {CommonOption::kOutput});
  if (!line.parse(args, 1, 1)) return static_cast<int>(ExitStatus::kDone);
  Outputs outputs(line);
  outputs.add("output", options.output, {FileForm::kAssembly, FileForm::kText});
  const std::string text = disassemble(load_program(line.operands()[0]));
  outputs.write("output", [&] { return text; });
  outputs.commit();
  if (options.output.empty()) put_text(text);
  return static_cast<int>(ExitStatus::kDone);
}

}  // namespace escalate
