#include "compress/ternary_codes.h"

#include <algorithm>
#include <cstddef>

namespace escalate {

Eigen::MatrixXf ternary_codes(int terms) {
  std::vector<std::vector<int>> codes = {{}};
  for (int term = 0; term < terms; ++term) {
    std::vector<std::vector<int>> longer;
    for (const auto& code : codes) {
      for (const int value : {0, 1, -1}) {
        longer.push_back(code);
        longer.back().push_back(value);
      }
    }
    codes = std::move(longer);
  }
  const auto zeros = [](const auto& code) { return std::count(code.begin(), code.end(), 0); };
  std::stable_sort(codes.begin(), codes.end(),
                   [&](const auto& a, const auto& b) { return zeros(a) > zeros(b); });
  Eigen::MatrixXf matrix(Eigen::Index(codes.size()), terms);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    for (int m = 0; m < terms; ++m) {
      matrix(Eigen::Index(i), m) = float(codes[i][std::size_t(m)]);
    }
  }
  return matrix;
}

std::vector<int> term_blocks(int terms, int most) {
  const int block = std::min(terms, most);
  std::vector<int> first;
  for (int m = 0; m + block < terms; m += block) first.push_back(m);
  first.push_back(terms - block);
  return first;
}

}  // namespace escalate
