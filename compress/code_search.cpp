#include "compress/code_search.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>

#include "common/error.h"
#include "common/host_simd.h"
#include "common/host_vectors.h"
#include "compress/ternary_codes.h"

namespace escalate {
namespace {

constexpr int kLanes = CodeSearch::kLanes;
constexpr int kMostHalf = 27;  ///< codes of half of the most terms
static_assert(kBlockTerms <= 6);

/// A number for a code: a digit for each term, the first counting least.
template <class Code>
int place_of(const Code& code) {
  int place = 0;
  for (Eigen::Index m = code.size() - 1; m >= 0; --m) {
    place = 3 * place + (code(m) == 0 ? 0 : code(m) > 0 ? 1 : 2);
  }
  return place;
}

/// price |z|_0 - 2 z'f of all codes of some terms, at their place_of().
template <class V>
ESCALATE_INLINE void find_scores(const float* features, int terms, const V& price, V* scores) {
  scores[0] = V{};
  for (int m = 0, count = 1; m < terms; ++m, count *= 3) {
    const V twice = 2.0f * load<V>(features + m * kLanes);
    for (int i = 0; i < count; ++i) {
      scores[count + i] = scores[i] + (price - twice);
      scores[2 * count + i] = scores[i] + (price + twice);
    }
  }
}

/// CodeSearch::best() for the kernels of one vector.
template <int kBytes>
ESCALATE_INLINE void find_best(std::span<const CodeSearch::Candidate> candidates, int first_terms,
                               int second_terms, const float* features, const float* prices,
                               std::int32_t* found) {
  using V = typename VectorOf<float, kBytes>::type;
  using Places = typename VectorOf<std::int32_t, kBytes>::type;
  const V price = load<V>(prices);
  V first[kMostHalf], second[kMostHalf];
  find_scores(features, first_terms, price, first);
  find_scores(features + first_terms * kLanes, second_terms, price, second);
  V least = V{} + std::numeric_limits<float>::infinity();
  Places places = {};
  Places place = {};
  for (const CodeSearch::Candidate& candidate : candidates) {
    const V score = first[candidate.first] + second[candidate.second] + candidate.own;
    const Places is_less = score < least;
    least = is_less ? score : least;
    places = is_less ? place : places;
    place += 1;
  }
  store(found, places);
}

template <int kBytes>
ESCALATE_INLINE void find_all(std::span<const CodeSearch::Candidate> candidates, int first_terms,
                              int second_terms, const float* features, const float* prices,
                              std::int32_t* found) {
  for (int i = 0; i < kLanes; i += kBytes / int{sizeof(float)}) {
    find_best<kBytes>(candidates, first_terms, second_terms, features + i, prices + i, found + i);
  }
}

using Kernel = void (*)(std::span<const CodeSearch::Candidate>, int, int, const float*,
                        const float*, std::int32_t*);

void portable_kernel(std::span<const CodeSearch::Candidate> candidates, int first_terms,
                     int second_terms, const float* features, const float* prices,
                     std::int32_t* found) {
  find_all<16>(candidates, first_terms, second_terms, features, prices, found);
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] void avx2_kernel(std::span<const CodeSearch::Candidate> candidates,
                                         int first_terms, int second_terms, const float* features,
                                         const float* prices, std::int32_t* found) {
  find_all<32>(candidates, first_terms, second_terms, features, prices, found);
}
#endif

/// Vectors go along kernels: whatever their width, the result is the same.
Kernel best_kernel() {
#if defined(__x86_64__)
  if (best_host_simd() >= HostSimd::kAvx2) return avx2_kernel;
#endif
  return portable_kernel;
}

}  // namespace

CodeSearch::CodeSearch(const Eigen::MatrixXf& candidates, const Eigen::MatrixXd& gram)
    : terms_(int(candidates.cols())), first_terms_(terms_ / 2) {
  ensure(terms_ <= kBlockTerms, "codes of a block of terms are tried");
  const Eigen::MatrixXd z = candidates.cast<double>();
  const Eigen::VectorXd own = (z * gram).cwiseProduct(z).rowwise().sum();
  for (Eigen::Index i = 0; i < candidates.rows(); ++i) {
    const auto code = candidates.row(i);
    candidates_.push_back({place_of(code.head(first_terms_)),
                           place_of(code.tail(terms_ - first_terms_)), float(own(i))});
  }
}

void CodeSearch::best(const float* features, const float* prices, Eigen::Index* found) const {
  static const Kernel kernel = best_kernel();
  std::int32_t places[kLanes];
  kernel(candidates_, first_terms_, terms_ - first_terms_, features, prices, places);
  std::copy_n(places, kLanes, found);
}

}  // namespace escalate
