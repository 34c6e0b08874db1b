#include "common/fingerprint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace escalate {
namespace {

using Name = std::pair<std::uint64_t, std::uint64_t>;

template <class... Items>
Name name_of(const Items&... items) {
  Fingerprint fingerprint;
  (fingerprint.add(items), ...);
  return {fingerprint.value().low, fingerprint.value().high};
}

struct Pair {
  int left = 1;
  double right = 2;
  std::vector<int> rest = {3};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"left", "", ""}, self.left);
    visit(FieldDoc{"right", "", ""}, self.right);
    visit(FieldDoc{"rest", "", ""}, self.rest);
  }
};

TEST(Fingerprint, OfEqualContentIsEqual) {
  EXPECT_EQ(name_of(std::string("text"), 7, Pair{}), name_of(std::string("text"), 7, Pair{}));
}

TEST(Fingerprint, TellsApartTextsThatDifferInOneBit) {
  std::set<Name> names;
  std::set<std::uint64_t> lows, highs;
  const std::string zeros(100, '\0');
  for (std::size_t byte = 0; byte < zeros.size(); ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string text = zeros;
      text[byte] = char(1 << bit);
      names.insert(name_of(text));
      lows.insert(name_of(text).first);
      highs.insert(name_of(text).second);
    }
  }
  EXPECT_EQ(names.size(), 800U);
  EXPECT_EQ(lows.size(), 800U);
  EXPECT_EQ(highs.size(), 800U);
}

TEST(Fingerprint, TellsApartTextsOfZerosByTheirLength) {
  std::set<Name> names;
  for (std::size_t size = 0; size < 1000; ++size) names.insert(name_of(std::string(size, '\0')));
  EXPECT_EQ(names.size(), 1000U);
}

TEST(Fingerprint, DependsOnWhereOnePieceEnds) {
  using namespace std::string_literals;
  EXPECT_NE(name_of("ab"s, "c"s), name_of("a"s, "bc"s));
  EXPECT_NE(name_of("abc"s), name_of("abc"s, ""s));
  EXPECT_NE(name_of(std::vector<Pair>(2)), name_of(std::vector<Pair>(1), Pair{}));
}

TEST(Fingerprint, DependsOnTheOrder) {
  EXPECT_NE(name_of(1, 2), name_of(2, 1));
  std::set<Name> names;
  std::vector<int> numbers = {0, 1, 2, 3, 4};
  do {
    names.insert(name_of(numbers));
  } while (std::next_permutation(numbers.begin(), numbers.end()));
  EXPECT_EQ(names.size(), 120U);
}

TEST(Fingerprint, DependsOnEveryFieldOfAStruct) {
  const std::set<Name> names = {name_of(Pair{}), name_of(Pair{2, 2, {3}}), name_of(Pair{1, 3, {3}}),
                                name_of(Pair{1, 2, {4}}), name_of(Pair{1, 2, {3, 0}})};
  EXPECT_EQ(names.size(), 5U);
}

TEST(Fingerprint, OfManyNumbersAreAllDifferent) {
  std::set<Name> names;
  for (int number = 0; number < 100000; ++number) names.insert(name_of(number));
  EXPECT_EQ(names.size(), 100000U);
}

}  // namespace
}  // namespace escalate
