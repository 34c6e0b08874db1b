// The node cases of ONNX's own test suite: a model, inputs and what they give, for each operator.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "../support/onnx_model.h"
#include "common/atomic_file.h"
#include "tests/support/places.h"
#include "workloads/onnx/host_part.h"
#include "workloads/onnx/interpreter.h"
#include "workloads/onnx/signatures.h"
#include "workloads/onnx/tensor.h"

namespace escalate {
namespace {

using Path = std::filesystem::path;

template <class Message>
Message parsed(const Path& path) {
  Message message;
  if (!message.ParseFromString(read_file(path.string()))) {
    throw std::runtime_error("cannot be parsed: " + path.string());
  }
  return message;
}

onnx::TensorProto tensor_of(const Path& folder, const std::string& name) {
  return parsed<onnx::TensorProto>(folder / "test_data_set_0" / name);
}

bool is_of_our_operators(const onnx::ModelProto& model) {
  return std::all_of(
      model.graph().node().begin(), model.graph().node().end(), [](const onnx::NodeProto& node) {
        return node.domain().empty() && find_onnx_operator(node.op_type()) != nullptr;
      });
}

// A network reads one image; the suite's other inputs are its constants. A vector of each image
// is flattened from a map of one position.
void make_network(onnx::ModelProto& model, const Path& folder) {
  onnx::GraphProto& graph = *model.mutable_graph();
  for (int i = 1; i < graph.input_size(); ++i) {
    if (graph.input(i).name().empty()) continue;
    onnx::TensorProto constant = tensor_of(folder, fmt::format("input_{}.pb", i));
    constant.set_name(graph.input(i).name());
    *graph.add_initializer() = constant;
  }
  if (graph.input_size() == 0) return;
  while (graph.input_size() > 1) graph.mutable_input()->RemoveLast();
  auto& input = *graph.mutable_input(0);
  auto& shape = *input.mutable_type()->mutable_tensor_type()->mutable_shape();
  if (shape.dim_size() != 2) return;
  for (int i = 0; i < 2; ++i) shape.add_dim()->set_dim_value(1);
  onnx::NodeProto flatten;
  flatten.set_op_type("Flatten");
  flatten.add_input("image");
  flatten.add_output(input.name());
  input.set_name("image");
  *graph.add_node() = flatten;
  std::rotate(graph.mutable_node()->begin(), graph.mutable_node()->end() - 1,
              graph.mutable_node()->end());
}

std::vector<int> dims_of(const onnx::TensorProto& tensor) {
  return {tensor.dims().begin(), tensor.dims().end()};
}

/// "passes", or in what way it differs.
std::string compare(const Graph& graph, const onnx::TensorProto& input,
                    const onnx::TensorProto& output) {
  const std::vector<float> values = as_floats(onnx_tensor(input));
  const std::vector<float> expected = as_floats(onnx_tensor(output));
  const Shape in = image_shape(graph);
  const auto images = input.dims(0);
  std::size_t place = 0;
  for (std::int64_t n = 0; n < images; ++n) {
    const auto begin = values.begin() + n * in.size();
    const OnnxTensor made = run_file(graph, {in, {begin, begin + in.size()}}).front().tensor;
    std::vector<int> dims(made.dims.begin(), made.dims.end());
    if (!dims.empty() && images > 1) dims[0] = int(images);
    // Without a tail outputs are maps [1, C, H, W] of these elements.
    std::vector<int> right = dims_of(output);
    if (graph.tail.empty()) {
      std::erase(dims, 1);
      std::erase(right, 1);
    }
    if (dims != right) {
      return fmt::format("DIFFERS: [{}], the suite has [{}]", fmt::join(dims, ", "),
                         fmt::join(right, ", "));
    }
    for (const float value : as_floats(made)) {
      const float wanted = expected[place++];
      // All values are float32 here.
      const float steps = output.data_type() == onnx::TensorProto::FLOAT16 ? 1e-3f : 1e-4f;
      if (!(std::abs(value - wanted) <= 1e-5f + steps * std::abs(wanted))) {
        return fmt::format("DIFFERS: {}, the suite has {}", value, wanted);
      }
    }
  }
  return "passes";
}

std::string outcome(const Path& folder) {
  auto model = parsed<onnx::ModelProto>(folder / "model.onnx");
  make_network(model, folder);
  try {
    const Graph graph = parse_onnx(model.SerializeAsString(), "");
    const auto input = tensor_of(folder, "input_0.pb");
    if (input.dims_size() < 2) return "refused: reads no image";
    return compare(graph, input, tensor_of(folder, "output_0.pb"));
  } catch (const UserError& refused) {
    return fmt::format("refused: {}", refused.what());
  }
}

struct Cases {
  std::string table;
  int passed = 0, refused = 0, different = 0, of_others = 0;
};

Cases run_cases(const Path& suite) {
  std::vector<Path> folders(std::filesystem::directory_iterator(suite), {});
  std::sort(folders.begin(), folders.end());
  Cases cases;
  std::string rows;
  for (const Path& folder : folders) {
    const auto model = parsed<onnx::ModelProto>(folder / "model.onnx");
    if (!is_of_our_operators(model)) {
      ++cases.of_others;
      continue;
    }
    std::string result = outcome(folder);
    constexpr std::size_t kMostShown = 150;
    if (result.size() > kMostShown) result = result.substr(0, kMostShown) + " ...";
    ++(result == "passes"              ? cases.passed
       : result.starts_with("refused") ? cases.refused
                                       : cases.different);
    rows += fmt::format("| {} | {} | {} |\n", folder.filename().string().substr(5),
                        model.graph().node(0).op_type(), result);
  }
  cases.table = fmt::format(
      "Of {} cases {} are of operators that are not read. Of the others {} pass, {} are refused, "
      "and {} give other values.\n\n| case | operator | result |\n| --- | --- | --- |\n{}",
      folders.size(), cases.of_others, cases.passed, cases.refused, cases.different, rows);
  return cases;
}

TEST(OnnxNodeCases, PassOrAreRefusedAsTheirPageSays) {
  const Path suite = Path(ESCALATE_ONNX_TESTDATA) / "node";
  if (!std::filesystem::exists(suite)) GTEST_SKIP() << "no libonnx-testdata";
  const Cases cases = run_cases(suite);
  EXPECT_EQ(cases.different, 0);
  EXPECT_GT(cases.passed, 40);
  if (const char* file = std::getenv("ESCALATE_ONNX_TABLE")) std::ofstream(file) << cases.table;
  const std::string page = read_file(source_folder() + "/docs/onnx-operators.md");
  EXPECT_NE(page.find(cases.table), std::string::npos)
      << "scripts/onnx_cases writes the page again; it ought to have\n"
      << cases.table;
}

}  // namespace
}  // namespace escalate
