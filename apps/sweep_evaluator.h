// What a point of a sweep is: a network on a machine, run in the transaction view.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "sweep/engine.h"
#include "workloads/integer_network.h"

namespace escalate {

/// Networks are read once and kept for all points that they are part of.
class NetworkEvaluator : public SweepEvaluator {
 public:
  /// Number and build: two builds of one number may compute differently.
  std::string version() const override;
  std::string content(const SweepPoint& point) override;
  void prepare(const SweepPoint& point) override;
  SweepRecord evaluate(const SweepPoint& point) override;

 private:
  struct Loaded {
    IntegerNetwork network;
    std::uint64_t fingerprint;         ///< of everything in it that results depend on
    std::optional<double> top1_error;  ///< of the labelled images that the points ask for
  };
  const Loaded& load(const SweepPoint& point);

  std::map<std::string, Loaded> loaded_;
};

}  // namespace escalate
