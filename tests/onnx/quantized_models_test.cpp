// Random quantised networks, as pairs of operators and as quantised operators: both are read as
// the same network, which has the values of another runtime.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "../support/quantized_model.h"
#include "../support/temporary_folder.h"
#include "common/random.h"
#include "tests/onnx/other_python.h"
#include "tests/support/places.h"
#include "workloads/onnx/host_part.h"

namespace escalate {
namespace {

using Proto = onnx::TensorProto;

/// Scales are powers of two, so that every sum is exact and a step is a step in any order of sums.
class RandomQuantized {
 public:
  RandomQuantized(std::uint64_t seed, bool by_pairs)
      : random_(seed), by_pairs_(by_pairs), is_signed_(chance()), model_(13, {1, 3, 8, 8}) {
    auto& import = *model_.proto.add_opset_import();
    import.set_domain("com.microsoft");
    import.set_version(1);
    tensor("x", -5);
    quantize("in", "x");
    convolution("x", "a", 3, 4);
    if (chance()) {
      pool("a", "pooled");
    } else {
      stands_for("a", "pooled");
    }
    convolution("pooled", "b", 4, 4);
    sum("b", "pooled", "c");
    mean("c", "d");
    matrix("d", "e", 4, 5);
    finish("e");
  }
  const OnnxModel& model() const { return model_; }

 private:
  bool chance() { return random_.below(2) == 0; }
  int between(int low, int high) { return low + int(random_.below(std::uint64_t(high - low + 1))); }
  std::string name_of(const std::string& tensor) const {
    const auto found = stands_for_.find(tensor);
    return found == stands_for_.end() ? tensor : found->second;
  }
  void stands_for(const std::string& tensor, const std::string& name) {
    stands_for_[name] = tensor;
  }
  std::string q(const std::string& tensor) const { return name_of(tensor) + ".q"; }
  std::string s(const std::string& tensor) const { return scale_of_.at(name_of(tensor)) + ".s"; }
  std::string z(const std::string& tensor) const { return scale_of_.at(name_of(tensor)) + ".z"; }

  /// Scale 2^power and a zero point, which is even: that runtime rounds halves to even with the
  /// zero point added in some operators.
  void tensor(const std::string& name, int power) {
    add_scalar(model_, name + ".s", std::ldexp(1.0f, power));
    add_whole(model_, name + ".z", is_signed_ ? Proto::INT8 : Proto::UINT8, {},
              {2 * (is_signed_ ? between(-10, 10) : between(45, 75))});
    scale_of_[name] = name;
  }
  void quantize(const std::string& from, const std::string& to) {
    model_.add("QuantizeLinear", {from, s(to), z(to)}, {to + ".q"});
  }
  std::string real(const std::string& name) {
    const std::string made = fmt::format("{}.real{}", name_of(name), count_++);
    model_.add("DequantizeLinear", {q(name), s(name), z(name)}, {made});
    return made;
  }
  std::vector<int> whole(int size, int low, int high) {
    std::vector<int> values;
    for (int i = 0; i < size; ++i) values.push_back(between(low, high));
    return values;
  }

  /// Weights NAME.w by channel or as one, and a bias in steps of input and weights.
  void weights(const std::string& name, const std::vector<int>& dims, const std::string& input,
               bool columns) {
    int size = 1;
    for (const int extent : dims) size *= extent;
    const int outputs = columns ? dims[1] : dims[0];
    const bool each = !columns && chance();
    add_whole(model_, name + ".wq", Proto::INT8, dims, whole(size, -127, 127));
    std::vector<float> scales;
    for (int k = 0; k < (each ? outputs : 1); ++k) {
      scales.push_back(std::ldexp(1.0f, between(-8, -6)));
    }
    model_.floats(name + ".ws", each ? std::vector<int>{outputs} : std::vector<int>{}, scales);
    add_whole(model_, name + ".wz", Proto::INT8,
              each ? std::vector<int>{outputs} : std::vector<int>{},
              std::vector<int>(scales.size(), 0));
    add_whole(model_, name + ".bq", Proto::INT32, {outputs}, whole(outputs, -3000, 3000));
    if (!by_pairs_) return;
    auto& weight =
        model_.add("DequantizeLinear", {name + ".wq", name + ".ws", name + ".wz"}, {name + ".w"});
    if (each) set_attribute(weight, "axis", 0);
    model_.add("Mul", {name + ".ws", s(input)}, {name + ".bs"});
    auto& bias = model_.add("DequantizeLinear", {name + ".bq", name + ".bs"}, {name + ".b"});
    if (each) set_attribute(bias, "axis", 0);
  }

  void convolution(const std::string& from, const std::string& to, int channels, int outputs) {
    tensor(to, between(-5, -3));
    const int kernel = between(1, 3);
    weights(to, {outputs, channels, kernel, kernel}, from, false);
    const std::vector<int> pads = {kernel / 2, kernel / 2, (kernel - 1) / 2, (kernel - 1) / 2};
    if (by_pairs_) {
      auto& conv = model_.add("Conv", {real(from), to + ".w", to + ".b"}, {to + ".made"});
      set_attribute(conv, "pads", pads);
      return quantize(to + ".made", to);
    }
    auto& conv = model_.add(
        "QLinearConv",
        {q(from), s(from), z(from), to + ".wq", to + ".ws", to + ".wz", s(to), z(to), to + ".bq"},
        {to + ".q"});
    set_attribute(conv, "pads", pads);
  }

  void pool(const std::string& from, const std::string& to) {
    scale_of_[to] = scale_of_.at(from);
    auto& made = model_.add("MaxPool", {q(from)}, {to + ".q"});
    set_attribute(made, "kernel_shape", std::vector<int>{2, 2});
    set_attribute(made, "strides", std::vector<int>{2, 2});
  }

  onnx::NodeProto& of_runtime(const std::string& op, const std::vector<std::string>& inputs,
                              const std::string& to) {
    auto& made = model_.add(op, inputs, {to + ".q"});
    made.set_domain("com.microsoft");
    return made;
  }

  void sum(const std::string& a, const std::string& b, const std::string& to) {
    tensor(to, -3);
    if (by_pairs_) {
      const std::string left = real(a), right = real(b);
      model_.add("Add", {left, right}, {to + ".made"});
      return quantize(to + ".made", to);
    }
    of_runtime("QLinearAdd", {q(a), s(a), z(a), q(b), s(b), z(b), s(to), z(to)}, to);
  }

  void mean(const std::string& from, const std::string& to) {
    tensor(to, -5);
    if (by_pairs_) {
      model_.add("GlobalAveragePool", {real(from)}, {to + ".made"});
      quantize(to + ".made", to);
    } else {
      of_runtime("QLinearGlobalAveragePool", {q(from), s(from), z(from), s(to), z(to)}, to);
    }
    model_.add("Flatten", {q(to)}, {to + ".flat.q"});
    scale_of_[to + ".flat"] = to;
  }

  void matrix(const std::string& from, const std::string& to, int inputs, int outputs) {
    tensor(to, -4);
    const std::string flat = from + ".flat";
    weights(to, {inputs, outputs}, from, true);
    if (by_pairs_) {
      model_.add("Gemm", {real(flat), to + ".w", to + ".b"}, {to + ".made"});
      return quantize(to + ".made", to);
    }
    of_runtime(
        "QGemm",
        {q(flat), s(from), z(from), to + ".wq", to + ".ws", to + ".wz", to + ".bq", s(to), z(to)},
        to);
  }

  void finish(const std::string& from) {
    model_.add("DequantizeLinear", {q(from), s(from), z(from)}, {"out"});
    model_.output("out");
  }

  Random random_;
  bool by_pairs_;
  bool is_signed_;  ///< all tensors are of one type, as that runtime wants them
  OnnxModel model_;
  int count_ = 0;
  std::map<std::string, std::string> scale_of_, stands_for_;
};

Tensor image_of(const Graph& graph, Random& random) {
  Tensor image{graph.nodes[0].out, {}};
  for (std::int64_t i = 0; i < image.shape.size(); ++i) {
    image.values.push_back(float(random.uniform() * 8 - 4));
  }
  return image;
}

constexpr std::uint64_t kModels = 60;

TEST(QuantizedModels, AreTheSameAsPairsAndAsQuantisedOperators) {
  for (std::uint64_t seed = 0; seed < kModels; ++seed) {
    const Graph pairs = RandomQuantized(seed, true).model().read();
    const Graph operators = RandomQuantized(seed, false).model().read();
    Random random(seed);
    const Tensor image = image_of(pairs, random);
    EXPECT_EQ(run_file(pairs, image).back().tensor.floats,
              run_file(operators, image).back().tensor.floats)
        << seed;
  }
}

void write_floats(const std::filesystem::path& path, const std::vector<float>& values) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(values.data()),
             std::streamsize(values.size() * sizeof(float)));
}

TEST(QuantizedModels, HaveTheValuesOfAnotherRuntime) {
  const std::string python = python_with("onnxruntime");
  if (python.empty()) GTEST_SKIP() << "no Python with onnxruntime: see scripts/onnx_oracle";
  const TemporaryFolder folder;
  for (std::uint64_t i = 0; i < 2 * kModels; ++i) {
    const RandomQuantized made(i / 2, i % 2 == 0);
    const Graph graph = made.model().read();
    Random random(i);
    const Tensor image = image_of(graph, random);
    const auto path = [&](const char* ending) {
      return folder.path() / fmt::format("{}.{}", i, ending);
    };
    std::ofstream(path("onnx"), std::ios::binary) << made.model().proto.SerializeAsString();
    write_floats(path("in"), image.values);
    write_floats(path("out"), run_file(graph, image).back().tensor.floats);
  }
  const ShellRun run = run_shell(python + " '" + source_folder() +
                                 "/tests/onnx/other_runtime.py' '" + folder.path().string() + "'");
  EXPECT_EQ(run.status, 0) << run.text;
  EXPECT_NE(run.text.find("0 differ"), std::string::npos) << run.text;
}

}  // namespace
}  // namespace escalate
