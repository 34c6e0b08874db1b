// The DMA engines of the load and the store stream in the cycle view: what each instruction moves
// (docs/microarchitecture.md, sections 2 and 13; docs/isa.md, "Data").
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "buffers/cycle/dma_engine.h"
#include "buffers/segment_directory.h"

namespace escalate::cycle {

class LoadEngine : public DmaEngine {
 public:
  sc_core::sc_port<GlobalBufferIf> global_buffer;
  sc_core::sc_port<CoefficientFillIf> coefficient_buffers;
  sc_core::sc_port<ParameterFillIf> parameter_banks;

  LoadEngine(const sc_core::sc_module_name& name, const MachineConfig& machine,
             const SegmentDirectory& directory);

 private:
  Job job_of(const Instruction& instruction) override;
  Job job_of(const LoadTile& load);
  Job job_of(const LoadCoefficients& load);
  template <class Parameters>
  Job job_of_parameters(const Parameters& load);
  Job job_of(const LoadTable& load);

  MachineConfig machine_;
  const SegmentDirectory& directory_;
};

class StoreEngine : public DmaEngine {
 public:
  sc_core::sc_port<GlobalBufferIf> global_buffer;

  StoreEngine(const sc_core::sc_module_name& name, const MachineConfig& machine,
              SegmentDirectory& directory);

 private:
  Job job_of(const Instruction& instruction) override;

  SegmentDirectory& directory_;
};

}  // namespace escalate::cycle
