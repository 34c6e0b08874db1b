// What tests of running sweeps share: one workload and a grid of twenty machines for a Formula, of
// which five are excluded (eight blocks) and six fail (three and four multipliers).
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "common/atomic_file.h"
#include "sweep/runner.h"
#include "sweep/summary.h"
#include "tests/support/temporary_folder.h"
#include "tests/sweep/formula.h"

namespace escalate {

class FormulaSweep : public testing::Test {
 protected:
  FormulaSweep() {
    write_file(folder_.file("net.yaml"), "");
    write_spec(
        "axes: {blocks: [1, 2, 4, 8], mac.multipliers: [1, 2, 3, 4, 5]}\n"
        "constraints: [adder_inputs <= 1536]\n");
  }
  /// A specification with the one workload and `text`.
  void write_spec(const std::string& text) {
    write_file(folder_.file("s.yaml"), "workloads: [net.yaml]\n" + text);
    spec_ = read_sweep_spec(folder_.file("s.yaml"));
  }
  static SweepOptions quiet() {
    SweepOptions options;
    options.quiet = true;
    return options;
  }
  /// Runs the specification with processes of this machine, into a file of the test's folder.
  SweepCounts run_locally(const std::string& file, SweepEvaluator& evaluator, int jobs = 3) {
    SweepStore store(folder_.file(file));
    LocalEngine engine(evaluator, jobs, {spec_.timeout_s, spec_.memory_mb});
    return run_sweep(spec_, store, evaluator, engine, quiet());
  }
  /// The members of a store's first sweep.
  std::vector<SweepMember> members(const std::string& file) {
    SweepStore store(folder_.file(file));
    return store.members(store.sweeps().at(0).first);
  }
  std::string csv(const std::string& file) { return all_points(spec_, members(file)).csv(); }

  TemporaryFolder folder_;
  SweepSpec spec_;
};

}  // namespace escalate
