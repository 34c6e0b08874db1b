// The baselines held against figures that their papers print, and against other simulators of the
// same machines (docs/validation.md).
#pragma once

#include <string>
#include <vector>

#include "baselines/eyeriss_v2.h"
#include "common/table.h"

namespace escalate {

/// One published figure and ours. Where the paper does not say what it ran, ours is a range, and
/// `ours` its middle.
struct ValidationRow {
  std::string machine;
  std::string figure;
  std::string unit;
  double published = 0;
  double ours = 0;
  double ours_low = 0, ours_high = 0;  ///< both `ours` unless it is a range
  std::string source;
  std::string kind;       ///< a name of Knowledge
  bool is_bound = false;  ///< the paper says "less than `published`"

  bool is_range() const { return ours_low != ours_high; }
  /// (ours - published) / published; 0 if `published` is in the range, else that of its nearer end.
  /// 0 too if all of the range is below a bound.
  double error() const;
};

// `root` is the folder that has workloads/zoo and configs/validation.

/// AlexNet and VGG16: time, active PEs, traffic and power, with the mappings that the model finds.
std::vector<ValidationRow> validate_eyeriss(const std::string& root);
/// The same with those of the chip (configs/validation/eyeriss_mappings.yaml).
std::vector<ValidationRow> validate_mapped_eyeriss(const std::string& root);
/// All that is printed of each layer, with the chip's mappings and the zeros of its inputs.
std::vector<ValidationRow> validate_eyeriss_by_layer(const std::string& root);
/// The normalised energies of its memory hierarchy, beside those of our tables.
std::vector<ValidationRow> validate_eyeriss_hierarchy(const std::string& root);
/// Speed-ups over DCNN by network, and how busy its multipliers are in late layers.
std::vector<ValidationRow> validate_scnn(const std::string& root);
/// GoogLeNet's inception modules at equal densities of weights and activations, from 1 to 0.1.
std::vector<ValidationRow> validate_scnn_densities(const std::string& root);
/// Speed-ups over dense and one-sided machines and SCNN; power of a cluster.
std::vector<ValidationRow> validate_sparten(const std::string& root);
/// Cycles of other simulators: a check of the models' reading, not of the machines.
std::vector<ValidationRow> cross_check_scnn(const std::string& root);
/// Cycles of other simulators of such arrays.
std::vector<ValidationRow> validate_systolic(const std::string& root);
/// Cycles and energy of matrix products, dense, with weights in a 2:4 pattern and sparse on both
/// sides.
std::vector<ValidationRow> validate_tensor_core(const std::string& root);
/// Cycles of a PE, speed, energy and DRAM of AlexNet and MobileNet, pruned and not.
std::vector<ValidationRow> validate_eyeriss_v2(const std::string& root);
/// The machine of which Sparseloop's artifact gives cycles: PEs of one multiplier, no stored zeros.
EyerissV2Config eyeriss_v2_single_pe();

Table validation_table(const std::vector<ValidationRow>& rows);

/// All of them, as sections of a page.
std::string validation_document(const std::string& root);

}  // namespace escalate
