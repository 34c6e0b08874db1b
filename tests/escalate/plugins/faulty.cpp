// A plug-in with one fault, which FAULT names. NO_FAULT: a machine of one multiplier.
#include <stdexcept>

#include "escalate/accelerator.h"

namespace {

using namespace esc::plugin;

class Faulty : public Accelerator {
 public:
  Faulty() {
#ifdef THROWS_WHEN_MADE
    throw std::runtime_error("no licence");
#endif
  }
  std::string name() const override {
#if defined(HAS_NAME_OF_OURS)
    return "scnn";
#elif defined(HAS_OTHER_NAME_OF_OURS)
    return "dense";
#elif defined(HAS_NAME_OF_THE_MACHINE)
    return "escalate";
#elif defined(HAS_IMPOSSIBLE_NAME)
    return "my/accelerator";
#else
    return "faulty";
#endif
  }
  std::vector<Parameter> parameters() override {
    return {{"overhead", "cycles", "Cycles of a layer beside its products", "test", &overhead_}};
  }
  std::int64_t multipliers() const override {
#ifdef HAS_NO_MULTIPLIERS
    return 0;
#else
    return 1;
#endif
  }
  Skips skips() const override { return Skips::kAllZeros; }
  Run run(const Layer& layer) const override {
#if defined(THROWS_WHEN_RUN)
    throw std::runtime_error("cannot\ndo " + layer.name);
#elif defined(THROWS_A_NUMBER)
    throw 7;
#else
    Run run;
    run.macs = layer.pairs;
    run.compute_cycles = layer.pairs + overhead_;
    run.idle_multiplier_cycles["overhead"] = overhead_;
    run.counters["words"] = layer.pairs;
    run.dram_read_bytes = layer.weights.count();
#if defined(LOSES_A_PRODUCT)
    --run.macs;
#elif defined(IS_TOO_FAST)
    run.compute_cycles = layer.pairs / 2;
#elif defined(LOSES_CYCLES)
    run.idle_multiplier_cycles.clear();
    run.compute_cycles += 5;
#elif defined(COUNTS_BELOW_ZERO)
    run.counters["words"] = -1;
#endif
    return run;
#endif
  }
  std::vector<Part> parts() const override {
#if defined(HAS_UNKNOWN_PART)
    return {{ "brain", "brain", "neuron", {}, 1, {} }};
#elif defined(HAS_UNKNOWN_ACTION)
    return {{ "adder", "adders", "adder", {{ "width", 8 }}, 1, { { "subtract", "words" } } }};
#elif defined(CHARGES_UNKNOWN_COUNTER)
    return {{ "adder", "adders", "adder", {{ "width", 8 }}, 1, { { "add", "letters" } } }};
#else
    return {{ "adder", "adders", "adder", {{ "width", 8 }}, 1, { { "add", "words" } } }};
#endif
  }

 private:
  std::int64_t overhead_ = 100;
};

}  // namespace

#if defined(LACKS_MAKER)
extern "C" ESCALATE_API int escalate_accelerator_abi() { return ESCALATE_ACCELERATOR_ABI; }
#elif defined(IS_OF_ANOTHER_VERSION)
extern "C" ESCALATE_API int escalate_accelerator_abi() { return ESCALATE_ACCELERATOR_ABI + 1; }
extern "C" ESCALATE_API esc::plugin::Accelerator* escalate_accelerator_make() {
  return new Faulty();
}
#elif defined(IS_NO_PLUGIN)
extern "C" ESCALATE_API int answer() { return 42; }
#elif defined(MAKES_NOTHING)
extern "C" ESCALATE_API int escalate_accelerator_abi() { return ESCALATE_ACCELERATOR_ABI; }
extern "C" ESCALATE_API esc::plugin::Accelerator* escalate_accelerator_make() { return nullptr; }
#else
ESCALATE_ACCELERATOR(Faulty)
#endif
