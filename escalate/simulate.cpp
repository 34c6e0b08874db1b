#include "escalate/simulate.h"

#include <fmt/format.h>

#include <optional>

#include "escalate/concentrator.h"
#include "escalate/dram.h"
#include "escalate/inside/handles.h"
#include "escalate/inside/run_source.h"
#include "report/timeline.h"

namespace esc {
namespace {

escalate::View view_of(View view) {
  return view == View::kCycle ? escalate::View::kCycle : escalate::View::kTransaction;
}

escalate::Verify verify_of(Verify verify) {
  switch (verify) {
    case Verify::kAll:
      return escalate::Verify::kAll;
    case Verify::kSample:
      return escalate::Verify::kSample;
    case Verify::kNone:
      return escalate::Verify::kNone;
  }
  throw escalate::UserError({"", 0, "verify"}, "expected kAll, kSample or kNone");
}

class Bytes : public DramMemory {
 public:
  explicit Bytes(escalate::SparseMemory& memory) : memory_(memory) {}
  void read(std::uint64_t address, unsigned char* bytes, std::size_t size) const override {
    memory_.read(address, {bytes, size});
  }
  void write(std::uint64_t address, const unsigned char* bytes, std::size_t size) override {
    memory_.write(address, {bytes, size});
  }

 private:
  escalate::SparseMemory& memory_;
};

/// A DRAM of the caller's as one of ours.
class OtherDram : public escalate::DramModel {
 public:
  OtherDram(const escalate::MachineConfig& machine, escalate::SparseMemory& memory,
            const SimulateOptions& options)
      : DramModel("dram"), bytes_(memory) {
    const escalate::DramConfig& dram = machine.dram;
    DramParameters parameters;
    parameters.channels = dram.channels;
    parameters.banks = dram.banks;
    parameters.row_bytes = dram.row_bytes;
    parameters.burst_bytes = dram.burst_bytes;
    parameters.burst_ns = dram.burst_ns;
    parameters.clock_mhz = machine.clock_mhz;
    dram_ = options.make_dram(parameters, bytes_);
    if (dram_ == nullptr) throw escalate::UserError({"", 0, "make_dram"}, "made no DRAM");
  }

  TargetSocket& target_socket() override { return dram_->target_socket(); }
  void restart() override { dram_->restart(); }
  const escalate::DramCounters& counters() const override {
    const DramCounts counts = dram_->counts();
    counters_.read_bursts = counts.read_bursts;
    counters_.write_bursts = counts.write_bursts;
    counters_.row_hits = counts.row_hits;
    counters_.activations = counts.activations;
    counters_.precharges = counts.precharges;
    counters_.refreshes = counts.refreshes;
    counters_.open_ps = counts.open_ps;
    return counters_;
  }

 private:
  Bytes bytes_;
  std::unique_ptr<Dram> dram_;
  mutable escalate::DramCounters counters_;
};

/// A concentrator of the caller's as one of ours.
class OtherConcentrator : public escalate::ConcentratorCore {
 public:
  OtherConcentrator(const escalate::MachineConfig& machine, const SimulateOptions& options) {
    ConcentratorParameters parameters;
    parameters.lanes = machine.ca.lanes;
    parameters.look_ahead = escalate::ConcentratorPattern::parse(machine.ca.pattern).look_ahead();
    parameters.pattern = machine.ca.pattern;
    concentrator_ = options.make_concentrator(parameters);
    if (concentrator_ == nullptr) {
      throw escalate::UserError({"", 0, "make_concentrator"}, "made no concentrator");
    }
  }

  void run(std::span<const std::uint64_t> rows, std::vector<int>& retired) override {
    concentrator_->run(rows.data(), int(rows.size()), retired);
  }

 private:
  std::unique_ptr<Concentrator> concentrator_;
};

escalate::SimulationOptions options_of(const SimulateOptions& options,
                                       const Program::Impl& program) {
  if (options.jobs < 1) throw escalate::UserError({"", 0, "jobs"}, "expected 1 or more");
  escalate::SimulationOptions ours;
  ours.view = view_of(options.view);
  ours.verify = verify_of(options.verify);
  ours.seed = options.seed;
  ours.jobs = options.jobs;
  ours.layers = escalate::selected_layers(program.program, options.layers, "layers");
  ours.program_file = program.program_path;
  ours.on_layer = options.progress;
  if (options.make_dram) {
    ours.make_dram = [options](const escalate::MachineConfig& machine,
                               escalate::SparseMemory& memory) {
      return std::make_unique<OtherDram>(machine, memory, options);
    };
  }
  if (options.make_concentrator) {
    if (options.view == View::kCycle) {
      throw escalate::UserError({"", 0, "make_concentrator"},
                                "the cycle view has its own concentrator; expected the "
                                "transaction view");
    }
    ours.make_concentrator = [options](const escalate::MachineConfig& machine) {
      return std::make_unique<OtherConcentrator>(machine, options);
    };
  }
  return ours;
}

/// The program's network as it is read from files, for its images and for the result's source.
escalate::LoadedNetwork loaded(const Program::Impl& program) {
  escalate::LoadedNetwork network;
  network.network = program.program.network;
  network.is_drawn = program.is_drawn;
  network.file = program.file;
  network.drawn_from = program.drawn_from;
  network.head = program.head;
  network.tail = program.tail;
  return network;
}

}  // namespace

Result simulate(const Program& program, const Images& images, const SimulateOptions& options) {
  return translated([&] {
    const Program::Impl& from = Access::of(program);
    const escalate::LoadedNetwork network = loaded(from);
    const int batch = from.program.batch;
    const escalate::InputBatch input = input_batch(images, network, batch);
    if (input.images.size() % std::size_t(batch) != 0) {
      throw escalate::UserError(
          {"", 0, "images"},
          fmt::format("expected whole batches of {}, got {} images", batch, input.images.size()));
    }
    escalate::SimulationOptions ours = options_of(options, from);
    std::optional<escalate::Timeline> timeline;
    if (options.timeline) {
      if (options.jobs > 1) throw escalate::UserError({"", 0, "timeline"}, "expected one job");
      timeline.emplace(from.program);
      ours.on_run = [&](const escalate::LayerRun& layer) { timeline->add(layer); };
    }
    escalate::ProgramRun run = escalate::run_program(from.program, input.images, ours, from.energy);
    if (const std::string wrong = escalate::wrong_values(run.outcome); !wrong.empty()) {
      throw escalate::WrongValues(wrong);
    }
    run.result.source = escalate::run_source(network, input.images);
    escalate::tell_classes(run.result, run.outcome, input);
    Result::Impl impl;
    for (const escalate::Activations& output : run.outcome.outputs) {
      impl.outputs.push_back({{output.shape.c, output.shape.h, output.shape.w}, output.values});
    }
    impl.result = std::move(run.result);
    if (timeline) impl.timeline = timeline->to_json().dump() + "\n";
    return Access::make<Result>(std::move(impl));
  });
}

Result simulate(const Network& network, const Machine& machine, const Images& images,
                const SimulateOptions& options) {
  return simulate(compile(network, machine), images, options);
}

const char* version() { return ESCALATE_VERSION; }

}  // namespace esc
