// SparTen: clusters of compute units that join a broadcast chunk of activations with a chunk of
// their filter, one match a cycle (Gondimalla et al., MICRO 2019).
#pragma once

#include <string>

#include "baselines/accelerator_model.h"
#include "baselines/registry.h"
#include "common/enum_names.h"

namespace escalate {

enum class Balancing {
  kNone,
  kSoftware,  ///< GB-S: pairs of a dense and a sparse filter
  kHybrid     ///< GB-H: pairs of a dense and a sparse chunk
};
enum class Sparsity { kTwoSided, kOneSided, kDense };

template <>
struct EnumNames<Balancing> {
  static constexpr auto kNames = std::to_array<std::pair<Balancing, std::string_view>>(
      {{Balancing::kNone, "none"}, {Balancing::kSoftware, "gb-s"}, {Balancing::kHybrid, "gb-h"}});
};
template <>
struct EnumNames<Sparsity> {
  static constexpr auto kNames =
      std::to_array<std::pair<Sparsity, std::string_view>>({{Sparsity::kTwoSided, "two-sided"},
                                                            {Sparsity::kOneSided, "one-sided"},
                                                            {Sparsity::kDense, "dense"}});
};

struct SpartenConfig {
  int clusters = 32;
  int units = 32;
  int chunk = 128;
  Balancing balancing = Balancing::kHybrid;
  Sparsity sparsity = Sparsity::kTwoSided;
  int unit_buffer_bytes = 992;
  std::int64_t global_buffer_bytes = 1048576;
  int word_bits = 8;
  int sum_bits = 32;
  double clock_mhz = 800;
  SharedParts shared;

  /// Throws UserError with the key.
  void validate() const;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"clusters", "clusters", "Clusters", "SparTen, MICRO 2019", 1, 1024},
          self.clusters);
    visit(FieldDoc{"units", "units", "Compute units of a cluster, one multiplier each",
                   "SparTen, MICRO 2019", 1, 1024},
          self.units);
    visit(FieldDoc{"chunk", "positions", "Channels of a chunk", "SparTen, MICRO 2019", 8, 1024},
          self.chunk);
    visit(FieldDoc{"balancing", "",
                   "Greedy balancing: none, gb-s (by filter) or gb-h (by chunk of a filter)",
                   "SparTen, MICRO 2019"},
          self.balancing);
    visit(FieldDoc{"sparsity", "",
                   "Zeros that are skipped: two-sided, one-sided (activations) or dense (none)",
                   "SparTen, MICRO 2019"},
          self.sparsity);
    visit(FieldDoc{"unit_buffer_bytes", "bytes", "Buffers of a compute unit", "assumption", 1},
          self.unit_buffer_bytes);
    visit(FieldDoc{"global_buffer_bytes", "bytes", "On-chip memory of activations",
                   "assumption: as the machine compared with", 1},
          self.global_buffer_bytes);
    visit(FieldDoc{"word_bits", "bits", "Activations and weights", "assumption", 1, 32},
          self.word_bits);
    visit(FieldDoc{"sum_bits", "bits", "Partial sums", "assumption", 1, 64}, self.sum_bits);
    visit(FieldDoc{"clock_mhz", "MHz", "Clock", "SparTen, MICRO 2019", 1e-3}, self.clock_mhz);
    SharedParts::fields(self.shared, visit);
  }
};

/// How the filters of a layer are dealt out, and what is not modelled: docs/baselines.md.
class Sparten : public AcceleratorModel {
 public:
  explicit Sparten(const SpartenConfig& config);

  std::string name() const override;
  std::int64_t multipliers() const override {
    return std::int64_t{config_.clusters} * config_.units;
  }
  std::string arrangement() const override;
  Skips skips() const override;
  int word_bits() const override { return config_.word_bits; }
  Json config() const override { return fields_to_json(config_); }
  MachineComponents components(const CostModel& costs) const override;

 protected:
  BaselineRun compute(const LayerWorkload& layer, const ProductSink& sink) const override;

 private:
  SpartenConfig config_;
};

void add_sparten(BaselineRegistry& registry);

}  // namespace escalate
