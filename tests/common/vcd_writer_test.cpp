#include "common/vcd_writer.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

using Values = std::array<std::uint64_t, 3>;

TEST(VcdWriter, WritesScopesWidthsAndChangesOnly) {
  const TemporaryFolder folder;
  const std::string path = folder.file("trace.vcd");
  const std::vector<VcdWriter::Variable> variables = {
      {"block.row.busy", 1}, {"network.entries_sent", 8}, {"block.row.level", 4}};
  AtomicFile file(path);
  VcdWriter vcd(file, variables);
  vcd.sample(0, Values{1, 0, 3});
  vcd.sample(1250, Values{1, 0, 3});
  vcd.sample(2500, Values{0, 5, 3});
  vcd.end(3750);
  file.commit();
  EXPECT_EQ(read_file(path),
            "$timescale 1ps $end\n"
            "$scope module block $end\n"
            "$scope module row $end\n"
            "$var wire 1 ! busy $end\n"
            "$var wire 4 # level [3:0] $end\n"
            "$upscope $end\n"
            "$upscope $end\n"
            "$scope module network $end\n"
            "$var wire 8 \" entries_sent [7:0] $end\n"
            "$upscope $end\n"
            "$enddefinitions $end\n"
            "#0\n1!\nb0 \"\nb11 #\n"
            "#2500\n0!\nb101 \"\n"
            "#3750\n");
}

}  // namespace
}  // namespace escalate
