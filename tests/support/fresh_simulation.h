// A SystemC simulation of its own: while it lives, modules are made in a context that no other test
// has touched. Declared before the modules.
#pragma once

#include <systemc>

namespace escalate {

class FreshSimulation {
 public:
  FreshSimulation() { set(new sc_core::sc_simcontext); }
  ~FreshSimulation() {
    delete sc_core::sc_curr_simcontext;
    set(nullptr);
  }
  FreshSimulation(const FreshSimulation&) = delete;
  FreshSimulation& operator=(const FreshSimulation&) = delete;

 private:
  static void set(sc_core::sc_simcontext* context) {
    sc_core::sc_curr_simcontext = sc_core::sc_default_global_context = context;
  }
};

}  // namespace escalate
