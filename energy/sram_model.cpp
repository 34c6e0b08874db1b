#include "energy/sram_model.h"

#include <fmt/format.h>

#include <cmath>

#include "common/error.h"

namespace escalate {
namespace {

constexpr double kMostBits = 1 << 20;  // of a computed point's word
constexpr double kMostWords = 1LL << 40;

double number_of(const EnergyTable& table, const TableEntry& entry, const std::string& what,
                 const std::optional<TableNumber>& number) {
  // Interpolation is between logarithms.
  if (!number || !(number->value > 0)) {
    throw UserError({table.name, 0, entry.name + "." + what},
                    "expected a number above 0 at every point of an SRAM");
  }
  return number->value;
}

std::optional<TableNumber> action_of(const TableEntry& entry, const std::string& action) {
  const TableNumber* energy = entry.actions.find(action);
  return energy == nullptr ? std::nullopt : std::optional(*energy);
}

}  // namespace

SramModel::SramModel(const EnergyTable& table, const std::string& variant)
    : table_name_(table.name), variant_(variant) {
  for (const TableEntry* entry : table.points("sram", variant)) {
    const double width = entry->attributes.value_of("width");
    const double depth = entry->attributes.value_of("depth");
    if (width < 1 || width > kMostBits || depth < 1 || depth > kMostWords) {
      throw UserError({table.name, 0, "sram.attributes"},
                      fmt::format("expected a `width` of 1 to {:.0f} and a `depth` of 1 to {:.0f}",
                                  kMostBits, kMostWords));
    }
    const double bytes = width * depth / 8;
    SramNumbers& point = points_[{width, bytes}];
    point.read_pj = number_of(table, *entry, "read", action_of(*entry, "read"));
    point.write_pj = number_of(table, *entry, "write", action_of(*entry, "write"));
    point.leakage_mw = number_of(table, *entry, "leakage_mw", entry->leakage_mw);
    point.area_um2 = number_of(table, *entry, "area_um2", entry->area_um2);
    point.cycle_ns = number_of(table, *entry, "cycle_ns", entry->cycle_ns);
    ++widths_[width];
    ++sizes_[bytes];
  }
  if (points_.empty()) {
    throw UserError({table.name, 0, "sram"}, "the table has no SRAM of variant '" + variant + "'");
  }
}

SramModel::Bracket SramModel::bracket(const std::map<double, int>& grid, double value) {
  const auto above = grid.lower_bound(value);
  if (above->first == value) return {value, value, 0};
  const double low = std::prev(above)->first;
  return {low, above->first, std::log(value / low) / std::log(above->first / low)};
}

SramModel::Shape SramModel::shape_of(std::int64_t width, std::int64_t depth) const {
  const double widest = widths_.rbegin()->first;
  const double largest = sizes_.rbegin()->first;
  Shape shape;
  shape.parts = static_cast<int>(std::ceil(static_cast<double>(width) / widest));
  shape.width = static_cast<double>(width) / shape.parts;
  shape.bytes = shape.width * static_cast<double>(depth) / 8;
  while (shape.bytes > largest) {
    shape.bytes /= 2;
    shape.banks *= 2;
  }
  return shape;
}

bool SramModel::inside(const Shape& shape) const {
  if (shape.width < widths_.begin()->first || shape.width > widths_.rbegin()->first ||
      shape.bytes < sizes_.begin()->first || shape.bytes > sizes_.rbegin()->first) {
    return false;
  }
  // Small sizes are not computed for wide words.
  const Bracket width = bracket(widths_, shape.width);
  const Bracket size = bracket(sizes_, shape.bytes);
  return points_.contains({width.low, size.low}) && points_.contains({width.high, size.low}) &&
         points_.contains({width.low, size.high}) && points_.contains({width.high, size.high});
}

bool SramModel::covers(std::int64_t width, std::int64_t depth) const {
  return width > 0 && depth > 0 && inside(shape_of(width, depth));
}

std::optional<std::int64_t> SramModel::covering_depth(std::int64_t width,
                                                      std::int64_t depth) const {
  if (width <= 0 || depth <= 0) return std::nullopt;
  if (covers(width, depth)) return depth;
  const double part_width = shape_of(width, depth).width;
  for (const auto& size : sizes_) {
    const auto deeper = static_cast<std::int64_t>(std::ceil(size.first * 8 / part_width));
    if (deeper > depth && covers(width, deeper)) return deeper;
  }
  return std::nullopt;
}

SramNumbers SramModel::at(std::int64_t width, std::int64_t depth) const {
  if (!covers(width, depth)) {
    throw UserError({table_name_, 0, "sram"},
                    fmt::format("an SRAM of {} words of {} bits is outside the computed sizes "
                                "({:g} to {:g} bits wide, {:g} to {:g} bytes)",
                                depth, width, widths_.begin()->first, widths_.rbegin()->first,
                                sizes_.begin()->first, sizes_.rbegin()->first));
  }
  const Shape shape = shape_of(width, depth);
  const Bracket across = bracket(widths_, shape.width);
  const Bracket along = bracket(sizes_, shape.bytes);
  const auto interpolate = [&](double SramNumbers::*number) {
    if (across.weight == 0 && along.weight == 0) return points_.at({across.low, along.low}).*number;
    const auto log_at = [&](double bits, double bytes) {
      return std::log(points_.at({bits, bytes}).*number);
    };
    const double small =
        std::lerp(log_at(across.low, along.low), log_at(across.high, along.low), across.weight);
    const double large =
        std::lerp(log_at(across.low, along.high), log_at(across.high, along.high), across.weight);
    return std::exp(std::lerp(small, large, along.weight));
  };
  SramNumbers numbers;
  numbers.banks = shape.banks;
  numbers.parts = shape.parts;
  numbers.read_pj = shape.parts * interpolate(&SramNumbers::read_pj);
  numbers.write_pj = shape.parts * interpolate(&SramNumbers::write_pj);
  const auto arrays = static_cast<double>(shape.parts * shape.banks);
  numbers.leakage_mw = arrays * interpolate(&SramNumbers::leakage_mw);
  numbers.area_um2 = arrays * interpolate(&SramNumbers::area_um2);
  numbers.cycle_ns = interpolate(&SramNumbers::cycle_ns);
  return numbers;
}

}  // namespace escalate
