#include "pe/transaction/line_sums.h"

#include "common/error.h"

namespace escalate {

LineSums::LineSums(std::vector<std::int32_t>& sums, const Run& run, const PassGroup& group,
                   const PassGeometry& geometry, const PassRows& rows, HostSimd set)
    : sums_(sums), run_(run), group_(group), geometry_(geometry), rows_(rows), scaled_(set) {
  const std::size_t size = std::size_t(group.tile_end - group.tile_begin) *
                           std::size_t(run.output.columns()) * std::size_t(rows.outputs);
  if (run.fresh != 0) sums_.assign(size, 0);
  ensure(sums_.size() == size, "a pass that is not fresh goes on with the tile before it");
}

std::size_t LineSums::index(int p, int q) const {
  return (std::size_t(p - group_.tile_begin) * std::size_t(run_.output.columns()) +
          std::size_t(q)) *
         std::size_t(rows_.outputs);
}

// Calls add(sums of the output position, tap) for each output that position (h, w) meets.
template <class Add>
void LineSums::for_each_output(int h, int w, Add&& add) {
  const WindowOperand& window = run_.window;
  for (int p = geometry_.rows.first_output(h); p <= geometry_.rows.last_output(h); ++p) {
    const int r = h + window.pad_top - p * window.stride_h;
    for (int q = geometry_.columns.first_output(w); q <= geometry_.columns.last_output(w); ++q) {
      const int s = w + window.pad_left - q * window.stride_w;
      add(&sums_[index(p, q - run_.output.column_begin)], r * window.s + s);
    }
  }
}

void LineSums::add_elements(int h, int w, const std::int32_t* elements) {
  const auto outputs = std::size_t(rows_.outputs);
  for_each_output(h, w, [&](std::int32_t* sums, int at) {
    for (int m = 0; m < rows_.terms; ++m) {
      const std::int32_t tap = rows_.basis[std::size_t(m * rows_.taps + at)];
      scaled_.add(sums, elements + std::size_t(m) * outputs, tap, outputs);
    }
  });
}

void LineSums::add_activations(int h, int w, const std::int8_t* activations) {
  const auto diagonal = std::size_t(rows_.diagonal_channels);
  for_each_output(h, w, [&](std::int32_t* sums, int at) {
    scaled_.add(sums, rows_.diagonal.data() + std::size_t(at) * diagonal, activations, diagonal);
    for (int c = rows_.diagonal_channels; c < rows_.channels; ++c) {
      if (activations[c] == 0) continue;
      const PassRows::Kernels& kernels = rows_.kernels[std::size_t(c)];
      const auto outputs = std::size_t(kernels.outputs);
      scaled_.add(sums + kernels.first, kernels.weights.data() + std::size_t(at) * outputs,
                  std::int32_t{activations[c]}, outputs);
    }
  });
}

std::int64_t LineSums::store(int member, OutputBank& bank) const {
  const OutputMap& output = run_.output;
  const auto outputs = std::size_t(rows_.outputs);
  const int channels = output.channels_of_block(member);
  for (int j = 0; j < channels; ++j) {
    for (int p = group_.out_begin; p < group_.out_end; ++p) {
      std::int32_t* words = &bank[(std::size_t(j) * std::size_t(output.bank_rows) +
                                   std::size_t(p - group_.out_begin)) *
                                  std::size_t(output.columns())];
      const std::int32_t* sums =
          &sums_[index(p, 0) + std::size_t(member) * std::size_t(output.per_block) +
                 std::size_t(j)];
      for (int q = 0; q < output.columns(); ++q) {
        words[q] = sums[std::size_t(q) * outputs] + (run_.accumulate != 0 ? words[q] : 0);
      }
    }
  }
  return num_words(output, group_, member);
}

std::int64_t LineSums::num_words(const OutputMap& output, const PassGroup& group, int member) {
  return std::int64_t{output.channels_of_block(member)} * (group.out_end - group.out_begin) *
         output.columns();
}

}  // namespace escalate
