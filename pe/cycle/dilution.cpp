#include "pe/cycle/dilution.h"

#include <bit>

#include "common/math.h"

namespace escalate {

DilutionClocked::DilutionClocked(const MachineConfig& machine)
    : lanes_(machine.ca.lanes), butterfly_(int(std::bit_ceil(unsigned(machine.ca.chunk)))) {}

DilutionClocked::Chunk DilutionClocked::match(const Input& input, int chunk) {
  butterfly_.set(input.entry->maps[chunk]);
  return {input.entry->chunk_values(chunk),
          butterfly_.gather(input.coefficients->map(input.row, chunk)),
          butterfly_.gather(input.coefficients->sign(input.row, chunk))};
}

void DilutionClocked::push(bool marked, const ElementTag& tag, SlotWriter& queue) {
  packed_.tag = tag;
  packed_.marked = marked;
  queue.push(packed_);
  ++counters_.slot_rows;
  packed_ = SlotRow{};
}

void DilutionClocked::pack(const Chunk& chunk, const ElementTag& tag, SlotWriter& queue) {
  for (std::size_t s = 0; s < chunk.values.size(); ++s) {
    if (packed_.num_slots == lanes_) push(false, tag, queue);
    const int lane = packed_.num_slots++;
    packed_.values[lane] = chunk.values[s];
    packed_.matches |= (chunk.matches >> s & 1) << lane;
    packed_.negative |= (chunk.negative >> s & 1) << lane;
  }
  counters_.slots += std::int64_t(chunk.values.size());
}

DilutionClocked::Result DilutionClocked::tick(const Input& input, SlotWriter& queue) {
  const std::span<const std::uint16_t> visited = input.coefficients->visited(input.row);
  const bool last = visit_ + 1 >= int(visited.size());
  Chunk chunk;
  if (!visited.empty()) chunk = match(input, visited[visit_]);
  const int slots = packed_.num_slots + int(chunk.values.size());
  const int rows =
      last ? (slots == 0 ? 1 : ceil_div(slots, lanes_)) : (slots == 0 ? 0 : (slots - 1) / lanes_);
  if (!queue.has_room(rows)) return {};
  if (!visited.empty()) {
    ++counters_.ring_chunks_read;
    ++counters_.coefficient_chunks_read;
    counters_.ring_values_read += std::int64_t(chunk.values.size());
    counters_.bit_gathers += 2;
    pack(chunk, input.tag, queue);
  }
  if (last) push(true, input.tag, queue);
  const Result result{visit_ == 0, last};
  visit_ = last ? 0 : visit_ + 1;
  return result;
}

}  // namespace escalate
