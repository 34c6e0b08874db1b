#include "workloads/float_convolution.h"

#include <algorithm>
#include <utility>

#include "common/math.h"

namespace escalate {
namespace {

/// Positions side by side in one row, or in several that follow each other without a gap.
struct Run {
  std::size_t place;
  int length;
};

/// The same input of several images, one below the other, each with its padding and cut to what
/// windows read of it; and where they read.
class Patches {
 public:
  Patches(std::span<const Tensor* const> images, const Window& window, const Shape& out)
      : window_(window),
        images_(int(images.size())),
        positions_(out.h * out.w),
        rows_((out.h - 1) * window.stride_h + int(window.span_h())),
        columns_((out.w - 1) * window.stride_w + int(window.span_w())),
        values_(std::size_t(images.front()->shape.c) * map_size(), 0.0f) {
    for (int n = 0; n < images_; ++n) copy_maps(*images[std::size_t(n)], n * rows_);
    for (int first = 0; first < positions(); first += kProductColumns) find_runs(first, out.w);
    panels_.push_back(runs_.size());
  }

  /// Of all images, one image after the other.
  int positions() const { return images_ * positions_; }

  /// The inputs [depth][kProductColumns] that the positions from `position` on meet at `depth` of
  /// the places (c, r, s) in a window, from `first` on, of channels from `channel` on.
  void fill(int channel, int first, int depth, int position, float* panel) const {
    const std::size_t number = std::size_t(position / kProductColumns);
    const std::span<const Run> runs(&runs_[panels_[number]], &runs_[panels_[number + 1] - 1] + 1);
    const int taps = window_.r * window_.s;
    for (int k = first; k < first + depth; ++k, panel += kProductColumns) {
      const int r = k % taps / window_.s, s = k % window_.s;
      const float* tap = &values_[std::size_t(channel + k / taps) * map_size() +
                                  place(r * window_.dilation_h, s * window_.dilation_w)];
      float* to = panel;
      for (const Run& run : runs) to = copy(tap + run.place, run.length, to);
    }
  }

 private:
  std::size_t map_size() const { return place(images_ * rows_, 0); }
  std::size_t place(int h, int w) const {
    return std::size_t(h) * std::size_t(columns_) + std::size_t(w);
  }

  void copy_maps(const Tensor& in, int first_row) {
    const int top = window_.pad_top, left = window_.pad_left;
    const int first_column = std::max(0, -left);
    const int count = std::min(in.shape.w, columns_ - left) - first_column;
    if (count <= 0) return;
    for (int c = 0; c < in.shape.c; ++c) {
      for (int h = std::max(0, -top); h < std::min(in.shape.h, rows_ - top); ++h) {
        const std::size_t row = std::size_t(c) * std::size_t(in.shape.h) + std::size_t(h);
        std::copy_n(&in.values[row * std::size_t(in.shape.w) + std::size_t(first_column)], count,
                    &values_[std::size_t(c) * map_size() +
                             place(first_row + h + top, first_column + left)]);
      }
    }
  }

  void find_runs(int first, int out_w) {
    panels_.push_back(runs_.size());
    std::size_t next = 0;
    for (int j = 0; j < std::min(kProductColumns, positions() - first); ++j) {
      const int image = (first + j) / positions_, position = (first + j) % positions_;
      const int p = position / out_w, q = position % out_w;
      const std::size_t at = place(image * rows_ + p * window_.stride_h, q * window_.stride_w);
      if (j > 0 && at == next) {
        ++runs_.back().length;
      } else {
        runs_.push_back({at, 1});
      }
      next = at + std::size_t(window_.stride_w);
    }
  }

  float* copy(const float* from, int length, float* to) const {
    if (window_.stride_w == 1) return std::copy_n(from, length, to);
    for (int j = 0; j < length; ++j) to[j] = from[std::ptrdiff_t(j) * window_.stride_w];
    return to + length;
  }

  const Window& window_;
  int images_;
  int positions_;              ///< of one image, as all that follows
  int rows_, columns_;         ///< of the padded input
  std::vector<float> values_;  ///< [C][images][rows][columns]
  std::vector<Run> runs_;
  std::vector<std::size_t> panels_;  ///< first run of each panel, and the number of runs
};

}  // namespace

FloatConvolution::FloatConvolution(const Node& node, std::span<const float> weights)
    : window_(node.window), out_(node.out) {
  const int outputs = node.out_channels / node.groups;
  const std::size_t size = weights.size() / std::size_t(node.groups);
  for (int g = 0; g < node.groups; ++g) {
    kernels_.emplace_back(weights.subspan(std::size_t(g) * size, size), outputs,
                          int(size / std::size_t(outputs)));
  }
}

int FloatConvolution::images_together() const {
  const int positions = out_.h * out_.w;
  int images = 1;
  const auto columns = [&] { return round_up(images * positions, kProductColumns); };
  while (20 * images * positions < 19 * columns()) ++images;
  return images;
}

std::vector<Tensor> FloatConvolution::sums(std::span<const Tensor* const> images) const {
  const Patches patches(images, window_, out_);
  const int channels = images.front()->shape.c / int(kernels_.size());
  const auto positions = std::size_t(patches.positions());
  std::vector<float> sums(std::size_t(out_.c) * positions);
  float* group_sums = sums.data();
  for (int g = 0; g < int(kernels_.size()); ++g) {
    const ProductRows& kernels = kernels_[std::size_t(g)];
    multiply(
        kernels, patches.positions(),
        [&](int first, int depth, int position, float* panel) {
          patches.fill(g * channels, first, depth, position, panel);
        },
        group_sums);
    group_sums += std::size_t(kernels.rows()) * positions;
  }
  if (images.size() == 1) return {Tensor{out_, std::move(sums)}};
  return image_by_image(sums, images.size());
}

std::vector<Tensor> FloatConvolution::image_by_image(std::span<const float> sums,
                                                     std::size_t images) const {
  const std::size_t positions = std::size_t(out_.h) * std::size_t(out_.w);
  std::vector<Tensor> outputs(images, Tensor{out_, std::vector<float>(out_.size())});
  for (std::size_t k = 0; k < std::size_t(out_.c); ++k) {
    for (std::size_t n = 0; n < images; ++n) {
      std::copy_n(&sums[(k * images + n) * positions], positions,
                  &outputs[n].values[k * positions]);
    }
  }
  return outputs;
}

}  // namespace escalate
