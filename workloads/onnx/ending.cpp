#include "workloads/onnx/ending.h"

#include <algorithm>

#include "workloads/onnx/interpreter.h"
#include "workloads/onnx/lowering.h"

namespace escalate {
namespace {

constexpr std::int64_t kShare = 100;  ///< the host's weights are at most one in so many

bool is_recurrent(const std::string& op) { return op == "LSTM" || op == "GRU"; }

}  // namespace

bool OnnxEnding::may_begin_at(int i) {
  if (is_weighted(node(i).op_type())) return false;
  std::set<std::string> made;
  std::set<int> nodes;
  for (int j = i; j < file_.graph().node_size(); ++j) {
    if (!file_.needed()[std::size_t(j)]) continue;
    const auto& inputs = node(j).input();
    const bool follows =
        j == i || std::any_of(inputs.begin(), inputs.end(),
                              [&](const auto& input) { return made.contains(input); });
    if (!follows) continue;
    if (!can_evaluate(node(j).op_type()) || !file_.operator_fault(node(j)).empty()) return false;
    nodes.insert(j);
    made.insert(node(j).output().begin(), node(j).output().end());
  }
  made.erase("");
  return is_recurrent(node(i).op_type()) || weights_of(nodes) * kShare <= all_weights();
}

std::int64_t OnnxEnding::weights_of(const std::set<int>& nodes) {
  std::int64_t sum = 0;
  for (const int i : nodes) sum += weights(i);
  return sum;
}

std::int64_t OnnxEnding::all_weights() {
  if (all_ >= 0) return all_;
  all_ = 0;
  for (int i = 0; i < file_.graph().node_size(); ++i) {
    if (file_.needed()[std::size_t(i)]) all_ += weights(i);
  }
  return all_;
}

std::int64_t OnnxEnding::weights(int i) {
  const onnx::NodeProto& layer = node(i);
  const bool recurrent = is_recurrent(layer.op_type());
  if (!recurrent && !is_weighted(layer.op_type())) return 0;
  std::int64_t sum = 0;
  for (int j = 1; j < std::min(layer.input_size(), recurrent ? 3 : 2); ++j) {
    sum += constant_size(layer.input(j), 0);
  }
  return sum;
}

// Elements of a constant, through what is done to it (a reshape, a transpose, a cast).
std::int64_t OnnxEnding::constant_size(const std::string& value, int depth) {
  constexpr int kDeepest = 8;
  if (const OnnxTensorPointer constant = file_.constant(value)) return constant->size();
  const int maker = file_.maker(value);
  if (maker < 0 || depth == kDeepest) return 0;
  for (const auto& attribute : node(maker).attribute()) {
    if (!attribute.has_t()) continue;
    return num_elements({attribute.t().dims().begin(), attribute.t().dims().end()});
  }
  return node(maker).input_size() == 0 ? 0 : constant_size(node(maker).input(0), depth + 1);
}

}  // namespace escalate
