#include "pe/cycle/line_buffer.h"

#include "common/error.h"

namespace escalate {

void LineBufferClocked::open(const RunningPass& tile) {
  const WindowAxis& rows = tile.pass.geometry.rows;
  for (int p = rows.out_begin; p < rows.out_end; ++p) {
    lines_.push_back({tile.number(p), p, &tile, nullptr});
  }
}

bool LineBufferClocked::may_write(const RunningPass& pass, int h) const {
  if (lines_.empty()) return true;
  const std::int64_t last = pass.number(pass.pass.geometry.rows.last_output(h));
  return lines_.front().number > last - pass.lines && lines_.front().number >= pass.lines_since;
}

// Lines of one number of lines stand equally far apart, whatever the width of their tiles.
std::size_t LineBufferClocked::word(const RunningPass& pass, std::int64_t number,
                                    int column) const {
  const std::size_t apart = sums_.size() / std::size_t(pass.lines);
  return std::size_t(number % pass.lines) * apart + std::size_t(column);
}

void LineBufferClocked::write(const RunningPass& pass, int p, int q, std::int32_t value) {
  sums_[word(pass, pass.number(p), q - pass.pass.geometry.columns.out_begin)] += value;
  ++counters_.line_buffer_updates;
}

// Sums of output columns before `column` move from registers to their lines.
void LineBufferClocked::leave_registers(const RunningPass& pass, int column) {
  registers_.leave(column, [&](const SumRegistersClocked::Sum& sum) {
    write(pass, sum.p, sum.q, sum.value);
    ++counters_.sum_registers_read;
  });
}

void LineBufferClocked::reach(const RunningPass& pass, int w) {
  leave_registers(pass, pass.pass.geometry.columns.first_output(w));
}

void LineBufferClocked::add(const RunningPass& pass, int p, int q, std::int32_t value) {
  if (!registers_.hold(pass.pass.geometry)) {
    write(pass, p, q, value);
    return;
  }
  registers_.add(p, q, value);
  ++counters_.sum_register_updates;
}

void LineBufferClocked::finish(const RunningPass& pass, int h) {
  leave_registers(pass, pass.pass.geometry.columns.out_end);
  const WindowAxis& rows = pass.pass.geometry.rows;
  for (std::size_t i = std::size_t(num_finished_ + finished_now_); i < lines_.size(); ++i) {
    BufferedLine& line = lines_[i];
    if (line.number >= pass.number(rows.out_end) || rows.last_input(line.p) > h) break;
    line.completed_by = &pass;
    ++finished_now_;
  }
}

const BufferedLine* LineBufferClocked::oldest_finished() const {
  return num_finished_ > 0 ? &lines_.front() : nullptr;
}

std::int32_t LineBufferClocked::take(const BufferedLine& line, int column) {
  std::int32_t& sum = sums_[word(*line.tile, line.number, column)];
  const std::int32_t taken = sum;
  sum = 0;
  return taken;
}

void LineBufferClocked::release() {
  ensure(num_finished_ > 0 && !released_now_, "a merge reads finished lines, one at a time");
  released_now_ = true;
}

void LineBufferClocked::clock() {
  num_finished_ += finished_now_;
  finished_now_ = 0;
  if (!released_now_) return;
  lines_.pop_front();
  --num_finished_;
  released_now_ = false;
}

}  // namespace escalate
