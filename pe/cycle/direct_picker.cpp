#include "pe/cycle/direct_picker.h"

#include <bit>

namespace escalate {

// Takes the lowest matches, up to as many as are multiplied at once, off `matches`.
Element DirectPickerClocked::take(const Input& input, int chunk, std::uint64_t& matches) const {
  const PassGeometry& geometry = input.tag.pass->pass.geometry;
  const bool pointwise = geometry.rows.kernel == 1 && geometry.columns.kernel == 1;
  Element element;
  element.tag = input.tag;
  const std::uint64_t map = input.entry->maps[chunk];
  const auto values = input.entry->chunk_values(chunk);
  for (int left = pointwise ? multipliers_ : 1; left > 0 && matches != 0; --left) {
    const std::uint64_t bit = matches & (~matches + 1);
    matches ^= bit;
    const int channel = std::countr_zero(bit);
    element.inputs.push_back({values[std::size_t(std::popcount(map & (bit - 1)))],
                              input.first_channel + chunk * chunk_channels_ + channel});
  }
  return element;
}

void DirectPickerClocked::finish_chunk(const Input& input) {
  const auto visited = input.coefficients->visited(input.row);
  taken_ = 0;
  if (visited.empty()) return;
  ++counters_.ring_chunks_read;
  ++counters_.coefficient_chunks_read;
  counters_.ring_values_read += std::popcount(input.entry->maps[visited[visit_]]);
  ++visit_;
}

// Whether a cycle to come of this entry pushes anything.
bool DirectPickerClocked::takes_more(const Input& input) const {
  if (input.tag.line_end) return true;
  const auto visited = input.coefficients->visited(input.row);
  for (std::size_t visit = std::size_t(visit_); visit < visited.size(); ++visit) {
    const int chunk = visited[visit];
    const std::uint64_t all = input.entry->maps[chunk] & input.coefficients->map(input.row, chunk);
    if ((visit == std::size_t(visit_) ? all & ~taken_ : all) != 0) return true;
  }
  return false;
}

// One taking cycle.
DirectPickerClocked::Result DirectPickerClocked::take_once(const Input& input,
                                                           ElementWriter& queue) {
  const auto visited = input.coefficients->visited(input.row);
  Element element;
  element.tag = input.tag;
  std::uint64_t all = 0;
  std::uint64_t matches = 0;
  if (!visited.empty()) {
    const int chunk = visited[visit_];
    all = input.entry->maps[chunk] & input.coefficients->map(input.row, chunk);
    matches = all & ~taken_;
    element = take(input, chunk, matches);
  }
  const bool chunk_done = matches == 0;
  Result result;
  result.released = chunk_done && visit_ + 1 >= int(visited.size());
  element.tag.line_end = result.released && input.tag.line_end;
  if (!element.inputs.empty() || element.tag.line_end) {
    if (!queue.has_room()) return {false, false, true, false};
    ++counters_.elements_pushed;
    if (!element.inputs.empty()) {
      ++counters_.elements;
      ++counters_.nonzero_elements;
    }
    queue.push(std::move(element));
    result.pushed = true;
  }
  taken_ = all & ~matches;
  if (chunk_done) finish_chunk(input);
  return result;
}

DirectPickerClocked::Result DirectPickerClocked::tick(const Input& input, ElementWriter& queue) {
  const bool began = !began_;
  began_ = true;
  Result result = take_once(input, queue);
  // ideal.ca: cycles that push nothing take no time, but for one of an entry without a push.
  while (ideal_ && !result.released && !result.blocked && (!result.pushed || !takes_more(input))) {
    const bool pushed = result.pushed;
    result = take_once(input, queue);
    result.pushed = result.pushed || pushed;
  }
  result.began = began;
  if (result.released) {
    visit_ = 0;
    began_ = false;
  }
  return result;
}

}  // namespace escalate
