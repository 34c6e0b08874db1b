// What a point of a sweep is: a network on a machine, run in the transaction view.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "common/shared_table.h"
#include "sweep/engine.h"
#include "workloads/integer_network.h"

namespace escalate {

/// Networks are read once and kept for all points that they are part of. Points share the times of
/// their passes (SharedPasses).
class NetworkEvaluator : public SweepEvaluator {
 public:
  static constexpr int kShareMegabytes = 256;

  /// `drop_pick`: a fault of each point that its check must find (SimulationOptions); -1: none.
  /// `share_megabytes`: memory for what points share; 0: each is on its own, as those with a fault
  /// are.
  explicit NetworkEvaluator(std::int64_t drop_pick = -1, int share_megabytes = kShareMegabytes);
  /// Number and build: two builds of one number may compute differently.
  std::string version() const override;
  std::string content(const SweepPoint& point) override;
  int shared_megabytes() const override { return shared_ ? shared_->megabytes() : 0; }
  void prepare(const SweepPoint& point) override;
  SweepRecord evaluate(const SweepPoint& point) override;

 private:
  struct Loaded {
    IntegerNetwork network;
    HostPart head;
    std::string digest;                ///< digest of everything in it but its name
    std::string images;                ///< the same of the labelled images; empty: not asked for
    std::optional<double> top1_error;  ///< error on these; none before a point needs it
  };
  Loaded& load(const SweepPoint& point);

  std::int64_t drop_pick_;
  std::unique_ptr<SharedTable> shared_;  // nullptr: nothing is
  std::map<std::string, Loaded> loaded_;
};

}  // namespace escalate
