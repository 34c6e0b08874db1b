// One target under libFuzzer: that of the environment variable ESCALATE_FUZZ_TARGET.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "common/error.h"
#include "common/random.h"
#include "fuzz/targets.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace {

const escalate::FuzzTarget& target() {
  static const escalate::FuzzTarget& kTarget = []() -> const escalate::FuzzTarget& {
    const char* name = std::getenv("ESCALATE_FUZZ_TARGET");
    try {
      return escalate::fuzz_target(name == nullptr ? "" : name);
    } catch (const escalate::UserError& error) {
      std::fprintf(stderr, "ESCALATE_FUZZ_TARGET: %s\n", error.what());
      std::exit(2);
    }
  }();
  return kTarget;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  target().run({reinterpret_cast<const char*>(data), size});
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned int seed) {
  if (target().mutate == nullptr || seed % 4 == 0) return LLVMFuzzerMutate(data, size, most);
  const std::string mutated =
      target().mutate({reinterpret_cast<const char*>(data), size}, escalate::seed_for(seed, ""));
  if (mutated.size() > most) return LLVMFuzzerMutate(data, size, most);
  std::memcpy(data, mutated.data(), mutated.size());
  return mutated.size();
}
