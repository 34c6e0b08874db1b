#include "pe/transaction/pe_block.h"

#include <cstring>

#include "pe/transaction/pass_walk.h"

namespace escalate {

PeBlock::PeBlock(const sc_core::sc_module_name& name, const MachineConfig& machine,
                 const LayerClock& clock)
    : BlockModel(name), socket_("socket"), clock_(clock), machine_(machine), timeline_(machine) {
  socket_.register_b_transport(this, &PeBlock::transport);
}

void PeBlock::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  const std::uint64_t place = payload.get_address() % BlockProtocol::kBlockBytes;
  if (place == BlockProtocol::kRing && payload.is_write()) {
    if (auto* entry = payload.get_extension<EntryExtension>()) {
      return take_entry(*entry, clock_.cycle_after(delay));
    }
  }
  if (place == BlockProtocol::kPass && payload.is_write()) {
    if (auto* pass = payload.get_extension<PassExtension>()) {
      return begin_pass(*pass, clock_.cycle_after(delay));
    }
  }
  if (place == BlockProtocol::kPass && payload.is_read() &&
      payload.get_data_length() == sizeof(Cycle)) {
    const Cycle last_merge = timeline_.end_pass();
    std::memcpy(payload.get_data_ptr(), &last_merge, sizeof(Cycle));
    return;
  }
  payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
}

void PeBlock::begin_pass(PassExtension& extension, Cycle begin) {
  const Run& run = *extension.run;
  const OutputMap& output = run.output;
  BlockPass pass;
  pass.geometry = geometry_of(run.window, output, output.groups[std::size_t(extension.group)]);
  pass.begin = begin;
  pass.fresh = run.fresh != 0;
  pass.bypasses_mac = run.bypass != 0;
  pass.mode = mode_ = run.direct != 0 ? PassMode::kDirect : PassMode::kDecomposed;
  for (int slice = 0; slice < machine_.slices; ++slice) {
    pass.active_rows.push_back(output.channels_of_slice(extension.member, slice) * output.terms);
  }
  timeline_.begin_pass(pass);
  answer(extension.credit);
}

void PeBlock::take_entry(EntryExtension& extension, Cycle visible) {
  BlockEntry entry = extension.entry;
  entry.visible = visible;
  if (mode_ == PassMode::kDirect) {
    timeline_.process_direct(entry, extension.taken);
  } else {
    timeline_.process(entry, extension.elements);
  }
  answer(extension.credit);
}

void PeBlock::answer(RingCredit& credit) {
  if (credit.next_chunks > 0) credit.space = timeline_.space_for(credit.next_chunks);
}

MachineCounters PeBlock::counters() const {
  MachineCounters counters;
  counters.ca_busy_cycles = timeline_.ca_busy_cycles();
  counters.mac_busy_cycles = timeline_.mac_busy_cycles();
  counters.merged_words = timeline_.merged_words();
  return counters;
}

RowStates PeBlock::states(Cycle cycles) {
  timeline_.close(cycles);
  return timeline_.states();
}

}  // namespace escalate
