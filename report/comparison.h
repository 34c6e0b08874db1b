// Accelerators side by side on one network, and over several: speed-ups and energies, layer by
// layer and as geometric means.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/json.h"
#include "common/table.h"
#include "energy/machine_size.h"
#include "report/result.h"

namespace escalate {

inline constexpr std::string_view kComparisonSchema = "escalate.comparison/1";

/// How the reference stands beside another accelerator: its speed-up over it, and its energy
/// efficiency over that of the other. Above 1 the reference is the better one.
struct Advantage {
  double speedup = 0;
  double energy = 0;
};

/// Images classified right, of how many.
struct Accuracy {
  std::int64_t right = 0, images = 0;
};

/// What an accelerator ran.
struct RanNetwork {
  std::string name;
  double density = 0;  ///< density of weights, or of what is stored in place of them
  std::optional<Accuracy> accuracy;
};

/// What accelerators have in common, unless one's parameters say something else.
struct Terms {
  double clock_mhz = 0;
  int word_bits = 0;  ///< bits of an activation and of a weight
  double dram_bytes_per_ns = 0;
  int batch = 1;  ///< images that share a load of weights

  bool operator==(const Terms&) const = default;
};

/// What is printed of an accelerator beside its results.
struct Contestant {
  MachineSize size;
  RanNetwork ran;
  Terms terms;
};

/// Whether contestants may run networks of which each has lost channels of its own, or folded a
/// stride into them.
enum class OtherChannels { kRefused, kAllowed };

class Comparison {
 public:
  /// The first result is the reference. Only layers that all results have, by name, are compared;
  /// totals are of these. At least two results (InternalError); a UserError if they share no layer
  /// or did not do the same work in those that they share (unequal_work()), unless `other_channels`
  /// says that it may differ.
  /// `contestants` are those of the results, in their order, or none.
  explicit Comparison(std::vector<Result> results, std::vector<Contestant> contestants = {},
                      OtherChannels other_channels = OtherChannels::kRefused);

  const std::string& network() const { return results_.front().network; }
  /// Results of the layers compared.
  const std::vector<Result>& results() const { return results_; }
  const std::vector<Contestant>& contestants() const { return contestants_; }
  /// Layers of some results only, such as pools.
  const std::vector<std::string>& left_out() const { return left_out_; }
  /// What these take in the machine, whose post-processing unit all accelerators have: charged to
  /// all alike in totals of all layers. None where none are left out, or the machine has them not.
  struct Rest {
    double seconds = 0, energy_pj = 0;
  };
  const std::optional<Rest>& rest() const { return rest_; }
  /// What is not the same work in spite of that, a line for each result; only if it was allowed.
  const std::vector<std::string>& unequal() const { return unequal_; }

  /// Advantage over result `i` in all layers compared, or in one of them.
  Advantage total(std::size_t i) const;
  Advantage layer(std::size_t i, std::size_t layer) const;
  /// The same over all layers, rest() charged to both.
  Advantage total_of_all(std::size_t i) const;
  /// Geometric mean over the layers, each counted once.
  Advantage mean_of_layers(std::size_t i) const;

  /// "speed-up and energy efficiency of escalate over each": what the ratios of the tables are.
  std::string title() const;
  /// For each layer the reference's cycles, and its speed-up and energy efficiency over each other
  /// accelerator.
  Table layer_table() const;
  /// For each accelerator: time, energy, EDP, utilisation, DRAM bytes, area, and what the
  /// reference's speed-up and energy efficiency over it are; where layers are left out, once more
  /// with them.
  Table total_table() const;
  /// Share of the cycles of result `i` in layers that are bound by "ca", "mac", "dram", ...
  NamedValues<double> bound_by(std::size_t i) const;
  /// What most cycles of its rows or multipliers go to besides work, with their share: "imbalance
  /// 36.2%"; empty if the result does not say.
  std::string largest_loss(std::size_t i) const;
  Json to_json() const;

 private:
  std::vector<Result> results_;
  std::vector<Contestant> contestants_;
  std::vector<std::string> left_out_;
  std::optional<Rest> rest_;
  std::vector<std::string> unequal_;
};

/// Which layers a total is of: those that all accelerators have, or all with Comparison::rest().
enum class TotalOf { kShared, kAll };

/// Geometric mean of the advantage over result `i` over networks. InternalError if they do not
/// compare the same accelerators.
Advantage mean_of_networks(const std::vector<Comparison>& comparisons, std::size_t i,
                           TotalOf total = TotalOf::kShared);

/// One row a network, and their geometric means; the same of all layers where some are left out.
Table network_table(const std::vector<Comparison>& comparisons);

/// One row a network and accelerator: what binds it there, and what keeps it from work.
Table bound_table(const std::vector<Comparison>& comparisons);

/// One row a network and accelerator: sizes of all machines and what they ran, and their terms
/// where these differ.
Table contestants_table(const std::vector<Comparison>& comparisons);

/// The terms of all machines in a line; empty where they differ, or where none are known.
std::string common_terms_text(const std::vector<Comparison>& comparisons);

/// All three tables, in Markdown; the last one if contestants are known.
std::string comparison_document(const std::vector<Comparison>& comparisons);

Json comparisons_to_json(const std::vector<Comparison>& comparisons);

}  // namespace escalate
