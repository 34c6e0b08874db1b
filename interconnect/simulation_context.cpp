#include "interconnect/simulation_context.h"

#include <systemc>

namespace escalate {

SimulationContext::SimulationContext()
    : current_before_(sc_core::sc_curr_simcontext),
      default_before_(sc_core::sc_default_global_context) {
  sc_core::sc_curr_simcontext = sc_core::sc_default_global_context = new sc_core::sc_simcontext;
}

SimulationContext::~SimulationContext() {
  delete sc_core::sc_curr_simcontext;
  sc_core::sc_curr_simcontext = current_before_;
  sc_core::sc_default_global_context = default_before_;
}

}  // namespace escalate
