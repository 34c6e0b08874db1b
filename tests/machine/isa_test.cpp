#include "machine/isa.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "common/error.h"

namespace escalate {
namespace {

class RandomOperands {
 public:
  void operator()(const std::string&, const FieldDoc&, std::vector<PassGroup>& groups) {
    groups.resize(*rc::gen::inRange(0, 5));
    for (PassGroup& group : groups) for_each_field(group, *this);
  }
  template <class T>
  void operator()(const std::string&, const FieldDoc&, T& value) {
    value = *rc::gen::arbitrary<T>();
  }
};

template <class T>
Instruction random_instruction() {
  T operation;
  for_each_field(operation, RandomOperands());
  return {operation, std::uint8_t(*rc::gen::inRange(0, 16)),
          std::uint8_t(*rc::gen::inRange(0, 16))};
}

std::vector<Instruction> one_of_each() {
  return {random_instruction<LoadTile>(),
          random_instruction<LoadCoefficients>(),
          random_instruction<LoadParameters>(),
          random_instruction<Run>(),
          random_instruction<Drain>(),
          random_instruction<Pool>(),
          random_instruction<Add>(),
          random_instruction<Fill>(),
          random_instruction<StoreTile>(),
          random_instruction<LoadTable>(),
          random_instruction<LoadSlopedParameters>()};
}

TEST(Isa, EveryInstructionComesBackFromItsBinaryForm) {
  EXPECT_TRUE(rc::check([] {
    const std::vector<Instruction> instructions = one_of_each();
    RC_ASSERT(decode(encode(instructions)) == instructions);
  }));
}

TEST(Isa, EveryInstructionComesBackFromItsText) {
  EXPECT_TRUE(rc::check([] {
    for (const Instruction& instruction : one_of_each()) {
      RC_ASSERT(instruction_from_text(to_text(instruction)) == instruction);
    }
  }));
}

TEST(Isa, TruncatedOrDamagedCodeIsTheUsersFaultOrAnotherProgram) {
  EXPECT_TRUE(rc::check([] {
    std::vector<std::uint8_t> code = encode(one_of_each());
    const auto length = *rc::gen::inRange<std::size_t>(0, code.size());
    code[*rc::gen::inRange<std::size_t>(0, code.size())] ^= *rc::gen::inRange<std::uint8_t>(1, 255);
    code.resize(length);
    try {
      decode(code);
    } catch (const UserError&) {
    }
  }));
}

TEST(Isa, CodeThatEndsWithinAnInstructionIsRefused) {
  std::vector<std::uint8_t> code = encode(std::vector<Instruction>{{Fill{}, 0, 0}});
  code.pop_back();
  EXPECT_THROW(decode(code), UserError);
}

TEST(Isa, TextOfAnUnknownInstructionOrOperandIsRefused) {
  EXPECT_THROW(instruction_from_text("fil destination.base=0"), UserError);
  const std::string text = to_text({Fill{}, 0, 0});
  EXPECT_THROW(instruction_from_text(text + " colour=1"), UserError);
  EXPECT_THROW(instruction_from_text(text + " rows=1"), UserError);
  EXPECT_THROW(instruction_from_text("fill rows=1"), UserError);
}

TEST(Isa, SemaphoresAreNamedByTheirStreams) {
  const std::string text = to_text({Fill{}, 1, 8});
  EXPECT_NE(text.find("wait=load"), std::string::npos);
  EXPECT_NE(text.find("signal=store"), std::string::npos);
}

TEST(Isa, AnUnknownInstructionIsToldTheNearestOne) {
  const std::string name(LoadTile::kName);
  try {
    instruction_from_text(name + "x");
    FAIL();
  } catch (const UserError& error) {
    EXPECT_EQ(error.message(), "unknown instruction '" + name + "x'; did you mean '" + name + "'?");
  }
}

}  // namespace
}  // namespace escalate
