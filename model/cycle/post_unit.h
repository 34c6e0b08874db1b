// The post-processing unit of the cycle view: collects, requantises, adds and pools operand by
// operand, a number of them each cycle (docs/microarchitecture.md, section 12).
#pragma once

#include <array>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "interconnect/cycle/clocked_unit.h"
#include "interconnect/cycle/stream_ports.h"
#include "model/cycle/output_collector.h"
#include "model/cycle/post_operations.h"

namespace escalate::cycle {

class PostUnit : public ClockedUnit, public StreamUnitIf, public ParameterFillIf {
 public:
  sc_core::sc_export<StreamUnitIf> control;
  sc_core::sc_export<ParameterFillIf> parameter_banks;
  sc_core::sc_port<GlobalBufferIf> global_buffer;
  sc_core::sc_port<OutputBankReadIf> output_banks;

  PostUnit(const sc_core::sc_module_name& name, const MachineConfig& machine, OutputPath& outputs);

  bool is_free() const override { return operation_ == nullptr; }
  void begin(const Instruction& instruction) override;
  int take_completed() override;
  std::string describe() const override;

  void load_parameters(const LoadParameters& load, std::span<const std::uint8_t> bytes) override;
  void load_parameters(const LoadSlopedParameters& load,
                       std::span<const std::uint8_t> bytes) override;
  void load_table(const LoadTable& load, std::span<const std::uint8_t> bytes) override;
  /// A layer begins: counters are zero.
  void restart() { counters_ = {}; }
  const MachineCounters& counters() const { return counters_; }
  void list_signals(SignalList& list) const;

 private:
  void tick() override;
  std::unique_ptr<PostOperation> operation_of(const Instruction& instruction);

  int lanes_;
  OutputPath& outputs_;
  OutputCollector collector_;
  MachineCounters counters_;
  std::array<std::vector<PostParameters>, 2> parameters_;
  std::array<std::vector<std::int8_t>, 2> tables_;
  std::unique_ptr<PostOperation> operation_;  // at work
  bool is_busy_ = false;                      // in this cycle
  int completed_ = 0;                         // operations that are complete and not taken
};

}  // namespace escalate::cycle
