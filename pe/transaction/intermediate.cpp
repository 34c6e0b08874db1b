#include "pe/transaction/intermediate.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "common/error.h"
#include "common/math.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace escalate {

TernaryRows::TernaryRows(int channels)
    : channels_(channels), padded_channels_(ceil_div(channels, kPadding) * kPadding) {
  ensure(channels >= 1, "a coefficient row has at least one channel");
}

void TernaryRows::add_row(std::span<const std::int8_t> coefficients) {
  ensure(int(coefficients.size()) == channels_, "a coefficient row has one value a channel");
  std::int32_t sum = 0;
  for (const std::int8_t value : coefficients) {
    ensure(value >= -1 && value <= 1, "a coefficient is -1, 0 or 1");
    sum += value;
  }
  coefficients_.insert(coefficients_.end(), coefficients.begin(), coefficients.end());
  coefficients_.resize(coefficients_.size() + std::size_t(padded_channels_ - channels_), 0);
  sums_.push_back(sum);
}

void TernaryRows::add_row(const TernaryWords& words, int row, int first) {
  static_assert(std::endian::native == std::endian::little && kPadding % 8 == 0);
  constexpr int kWord = 64;
  const std::size_t begin = coefficients_.size();
  coefficients_.resize(begin + std::size_t(padded_channels_));
  std::int32_t sum = 0;
  for (int at = 0; at < channels_; at += kWord) {
    const int count = std::min(kWord, channels_ - at);
    const TernaryWord word = words.part(row, first + at, count);
    sum += num_ones(word.map) - 2 * num_ones(word.signs);
    for (int bit = 0; bit < count; bit += 8) {
      // 0, 1 and -1 are 0x00, 0x01 and 0xff.
      const std::uint64_t bytes = spread_bits(std::uint8_t(word.map >> bit)) |
                                  spread_bits(std::uint8_t(word.signs >> bit)) * 0xff;
      std::memcpy(&coefficients_[begin + std::size_t(at + bit)], &bytes, sizeof bytes);
    }
  }
  sums_.push_back(sum);
}

namespace {

void multiply_portable(const TernaryRows& rows, int first_row, int last_row,
                       const ActivationVectors& vectors, std::int32_t* out,
                       std::ptrdiff_t out_stride) {
  const int channels = rows.channels();
  std::vector<std::int16_t> wide(channels);
  for (int i = 0; i < vectors.count; ++i) {
    const std::int8_t* vector = vectors.data + i * vectors.stride;
    std::copy(vector, vector + channels, wide.begin());
    for (int r = first_row; r < last_row; ++r) {
      const std::int8_t* row = rows.row(r);
      std::int32_t sum = 0;
      for (int c = 0; c < channels; ++c) {
        sum += std::int32_t{wide[c]} * std::int32_t{std::int16_t{row[c]}};
      }
      out[i * out_stride + r - first_row] = sum;
    }
  }
}

#if defined(__x86_64__)

#define ESCALATE_AVX2 [[gnu::target("avx2"), gnu::always_inline]] inline

constexpr int kVector = 32;

// VPMADDUBSW wants one unsigned factor: activations enter as a + 128, and 128 * sum(row) is taken
// off at the end. A pair of products is then within +-510, so that this many fit 16-bit sums.
constexpr int kVectorsIn16Bits = 32767 / 510;

// Sums of 4 x 16 int16 as 4 int32.
ESCALATE_AVX2 __m128i reduce(const __m256i (&sums)[4]) {
  const __m256i ones = _mm256_set1_epi16(1);
  const __m256i low =
      _mm256_hadd_epi32(_mm256_madd_epi16(sums[0], ones), _mm256_madd_epi16(sums[1], ones));
  const __m256i high =
      _mm256_hadd_epi32(_mm256_madd_epi16(sums[2], ones), _mm256_madd_epi16(sums[3], ones));
  const __m256i all = _mm256_hadd_epi32(low, high);
  return _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
}

// Four rows times kCount vectors; row r of the four is row[r], vector v is vector + v * stride.
template <int kCount>
ESCALATE_AVX2 void multiply_four(const std::int8_t* const (&row)[4], int padded_channels,
                                 const std::int8_t* vector, std::ptrdiff_t stride,
                                 __m128i (&result)[kCount]) {
  const __m256i offset = _mm256_set1_epi8(-128);
  for (int v = 0; v < kCount; ++v) result[v] = _mm_setzero_si128();
  for (int begin = 0; begin < padded_channels; begin += kVectorsIn16Bits * kVector) {
    const int end = std::min(padded_channels, begin + kVectorsIn16Bits * kVector);
    __m256i sums[kCount][4];
    for (int v = 0; v < kCount; ++v) {
      for (int r = 0; r < 4; ++r) sums[v][r] = _mm256_setzero_si256();
    }
    for (int c = begin; c < end; c += kVector) {
      __m256i activations[kCount];
      for (int v = 0; v < kCount; ++v) {
        const auto* from = reinterpret_cast<const __m256i*>(vector + v * stride + c);
        activations[v] = _mm256_xor_si256(_mm256_loadu_si256(from), offset);
      }
      for (int r = 0; r < 4; ++r) {
        const __m256i weights = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(row[r] + c));
        for (int v = 0; v < kCount; ++v) {
          sums[v][r] = _mm256_add_epi16(sums[v][r], _mm256_maddubs_epi16(activations[v], weights));
        }
      }
    }
    for (int v = 0; v < kCount; ++v) result[v] = _mm_add_epi32(result[v], reduce(sums[v]));
  }
}

[[gnu::target("avx2")]] void multiply_avx2(const TernaryRows& rows, int first_row, int last_row,
                                           const ActivationVectors& vectors, std::int32_t* out,
                                           std::ptrdiff_t out_stride) {
  constexpr int kAbreast = 2;
  constexpr int kCacheBytes = 16 * 1024;
  const int padded = rows.padded_channels();
  const int block = std::max(4, kCacheBytes / padded / 4 * 4);
  for (int begin = first_row; begin < last_row; begin += block) {
    const int end = std::min(last_row, begin + block);
    for (int i = 0; i < vectors.count;) {
      const bool pair = i + kAbreast <= vectors.count;
      const std::int8_t* vector = vectors.data + i * vectors.stride;
      for (int r = begin; r < end; r += 4) {
        const int count = std::min(4, end - r);
        const std::int8_t* row[4];
        alignas(16) std::int32_t excess[4];
        for (int k = 0; k < 4; ++k) {
          const int index = r + std::min(k, count - 1);  // the last row again where there is none
          row[k] = rows.row(index);
          excess[k] = 128 * rows.sum(index);
        }
        const __m128i correction = _mm_load_si128(reinterpret_cast<const __m128i*>(excess));
        __m128i result[kAbreast];
        if (pair) {
          multiply_four<kAbreast>(row, padded, vector, vectors.stride, result);
        } else {
          __m128i single[1];
          multiply_four<1>(row, padded, vector, vectors.stride, single);
          result[0] = single[0];
        }
        for (int v = 0; v < (pair ? kAbreast : 1); ++v) {
          std::int32_t* to = out + (i + v) * out_stride + r - first_row;
          const __m128i exact = _mm_sub_epi32(result[v], correction);
          if (count == 4) {
            _mm_storeu_si128(reinterpret_cast<__m128i*>(to), exact);
          } else {
            alignas(16) std::int32_t some[4];
            _mm_store_si128(reinterpret_cast<__m128i*>(some), exact);
            std::copy_n(some, count, to);
          }
        }
      }
      i += pair ? kAbreast : 1;
    }
  }
}

#endif

}  // namespace

void multiply_ternary(const TernaryRows& rows, int first_row, int last_row,
                      const ActivationVectors& vectors, std::int32_t* out,
                      std::ptrdiff_t out_stride, HostSimd set) {
  ensure(first_row >= 0 && last_row <= rows.num_rows(), "no such coefficient rows");
#if defined(__x86_64__)
  if (set != HostSimd::kPortable) {
    multiply_avx2(rows, first_row, last_row, vectors, out, out_stride);
    return;
  }
#endif
  multiply_portable(rows, first_row, last_row, vectors, out, out_stride);
}

}  // namespace escalate
