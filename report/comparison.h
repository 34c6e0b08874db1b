// Accelerators side by side on one network, and over several: speed-ups and energies, layer by
// layer and as geometric means.
#pragma once

#include <string>
#include <vector>

#include "common/json.h"
#include "common/table.h"
#include "report/result.h"

namespace escalate {

inline constexpr std::string_view kComparisonSchema = "escalate.comparison/1";

/// How one accelerator stands beside the reference: its time and energy over the reference's.
/// Above 1 the reference is the better one.
struct Advantage {
  double speedup = 0;
  double energy = 0;
};

class Comparison {
 public:
  /// The first result is the reference. Only layers that all results have, by name, are compared;
  /// totals are of these. At least two results (InternalError); a UserError if they share no layer
  /// or differ in the number of images.
  explicit Comparison(std::vector<Result> results);

  const std::string& network() const { return results_.front().network; }
  /// Of the layers compared.
  const std::vector<Result>& results() const { return results_; }
  /// Layers of some results only, such as pools.
  const std::vector<std::string>& left_out() const { return left_out_; }

  /// Of result `i` over all layers compared, or over one of them.
  Advantage total(std::size_t i) const;
  Advantage layer(std::size_t i, std::size_t layer) const;
  /// Geometric mean over the layers, each counted once.
  Advantage mean_of_layers(std::size_t i) const;

  /// For each layer the reference's cycles, and time and energy of each other accelerator as
  /// multiples of the reference's.
  Table layer_table() const;
  /// For each accelerator: time, energy, EDP, utilisation, DRAM bytes, area.
  Table total_table() const;
  /// Share of the reference's cycles in layers that are bound by "ca", "mac", "dram", ...
  NamedValues<double> bound_by() const;
  Json to_json() const;

 private:
  std::vector<Result> results_;
  std::vector<std::string> left_out_;
};

/// Geometric mean of result `i` over networks. InternalError if they do not compare the same
/// accelerators.
Advantage mean_of_networks(const std::vector<Comparison>& comparisons, std::size_t i);

/// One row a network, and their geometric means.
Table network_table(const std::vector<Comparison>& comparisons);

/// One row a network: what binds the reference there.
Table bound_table(const std::vector<Comparison>& comparisons);

/// Both tables, in Markdown.
std::string comparison_document(const std::vector<Comparison>& comparisons);

Json comparisons_to_json(const std::vector<Comparison>& comparisons);

}  // namespace escalate
