#include "baselines/eyeriss_v2_operands.h"

namespace escalate {

bool eyeriss_v2_skips(const EyerissV2Config& config, const LayerWorkload& layer) {
  return config.sparse && !(layer.groups > 1 && layer.channels_per_group() == 1);
}

void WeightTiles::fill(std::int64_t tile) {
  const std::int64_t in_group = tile % tiles_of_group_ * filters_;
  const std::int64_t last = std::min<std::int64_t>(in_group + filters_, layer_.filters_per_group());
  const std::int64_t first_filter =
      std::int64_t{group_of(tile)} * layer_.filters_per_group() + in_group;
  const std::int64_t taps = columns_of_tile();
  int* columns = columns_.data() + tile * taps;
  const bool skips = eyeriss_v2_skips(config_, layer_);
  const int longest_run = (1 << config_.zero_run_bits) - 1;
  std::vector<int> zeros(static_cast<std::size_t>(taps));
  for (std::int64_t k = 0; k < last - in_group; ++k) {
    for (std::int64_t i = 0; i < taps; ++i) {
      if (skips && !layer_.weights.at((first_filter + k) * taps + i)) {
        ++zeros[static_cast<std::size_t>(i)];
        continue;
      }
      // A stored zero for each run that the count has no number for.
      columns[i] += 1 + zeros[static_cast<std::size_t>(i)] / (longest_run + 1);
      zeros[static_cast<std::size_t>(i)] = 0;
    }
  }
  // A column ends with a whole number of weights for all multipliers.
  for (std::int64_t i = 0; i < taps; ++i) columns[i] = round_up(columns[i], config_.macs);
}

std::int64_t WeightTiles::most_words(int channels) const {
  std::int64_t most = 0;
  const int of_group = layer_.channels_per_group();
  for (std::int64_t tile = 0; tile < tiles(); ++tile) {
    for (int c = 0; c < of_group; c += channels) {
      for (int r = 0; r < layer_.window.r; ++r) {
        most = std::max(most, words(tile, {c, std::min(c + channels, of_group)}, r));
      }
    }
  }
  return most;
}

void InputRows::count(const BitTensor& input, int c, int h) {
  const Window& window = layer_.window;
  const std::int64_t row = std::int64_t{c} * layer_.in.h + h;
  const std::int64_t first = row * layer_.in.w;
  const bool is_whole_row = window.stride_w == 1;
  stored_[static_cast<std::size_t>(row)] =
      skips_ ? static_cast<int>(input.count(first, layer_.in.w)) : layer_.in.w;
  for (int s = 0; s < window.s; ++s) {
    int& met = met_[static_cast<std::size_t>(row * window.s + s)];
    if (!skips_) {
      met = layer_.out.w;
    } else if (is_whole_row) {
      const Span inputs = common_part(Span{s - window.pad_left, s - window.pad_left + layer_.out.w},
                                      Span{0, layer_.in.w});
      met = static_cast<int>(input.count(first + inputs.first, inputs.size()));
    } else {
      for (int q = 0; q < layer_.out.w; ++q) {
        const int w = q * window.stride_w - window.pad_left + s;
        met += w >= 0 && w < layer_.in.w && input.at(first + w);
      }
    }
  }
}

}  // namespace escalate
