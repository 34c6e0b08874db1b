#include "common/fields.h"

#include <gtest/gtest.h>

#include "common/json.h"

namespace escalate {
namespace {

struct Reads {
  std::int64_t hits = 0;
  std::int64_t misses = 0;
  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"hits", "requests", "Found"}, self.hits);
    visit(FieldDoc{"misses", "requests", "Not found"}, self.misses);
  }
};

struct Counters {
  std::int64_t cycles = 0;
  double energy_pj = 0;
  Reads first;
  Reads second;
  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"cycles", "cycles", "Time"}, self.cycles);
    visit(FieldDoc{"first", "", "One reader"}, self.first);
    visit(FieldDoc{"energy_pj", "pJ", "Energy"}, self.energy_pj);
    visit(FieldDoc{"second", "", "Another reader"}, self.second);
  }
};

TEST(Fields, AreVisitedInTheOrderOfTheTableWithDottedNames) {
  Counters counters;
  std::vector<std::string> names;
  for_each_field(counters,
                 [&](const std::string& name, const FieldDoc&, auto&) { names.push_back(name); });
  EXPECT_EQ(names, (std::vector<std::string>{"cycles", "first.hits", "first.misses", "energy_pj",
                                             "second.hits", "second.misses"}));
}

TEST(Fields, OfAConstStructCanBeRead) {
  const Counters counters{7, 0.5, {1, 2}, {3, 4}};
  double sum = 0;
  for_each_field(counters, [&](const std::string&, const FieldDoc&, const auto& member) {
    sum += static_cast<double>(member);
  });
  EXPECT_EQ(sum, 17.5);
}

TEST(Fields, AreAddedUpEachToItsOwnAcrossGroupsOfTheSameType) {
  Counters sum{1, 0.5, {10, 20}, {30, 40}};
  add_fields(sum, {2, 0.25, {100, 200}, {300, 400}});
  EXPECT_TRUE(equal_fields(sum, {3, 0.75, {110, 220}, {330, 440}}));
}

TEST(Fields, CanBeAddedToThemselves) {
  Counters sum{1, 0.5, {10, 20}, {30, 40}};
  add_fields(sum, sum);
  EXPECT_TRUE(equal_fields(sum, {2, 1, {20, 40}, {60, 80}}));
}

TEST(Fields, DifferWhenOneNestedFieldDiffers) {
  EXPECT_FALSE(equal_fields(Counters{1, 0, {}, {0, 1}}, Counters{1, 0, {}, {0, 2}}));
}

TEST(Fields, BecomeJsonWithGroupsNestedInTheOrderOfTheTable) {
  EXPECT_EQ(fields_to_json(Counters{1, 0.5, {10, 20}, {30, 40}}).dump(),
            R"({"cycles":1,"first":{"hits":10,"misses":20},"energy_pj":0.5,)"
            R"("second":{"hits":30,"misses":40}})");
}

}  // namespace
}  // namespace escalate
