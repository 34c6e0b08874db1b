// Another concentrator in the CA units: every adder reaches every slot of the window, as through a
// full crossbar. What would the machine gain if its few look-aside wires were all there could be?
#include <escalate/concentrator.h>
#include <escalate/escalate.h>

#include <algorithm>
#include <bit>
#include <iostream>
#include <memory>

namespace {

class Crossbar : public esc::Concentrator {
 public:
  explicit Crossbar(const esc::ConcentratorParameters& machine)
      : lanes_(machine.lanes), window_(1 + machine.look_ahead) {}

  // In each step the oldest `lanes` slots of the window are added, and rows without any retire.
  void run(const std::uint64_t* rows, int num_rows, std::vector<int>& retired) override {
    left_.clear();
    for (int r = 0; r < num_rows; ++r) left_.push_back(std::popcount(rows[r]));
    for (int base = 0; base < num_rows;) {
      const int end = std::min(num_rows, base + window_);
      int adders = lanes_;
      for (int r = base; r < end; ++r) {
        const int added = std::min(adders, left_[r]);
        left_[r] -= added;
        adders -= added;
      }
      int done = base;
      while (done < end && left_[done] == 0) ++done;
      retired.push_back(done - base);
      base = done;
    }
  }

 private:
  int lanes_, window_;
  std::vector<int> left_;  // slots of each row that are still to be added
};

}  // namespace

int main() {
  const esc::Network network = esc::Network::from_layer("C=256,K=64,R=3,H=28,density=0.3");
  const esc::Result ours = esc::simulate(network);
  esc::SimulateOptions options;
  options.make_concentrator = [](const esc::ConcentratorParameters& machine) {
    return std::make_unique<Crossbar>(machine);
  };
  const esc::Result other = esc::simulate(network, esc::Machine(), esc::Images(), options);
  std::cout << "concentrator of the machine: " << ours.cycles() << " cycles\n"
            << "full crossbar: " << other.cycles() << " cycles\n";
  return ours.outputs()[0].values == other.outputs()[0].values ? 0 : 1;
}
