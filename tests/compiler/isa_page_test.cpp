// docs/isa.md lists every instruction and operand as the code has them.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/atomic_file.h"
#include "machine/isa.h"
#include "tests/support/places.h"

namespace escalate {
namespace {

using testing::HasSubstr;

template <class T>
constexpr std::string_view kStructure = "";
template <>
constexpr std::string_view kStructure<Region> = "region";
template <>
constexpr std::string_view kStructure<SegmentBox> = "segment box";
template <>
constexpr std::string_view kStructure<WindowOperand> = "window";
template <>
constexpr std::string_view kStructure<OutputMap> = "output map";
template <>
constexpr std::string_view kStructure<std::vector<PassGroup>> = "pass groups";

/// "[segment box](#segment-box)"
std::string link_to(std::string_view structure) {
  std::string anchor(structure);
  std::replace(anchor.begin(), anchor.end(), ' ', '-');
  return fmt::format("[{}](#{})", structure, anchor);
}

template <class T>
std::string operand_table() {
  std::string table = "| operand | unit | meaning |\n|---|---|---|\n";
  T object;
  T::fields(object, [&](const FieldDoc& doc, const auto& member) {
    const std::string_view structure = kStructure<std::remove_cvref_t<decltype(member)>>;
    table += fmt::format("| `{}` | {} | {} |\n", doc.name,
                         structure.empty() ? std::string(doc.unit) : link_to(structure),
                         doc.description);
  });
  return table;
}

/// What stands below a heading, up to the next one.
std::string section(const std::string& page, const std::string& heading) {
  const std::size_t begin = page.find("\n" + heading + "\n");
  if (begin == std::string::npos) return "no section '" + heading + "'";
  return page.substr(begin, page.find("\n#", begin + 1) - begin);
}

class IsaPage : public testing::Test {
 protected:
  const std::string page_ = read_file(source_folder() + "/docs/isa.md");
};

template <std::size_t I = 0>
void expect_instructions(const std::string& page) {
  if constexpr (I < std::variant_size_v<Operation>) {
    using T = std::variant_alternative_t<I, Operation>;
    EXPECT_THAT(page, HasSubstr(fmt::format("\n| {} | [`{}`](#{}) | {} |", I, T::kName, T::kName,
                                            enum_name(T::kStream))));
    EXPECT_THAT(section(page, fmt::format("### {}", T::kName)), HasSubstr(operand_table<T>()));
    expect_instructions<I + 1>(page);
  }
}

TEST_F(IsaPage, ListsEveryInstructionWithItsOperands) { expect_instructions(page_); }

TEST_F(IsaPage, ListsTheStructuresThatOperandsShare) {
  EXPECT_THAT(section(page_, "### Region"), HasSubstr(operand_table<Region>()));
  EXPECT_THAT(section(page_, "### Segment box"), HasSubstr(operand_table<SegmentBox>()));
  EXPECT_THAT(section(page_, "### Window"), HasSubstr(operand_table<WindowOperand>()));
  EXPECT_THAT(section(page_, "### Output map"), HasSubstr(operand_table<OutputMap>()));
  EXPECT_THAT(section(page_, "### Pass groups"), HasSubstr(operand_table<PassGroup>()));
}

TEST_F(IsaPage, ShowsCodeThatAssemblesAsItSays) {
  const std::string line =
      "fill destination.base=64 destination.row=32 destination.position=16 "
      "rows=2 columns=2 channels=6 wait=load signal=compute";
  EXPECT_THAT(page_, HasSubstr("\n" + line + "\n"));
  const Instruction instruction = instruction_from_text(line);
  EXPECT_EQ(to_text(instruction), line);
  std::string bytes;
  for (const std::uint8_t byte : encode({&instruction, 1})) bytes += fmt::format("{:02x} ", byte);
  bytes.pop_back();
  for (std::size_t at = 48; at < bytes.size(); at += 48) bytes[at - 1] = '\n';
  EXPECT_THAT(page_, HasSubstr("\n" + bytes + "\n"));
}

}  // namespace
}  // namespace escalate
