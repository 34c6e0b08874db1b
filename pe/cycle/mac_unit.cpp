#include "pe/cycle/mac_unit.h"

#include <algorithm>

#include "common/math.h"

namespace escalate {

MacUnitClocked::MacUnitClocked(const MachineConfig& machine, int slice, int row)
    : slice_(slice),
      row_(row),
      multipliers_(machine.mac.multipliers),
      weight_port_bytes_(machine.mac.weight_port_bytes),
      ideal_(machine.ideal.mac) {}

// In direct mode the weight of a channel, otherwise a tap of the basis kernel of the row's term.
std::int32_t MacUnitClocked::weight(const ElementTag& tag, int channel, int r, int s) const {
  const ClockedPass& pass = tag.pass->pass;
  const int kernel_columns = pass.geometry.columns.kernel;
  const int tap = r * kernel_columns + s;
  if (!pass.direct) return tag.pass->coefficients->basis[row_ % pass.terms][tap];
  const int taps = pass.geometry.rows.kernel * kernel_columns;
  return tag.pass->coefficients->weights[pass.coefficient_row(slice_, row_)][channel * taps + tap];
}

void MacUnitClocked::plan_products(const Element& element) {
  const ClockedPass& pass = element.tag.pass->pass;
  const WindowAxis& rows = pass.geometry.rows;
  const WindowAxis& columns = pass.geometry.columns;
  const bool direct = pass.direct;
  const std::int32_t operand = direct ? element.inputs.front().value : element.value;
  const int channel = direct ? element.inputs.front().channel : 0;
  const int h = element.tag.h;
  const int w = element.tag.w;
  for (int p = rows.first_output(h); p <= rows.last_output(h); ++p) {
    for (int q = columns.first_output(w); q <= columns.last_output(w); ++q) {
      const std::int32_t factor = pass.bypasses_mac
                                      ? 1
                                      : weight(element.tag, channel, h + rows.pad - p * rows.stride,
                                               w + columns.pad - q * columns.stride);
      products_.push_back({p, q, factor, operand});
    }
  }
  busy_left_ = (int(products_.size()) + multipliers_ - 1) / multipliers_;
  if (pass.bypasses_mac) {
    ++counters_.bypassed_elements;
  } else {
    counters_.macs += std::int64_t(products_.size());
  }
}

// Direct mode, R = S = 1: the products of all activations taken belong to one output.
void MacUnitClocked::plan_reduction(const Element& element) {
  const ClockedPass& pass = element.tag.pass->pass;
  Product sum{pass.geometry.rows.first_output(element.tag.h),
              pass.geometry.columns.first_output(element.tag.w), 1, 0};
  for (const DirectInput& input : element.inputs) {
    sum.operand += input.value * weight(element.tag, input.channel, 0, 0);
  }
  products_.push_back(sum);
  busy_left_ = (int(element.inputs.size()) + multipliers_ - 1) / multipliers_;
  counters_.macs += std::int64_t(element.inputs.size());
}

void MacUnitClocked::start(const Element& element) {
  tag_ = element.tag;
  const ClockedPass& pass = tag_.pass->pass;
  place_ = {tag_.h, tag_.w, tag_.pass->number_of_pass,
            pass.coefficient_row(slice_, row_) / pass.terms, row_ % pass.terms};
  products_.clear();
  next_product_ = 0;
  busy_left_ = 1;
  excess_left_ = 0;
  if (element.is_zero()) return;
  const PassGeometry& geometry = tag_.pass->pass.geometry;
  const int taps = geometry.rows.kernel * geometry.columns.kernel;
  if (tag_.pass->pass.direct && taps == 1) {
    plan_reduction(element);
  } else {
    plan_products(element);
  }
  if (tag_.pass->pass.direct) {
    const int weight_bytes = taps == 1 ? int(element.inputs.size()) : int(products_.size());
    counters_.weight_bytes_read += weight_bytes;
    const int port = ceil_div(weight_bytes, weight_port_bytes_);
    excess_left_ = std::max(0, port - busy_left_);
  }
  if (ideal_) {
    busy_left_ = 1;
    excess_left_ = 0;
  }
}

void MacUnitClocked::work(LineWriter& line_buffer) {
  std::size_t end = products_.size();
  if (!ideal_) end = std::min(end, next_product_ + std::size_t(multipliers_));
  for (; next_product_ < end; ++next_product_) {
    const Product& product = products_[next_product_];
    line_buffer.add(*tag_.pass, product.p, product.q, product.factor * product.operand);
  }
}

MacUnitClocked::Status MacUnitClocked::tick(ElementReader& queue, LineWriter& line_buffer) {
  Status status;
  if (busy_left_ == 0 && excess_left_ == 0) {
    if (queue.size() == 0) return status;
    const Element& element = queue.front();
    if (!line_buffer.may_write(*element.tag.pass, element.tag.h)) {
      status.waits_line = true;
      return status;
    }
    start(element);
    line_buffer.reach(*tag_.pass, tag_.w);
    queue.pop();
  }
  if (busy_left_ > 0) {
    work(line_buffer);
    --busy_left_;
    ++counters_.mac_busy_cycles;
    status.busy = true;
  } else {
    --excess_left_;
    status.waits_weights = true;
  }
  if (tag_.line_end && busy_left_ == 0 && excess_left_ == 0) {
    line_buffer.finish(*tag_.pass, tag_.h);
  }
  return status;
}

}  // namespace escalate
