#include "pe/transaction/pe_block.h"

namespace escalate {

PeBlock::PeBlock(const sc_core::sc_module_name& name, const MachineConfig& machine)
    : sc_module(name),
      entries("entries"),
      control("control"),
      machine_(machine),
      timeline_(machine) {
  entries.register_b_transport(this, &PeBlock::accept);
  control.bind(*this);
}

void PeBlock::accept(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  const EntryExtension* extension = payload.get_extension<EntryExtension>();
  if (extension == nullptr) {
    payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
    return;
  }
  if (extension->direct) {
    timeline_.process_direct(extension->entry, extension->taken);
  } else {
    timeline_.process(extension->entry, extension->elements);
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

}  // namespace escalate
