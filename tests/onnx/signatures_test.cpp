// The table of operators against ONNX's own definitions, and the page that tells of it.
#include "workloads/onnx/signatures.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <onnx/defs/schema.h>

#include <map>
#include <string>

#include "common/atomic_file.h"
#include "tests/onnx/other_python.h"
#include "tests/onnx/random_model.h"
#include "tests/support/places.h"

namespace escalate {
namespace {

std::string line(const std::string& name, int opset, const std::map<std::string, int>& attributes,
                 const OnnxOperator::Count& inputs, const OnnxOperator::Count& outputs) {
  std::string text = fmt::format("{} {}:", name, opset);
  for (const auto& [attribute, type] : attributes) text += fmt::format(" {}={}", attribute, type);
  return text + fmt::format(" inputs {} to {} outputs {} to {}\n", inputs.least, inputs.most,
                            outputs.least, outputs.most);
}

/// What the table says of all operators in these opsets, a line each.
std::string table(int first, int last) {
  std::string text;
  for (const OnnxOperator& known : onnx_operators()) {
    for (int opset = first; opset <= last; ++opset) {
      std::map<std::string, int> attributes;
      for (const auto& attribute : known.attributes) {
        if (known.find(attribute.name, opset) != nullptr) {
          attributes[attribute.name] = attribute.type;
        }
      }
      text += line(known.name, opset, attributes, OnnxOperator::count_in(opset, known.inputs),
                   OnnxOperator::count_in(opset, known.outputs));
    }
  }
  return text;
}

TEST(OnnxOperators, AreAsTheStandardDefinesThemInEveryOpset) {
  std::string standard;
  for (const OnnxOperator& known : onnx_operators()) {
    for (int opset = kFirstOpset; opset <= RandomModel::kLibraryOpset; ++opset) {
      const auto* schema = onnx::OpSchemaRegistry::Schema(known.name, opset, "");
      ASSERT_NE(schema, nullptr) << known.name;
      std::map<std::string, int> attributes;
      for (const auto& [name, attribute] : schema->attributes()) attributes[name] = attribute.type;
      standard +=
          line(known.name, opset, attributes, {opset, schema->min_input(), schema->max_input()},
               {opset, schema->min_output(), schema->max_output()});
    }
  }
  EXPECT_EQ(table(kFirstOpset, RandomModel::kLibraryOpset), standard);
}

TEST(OnnxOperators, AreAsANewerStandardDefinesThemInTheOpsetsThatTheLibraryDoesNotKnow) {
  const std::string python = python_with("onnx");
  if (python.empty()) GTEST_SKIP() << "no Python with onnx: see scripts/onnx_oracle";
  std::string names;
  for (const OnnxOperator& known : onnx_operators()) names += ' ' + known.name;
  const ShellRun run = run_shell(fmt::format("{} '{}/tests/onnx/definitions.py' {} {}{}", python,
                                             source_folder(), kFirstOpset, kLastOpset, names));
  ASSERT_EQ(run.status, 0) << run.text;
  EXPECT_EQ(table(kFirstOpset, kLastOpset), run.text);
}

TEST(OnnxOperators, StandOnTheirPageWithEveryAttribute) {
  const std::string page = read_file(source_folder() + "/docs/onnx-operators.md");
  for (const OnnxOperator& known : onnx_operators()) {
    const std::string start = "\n| `" + known.name + "` |";
    std::string rows;
    for (auto begin = page.find(start); begin != std::string::npos;
         begin = page.find(start, begin + 1)) {
      rows += page.substr(begin, page.find('\n', begin + 1) - begin);
    }
    EXPECT_NE(rows, "") << known.name;
    for (const auto& attribute : known.attributes) {
      EXPECT_NE(rows.find('`' + attribute.name + '`'), std::string::npos)
          << known.name << ' ' << attribute.name;
    }
  }
}

}  // namespace
}  // namespace escalate
