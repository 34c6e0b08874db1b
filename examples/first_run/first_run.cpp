// From a network of the zoo to cycles and energy, and a page with charts.
#include <escalate/escalate.h>

#include <iostream>

int main() {
  const esc::Network network = esc::Network::from_zoo("resnet20-cifar10");
  const esc::Result result = esc::simulate(network, esc::Machine().set("ca.lanes", "8"));
  std::cout << network.name() << ": " << result.cycles() << " cycles, " << result.energy_j() * 1e6
            << " uJ, bound by " << result.bound_by() << "\n";
  result.write("first_run.html");
}
