#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/house/kind_rules.h"
#include "tests/house/source_tree.h"

namespace escalate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Kinds, AreListedByTheirTablesAlone) {
  EXPECT_THAT(kind_violations(read_source_tree({".h", ".cpp"})), IsEmpty());
}

TEST(KindChecker, FindsASwitchOutsideOfTheTables) {
  const std::string text = "switch (node.op) {\n  case OpKind::kRelu: {\n    break;\n  }\n}\n";
  EXPECT_THAT(kind_violations({{"compress/a.cpp", "void f() {\n" + text + "}\n"}}),
              ElementsAre("compress/a.cpp: a switch over kinds of layers"));
  EXPECT_THAT(kind_violations({{"workloads/layers/kinds.cpp", text}, {"tests/a.cpp", text}}),
              IsEmpty());
}

TEST(KindChecker, FindsADefaultInATable) {
  EXPECT_THAT(kind_violations({{"compiler/layers/machine_layer.cpp",
                                "switch (op) {\n  case IntegerOp::kConv:\n    return 1;\n"
                                "  default:\n    return 0;\n}\n"}}),
              ElementsAre("compiler/layers/machine_layer.cpp: a default among kinds of layers"));
}

TEST(KindChecker, PassesSwitchesOverOtherThings) {
  EXPECT_THAT(kind_violations({{"model/a.cpp",
                                "switch (a) {\n  case AddKind::kAdd:\n  default:\n    break;\n}\n"
                                "if (node.op == IntegerOp::kConv) return;\n"}}),
              IsEmpty());
}

}  // namespace
}  // namespace escalate
