// A point that needs no network: cycles from the machine's sizes alone.
#pragma once

#include <chrono>
#include <thread>

#include "common/error.h"
#include "sweep/engine.h"

namespace escalate {

/// Three multipliers are refused, four crash; each evaluation takes so many milliseconds.
class Formula : public SweepEvaluator {
 public:
  explicit Formula(int milliseconds = 0) : milliseconds_(milliseconds) {}
  std::string version() const override { return "formula"; }
  std::string content(const SweepPoint& point) override {
    return point.workload.name + fields_to_json(point.settings.config).dump();
  }
  void prepare(const SweepPoint&) override {}
  SweepRecord evaluate(const SweepPoint& point) override {
    const MachineConfig& machine = point.settings.config.machine;
    if (machine.mac.multipliers == 3) throw UserError("three is not to be had");
    if (machine.mac.multipliers == 4) std::abort();
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds_));
    SweepRecord record;
    record.values["cycles"] = 1000.0 / machine.blocks + machine.mac.multipliers;
    record.values["energy_pj"] = 10.0 * machine.blocks;
    return record;
  }

 private:
  int milliseconds_;
};

}  // namespace escalate
