#include "baselines/validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace escalate {

double ValidationRow::error() const {
  if (is_bound) return std::max(0.0, (ours_high - published) / published);
  const double nearest = std::clamp(published, ours_low, ours_high);
  return (nearest - published) / published;
}

Table validation_table(const std::vector<ValidationRow>& rows) {
  Table table({{"machine"},
               {"figure"},
               {"published", Align::kRight},
               {"ours", Align::kRight},
               {"error", Align::kRight},
               {"known by"},
               {"source"}});
  const auto number = [](double value) {
    return value >= 1000 ? format_count(std::llround(value)) : fmt::format("{:.4g}", value);
  };
  const auto error = [](const ValidationRow& row) -> std::string {
    if (row.error() == 0 && row.is_bound) return "below it";
    if (row.error() == 0 && row.is_range()) return "in the range";
    return fmt::format("{:+.1f}%", 100 * row.error());
  };
  for (const ValidationRow& row : rows) {
    const std::string unit = row.unit.empty() ? "" : " " + row.unit;
    const std::string ours =
        row.is_range() ? number(row.ours_low) + " to " + number(row.ours_high) : number(row.ours);
    table.add_row({row.machine, row.figure,
                   (row.is_bound ? "< " : "") + number(row.published) + unit, ours + unit,
                   error(row), row.kind, row.source});
  }
  return table;
}

std::string validation_document(const std::string& root) {
  const auto section = [](const std::string& title, const std::vector<ValidationRow>& rows) {
    return "### " + title + "\n\n" + validation_table(rows).markdown() + "\n";
  };
  return section("Eyeriss, mappings by our search", validate_eyeriss(root)) +
         section("Eyeriss, mappings of the chip", validate_mapped_eyeriss(root)) +
         section("Eyeriss by layer, mappings and zeros of the chip",
                 validate_eyeriss_by_layer(root)) +
         section("Eyeriss, energy of an access to 16 bits over a MAC's",
                 validate_eyeriss_hierarchy(root)) +
         section("Eyeriss v2", validate_eyeriss_v2(root)) + section("SCNN", validate_scnn(root)) +
         section("SCNN on GoogLeNet by density", validate_scnn_densities(root)) +
         section("SparTen", validate_sparten(root)) +
         section("SCNN in another simulator", cross_check_scnn(root)) +
         section("Systolic array", validate_systolic(root)) +
         section("Tensor core", validate_tensor_core(root));
}

}  // namespace escalate
