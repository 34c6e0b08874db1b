// A SystemC simulation of its own: while it lives, modules are made in a context that nothing else
// has touched. Declared before the modules, which must be gone before it is.
#pragma once

namespace sc_core {
class sc_simcontext;
}

namespace escalate {

/// Contexts may be nested: what was current before is current again afterwards.
class SimulationContext {
 public:
  SimulationContext();
  ~SimulationContext();
  SimulationContext(const SimulationContext&) = delete;
  SimulationContext& operator=(const SimulationContext&) = delete;

 private:
  sc_core::sc_simcontext* current_before_;
  sc_core::sc_simcontext* default_before_;
};

}  // namespace escalate
