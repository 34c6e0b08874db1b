// The table of operators against ONNX's own definitions, and the page that tells of it.
#include "workloads/onnx/signatures.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <onnx/defs/schema.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "common/atomic_file.h"
#include "tests/onnx/other_python.h"
#include "tests/onnx/random_model.h"
#include "tests/support/places.h"
#include "workloads/onnx/interpreter.h"
#include "workloads/onnx/lowering.h"

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
    for (int opset = std::max(first, known.since); opset <= std::min(last, known.until); ++opset) {
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
    const int last = std::min(RandomModel::kLibraryOpset, known.until);
    for (int opset = std::max(kFirstOpset, known.since); opset <= last; ++opset) {
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

TEST(OnnxOperators, AreALayerOrComputedByTheHost) {
  for (const OnnxOperator& known : onnx_operators()) {
    EXPECT_TRUE(onnx_lowerings().contains(known.name) || can_evaluate(known.name)) << known.name;
  }
  for (const auto& [name, unused] : onnx_lowerings()) {
    EXPECT_NE(find_onnx_operator(name), nullptr) << name;
  }
  for (const auto& [name, unused] : onnx_evaluations()) {
    EXPECT_NE(find_onnx_operator(name), nullptr) << name;
  }
}

/// The table of docs/onnx-operators.md.
std::string operators_page() {
  std::string text =
      "| operator | opsets | layer | host | attributes |\n| --- | --- | --- | --- | --- |\n";
  for (const OnnxOperator& known : onnx_operators()) {
    std::vector<std::string> attributes;
    for (const auto& attribute : known.attributes) attributes.push_back('`' + attribute.name + '`');
    text += fmt::format("| `{}` | {} to {} | {} | {} | {} |\n", known.name, known.since,
                        known.until, onnx_lowerings().contains(known.name) ? "yes" : "",
                        can_evaluate(known.name) ? "yes" : "", fmt::join(attributes, ", "));
  }
  return text;
}

TEST(OnnxOperators, StandOnTheirPageWithEveryAttribute) {
  const std::string table = operators_page();
  if (const char* file = std::getenv("ESCALATE_ONNX_OPERATORS")) std::ofstream(file) << table;
  const std::string page = read_file(source_folder() + "/docs/onnx-operators.md");
  EXPECT_NE(page.find(table), std::string::npos)
      << "scripts/onnx_cases writes the page again; it ought to have\n"
      << table;
}

}  // namespace
}  // namespace escalate
