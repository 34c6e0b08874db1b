#include "workloads/dense_convolution.h"

#include <algorithm>
#include <limits>

#include "common/error.h"
#include "common/math.h"

namespace escalate {
namespace {

using Kernel = std::vector<std::int32_t>;

// Two ways, for exactly the same sums. Where several output channels read the same inputs, the
// inputs that an output position meets are laid out as one column of 16-bit numbers, so that an
// output is a dot product, which compilers make eight products an instruction of on any x86-64.
// Depthwise layers, and weights beyond 16 bits, add shifted rows.
constexpr int kAtOnce = 4;           // kernels that share the reading of a column
constexpr int kKernelsOfPass = 256;  // bounds the memory for kernels; columns are made once a pass

// Adds weight * input row, shifted by one kernel position, to an accumulator row. The columns q for
// which q * stride + offset lies inside the input are worked on.
void add_row(std::int32_t weight, const std::int8_t* in, int width, int stride, int offset,
             std::int32_t* sums, int columns) {
  const int first = offset >= 0 ? 0 : ceil_div(-offset, stride);
  const int last = offset > width - 1 ? -1 : std::min(columns - 1, (width - 1 - offset) / stride);
  if (stride == 1) {
    for (int q = first; q <= last; ++q) sums[q] += weight * in[q + offset];
  } else {
    for (int q = first; q <= last; ++q) sums[q] += weight * in[q * stride + offset];
  }
}

// One kernel over one input channel, added to one output map.
void add_channel(const std::int32_t* kernel, const Window& window, const Activations& input, int c,
                 const Shape& out, std::int32_t* sums) {
  const Shape& shape = input.shape;
  const std::int8_t* map = &input.values[std::size_t(c) * shape.h * shape.w];
  for (int r = 0; r < window.r; ++r) {
    for (int s = 0; s < window.s; ++s) {
      const std::int32_t weight = kernel[r * window.s + s];
      if (weight == 0) continue;
      for (int p = 0; p < out.h; ++p) {
        const int h = p * window.stride_h + r - window.pad_top;
        if (h < 0 || h >= shape.h) continue;
        add_row(weight, map + std::size_t(h) * shape.w, shape.w, window.stride_w,
                s - window.pad_left, sums + std::size_t(p) * out.w, out.w);
      }
    }
  }
}

void add_rows(const Kernel& kernel, const Window& window, const Activations& input, int first,
              const Shape& out, std::int32_t* sums) {
  const std::size_t taps = std::size_t(window.r) * window.s;
  for (std::size_t c = 0; c < kernel.size() / taps; ++c) {
    add_channel(&kernel[c * taps], window, input, first + int(c), out, sums);
  }
}

// What the positions of output row p meet of `channels` channels: [Q][channels * R * S].
void make_columns(const Window& window, const Activations& input, int first, int channels, int p,
                  int num_columns, std::vector<std::int16_t>& columns) {
  const std::size_t depth = std::size_t(channels) * window.r * window.s;
  columns.assign(std::size_t(num_columns) * depth, 0);
  for (int c = 0; c < channels; ++c) {
    for (int r = 0; r < window.r; ++r) {
      const int h = p * window.stride_h + r - window.pad_top;
      if (h < 0 || h >= input.shape.h) continue;
      const std::int8_t* row =
          &input.values[(std::size_t(first + c) * input.shape.h + h) * input.shape.w];
      std::int16_t* into = &columns[(std::size_t(c) * window.r + r) * window.s];
      for (int s = 0; s < window.s; ++s) {
        for (int q = 0; q < num_columns; ++q) {
          const int w = q * window.stride_w + s - window.pad_left;
          if (w >= 0 && w < input.shape.w) into[q * depth + s] = row[w];
        }
      }
    }
  }
}

// Dot products of kAtOnce kernels, one after the other in memory, with one column. Written out: a
// loop over the kernels would not become 16-bit multiplications.
void multiply(const std::int16_t* kernels, const std::int16_t* column, std::size_t depth,
              std::int32_t* sums, std::size_t stride) {
  static_assert(kAtOnce == 4);
  std::int32_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
  for (std::size_t i = 0; i < depth; ++i) {
    sum0 += std::int32_t{kernels[i]} * column[i];
    sum1 += std::int32_t{kernels[depth + i]} * column[i];
    sum2 += std::int32_t{kernels[2 * depth + i]} * column[i];
    sum3 += std::int32_t{kernels[3 * depth + i]} * column[i];
  }
  sums[0] = sum0;
  sums[stride] = sum1;
  sums[2 * stride] = sum2;
  sums[3 * stride] = sum3;
}

bool fits_16_bits(const Kernel& kernel) {
  const auto [low, high] = std::minmax_element(kernel.begin(), kernel.end());
  return *low >= std::numeric_limits<std::int16_t>::min() &&
         *high <= std::numeric_limits<std::int16_t>::max();
}

// Output channels `begin`..`end` of one group, whose input channels begin at `first`.
class Pass {
 public:
  Pass(const KernelOf& kernel_of, int begin, int end) : begin_(begin), num_(end - begin) {
    for (int k = begin; k < end; ++k) kernels_.push_back(kernel_of(k));
  }

  void run(const Window& window, const Activations& input, int first, const Shape& out,
           std::vector<std::int32_t>& sums) {
    const std::size_t positions = std::size_t(out.h) * out.w;
    const int as_dots =
        num_ >= kAtOnce && std::all_of(kernels_.begin(), kernels_.end(), fits_16_bits)
            ? num_ / kAtOnce * kAtOnce
            : 0;
    if (as_dots > 0) add_dots(as_dots, window, input, first, out, sums);
    for (int i = as_dots; i < num_; ++i) {
      add_rows(kernels_[i], window, input, first, out, &sums[std::size_t(begin_ + i) * positions]);
    }
  }

 private:
  void add_dots(int num, const Window& window, const Activations& input, int first,
                const Shape& out, std::vector<std::int32_t>& sums) {
    const std::size_t depth = kernels_[0].size();
    const std::size_t positions = std::size_t(out.h) * out.w;
    std::vector<std::int16_t> packed;
    packed.reserve(num * depth);
    for (int i = 0; i < num; ++i) {
      packed.insert(packed.end(), kernels_[i].begin(), kernels_[i].end());
    }
    const int channels = int(depth / (std::size_t(window.r) * window.s));
    std::vector<std::int16_t> columns;
    for (int p = 0; p < out.h; ++p) {
      make_columns(window, input, first, channels, p, out.w, columns);
      for (int i = 0; i < num; i += kAtOnce) {
        std::int32_t* row = &sums[std::size_t(begin_ + i) * positions + std::size_t(p) * out.w];
        for (int q = 0; q < out.w; ++q) {
          multiply(&packed[i * depth], &columns[q * depth], depth, row + q, positions);
        }
      }
    }
  }

  int begin_, num_;
  std::vector<Kernel> kernels_;
};

}  // namespace

std::vector<std::int32_t> convolve_dense(const KernelOf& kernel_of, const Window& window,
                                         int groups, const Activations& input, const Shape& out) {
  const int channels = input.shape.c / groups;
  const int outputs = out.c / groups;
  std::vector<std::int32_t> sums(std::size_t(out.size()), 0);
  for (int g = 0; g < groups; ++g) {
    const int end = (g + 1) * outputs;
    for (int begin = g * outputs; begin < end; begin += kKernelsOfPass) {
      Pass(kernel_of, begin, std::min(end, begin + kKernelsOfPass))
          .run(window, input, g * channels, out, sums);
    }
  }
  return sums;
}

}  // namespace escalate
