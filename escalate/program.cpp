#include "escalate/program.h"

#include <filesystem>

#include "compiler/compile.h"
#include "escalate/inside/handles.h"

namespace esc {

Program Program::load(const std::string& path) {
  return translated([&] {
    Impl impl;
    impl.program = escalate::load_program(path);
    escalate::check_names(path, impl.program.network);
    impl.is_drawn = impl.program.network.nodes.at(0).substitute.has_value();
    impl.file = std::filesystem::path(path).filename().string();
    impl.program_path = path;
    Machine::Impl machine;
    machine.config.machine = impl.program.machine;
    impl.machine = Access::make<Machine>(std::move(machine));
    return Access::make<Program>(std::move(impl));
  });
}

void Program::save(const std::string& path) const {
  translated([&] {
    if (!impl_->head.empty()) {
      throw escalate::UserError({path, 0, ""},
                                "what the host computes in front of the network is no part of a "
                                "program; expected a network that reads images as they are");
    }
    escalate::save_program(impl_->program, path);
  });
}

const std::string& Program::name() const { return impl_->program.name; }
const Machine& Program::machine() const { return impl_->machine; }
int Program::batch() const { return impl_->program.batch; }

std::string Program::disassemble() const {
  return translated([&] { return escalate::disassemble(impl_->program); });
}

Program compile(const Network& network, const Machine& machine, int batch) {
  return translated([&] {
    const auto& from = Access::of(network);
    const escalate::RunConfig& config = Access::of(machine).config;
    if (!from.integers) {
      throw escalate::UserError({"", 0, network.name()},
                                "expected a network with int8 scales: compress() with calibration "
                                "images makes them");
    }
    if (batch < 1) throw escalate::UserError({"", 0, "batch"}, "expected 1 or more images");
    config.validate();
    Program::Impl impl;
    impl.program = escalate::compile(from.integers->network, config.machine, batch);
    impl.energy = config.energy;
    impl.is_drawn = from.integers->is_drawn;
    impl.file = from.integers->file;
    impl.drawn_from = from.integers->drawn_from;
    impl.head = from.integers->head;
    impl.tail = from.integers->tail;
    impl.machine = machine;
    return Access::make<Program>(std::move(impl));
  });
}

}  // namespace esc
