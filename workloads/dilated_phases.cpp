#include "workloads/dilated_phases.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "common/math.h"

namespace escalate {
namespace {

/// One axis of one phase.
struct AxisPhase {
  std::vector<int> places;  ///< input rows that it reads
  int pad_before = 0, pad_after = 0;
  int outputs = 0;
};

/// One axis of a dilated convolution.
struct Axis {
  int kernel, stride, dilation, pad;
  int inputs, outputs;

  int common() const { return std::gcd(stride, dilation); }
  int phases() const { return std::min(dilation / common(), outputs); }
  int phase_stride() const { return stride / common(); }

  AxisPhase phase(int number) const {
    AxisPhase made;
    made.outputs = ceil_div(outputs - number, dilation / common());
    const int start = stride * number - pad;  // the place of the first tap of the first output
    const int needed = (made.outputs - 1) * phase_stride() + kernel;
    for (int i = 0; i < needed; ++i) {
      const int place = start + i * dilation;
      if (place < 0) ++made.pad_before;
      if (place >= inputs) ++made.pad_after;
      if (place >= 0 && place < inputs) made.places.push_back(place);
    }
    if (made.places.empty()) {  // it meets padding only
      made.places = {Selection::kZero};
      --(made.pad_before > 0 ? made.pad_before : made.pad_after);
    }
    return made;
  }

  /// Where each output stands when those of the phases stand one behind the other.
  std::vector<int> order() const {
    const int step = dilation / common();
    std::vector<int> places(std::size_t(outputs), 0);
    int at = 0;
    for (int number = 0; number < phases(); ++number) {
      for (int output = number; output < outputs; output += step) {
        places[std::size_t(output)] = at++;
      }
    }
    return places;
  }
};

class Phases {
 public:
  Phases(const IntegerNode& dilated, std::vector<IntegerNode>& nodes)
      : dilated_(dilated), nodes_(nodes), in_(nodes[std::size_t(dilated.inputs.at(0))].out) {
    const Window& w = dilated.window;
    rows_ = {w.r, w.stride_h, w.dilation_h, w.pad_top, in_.h, dilated.out.h};
    columns_ = {w.s, w.stride_w, w.dilation_w, w.pad_left, in_.w, dilated.out.w};
  }

  int append() {
    std::vector<int> bands;  // output rows of one phase each
    for (int i = 0; i < rows_.phases(); ++i) {
      std::vector<int> parts;
      for (int j = 0; j < columns_.phases(); ++j) parts.push_back(convolution(i, j));
      bands.push_back(joined(std::move(parts), 2, fmt::format(".rows{}", i)));
    }
    share_positions();
    const int output = joined(std::move(bands), 1, "");
    nodes_[std::size_t(output)].name = dilated_.name;
    return output;
  }

 private:
  int push(IntegerNode node) {
    nodes_.push_back(std::move(node));
    return int(nodes_.size()) - 1;
  }

  int convolution(int row_phase, int column_phase) {
    const AxisPhase rows = rows_.phase(row_phase), columns = columns_.phase(column_phase);
    const std::string name = fmt::format("{}.phase{}_{}", dilated_.name, row_phase, column_phase);
    IntegerNode made = dilated_;
    made.name = name;
    made.inputs = {selection(name + ".input", rows, columns)};
    made.out = {dilated_.out.c, rows.outputs, columns.outputs};
    Window& window = made.window;
    window.stride_h = rows_.phase_stride();
    window.stride_w = columns_.phase_stride();
    window.dilation_h = window.dilation_w = 1;
    window.pad_top = rows.pad_before;
    window.pad_bottom = rows.pad_after;
    window.pad_left = columns.pad_before;
    window.pad_right = columns.pad_after;
    convolutions_.push_back(push(std::move(made)));
    return convolutions_.back();
  }

  // Those of a transposed convolution, so that the phases have all of them together.
  void share_positions() {
    const std::int64_t all = dilated_.transposed_positions;
    const auto parts = std::int64_t(convolutions_.size());
    for (std::int64_t i = 0; i < parts && all > 0; ++i) {
      nodes_[std::size_t(convolutions_[std::size_t(i)])].transposed_positions =
          all * (i + 1) / parts - all * i / parts;
    }
  }

  int selection(const std::string& name, const AxisPhase& rows, const AxisPhase& columns) {
    IntegerNode made;
    made.name = name;
    made.op = IntegerOp::kSelect;
    made.inputs = {dilated_.inputs[0]};
    made.selection.rows = rows.places;
    made.selection.columns = columns.places;
    made.out = {in_.c, int(rows.places.size()), int(columns.places.size())};
    made.scale = nodes_[std::size_t(dilated_.inputs[0])].scale;
    made.requant = {to_fixed_point(1)};
    return push(std::move(made));
  }

  /// Axis 1: all rows, of bands of rows; axis 2: a band, of its parts by column.
  int joined(std::vector<int> parts, int axis, const std::string& tail) {
    if (parts.size() == 1) return parts[0];
    IntegerNode made;
    made.name = dilated_.name + tail;
    made.op = IntegerOp::kSelect;
    made.out = nodes_[std::size_t(parts[0])].out;
    made.scale = dilated_.scale;
    made.requant.assign(parts.size(), to_fixed_point(1));
    made.selection.axis = axis;
    if (axis == 1) {
      made.selection.rows = rows_.order();
      made.out.h = dilated_.out.h;
    } else {
      made.selection.columns = columns_.order();
      made.out.w = dilated_.out.w;
    }
    made.inputs = std::move(parts);
    return push(std::move(made));
  }

  const IntegerNode& dilated_;
  std::vector<IntegerNode>& nodes_;
  const Shape in_;
  Axis rows_{}, columns_{};
  std::vector<int> convolutions_;
};

}  // namespace

int append_phases(const IntegerNode& dilated, std::vector<IntegerNode>& nodes) {
  return Phases(dilated, nodes).append();
}

}  // namespace escalate
