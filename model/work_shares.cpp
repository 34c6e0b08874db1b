#include "model/work_shares.h"

#include <algorithm>
#include <numeric>
#include <variant>

#include "common/math.h"

namespace escalate {
namespace {

constexpr int kSharesOfJob = 6;
constexpr int kLeastSharesOfJob = 3;  // fewer would leave one job waiting for another

// Work of an entry, of its way to a block, and of what a PE row makes of it, measured on ResNet-50.
constexpr double kOfEntry = 70, kOfBlock = 11, kOfRow = 1;
constexpr double kOfOutput = 0.5;

double work_of_pass(const MachineConfig& machine, const Run& run) {
  const OutputMap& output = run.output;
  const int tiles = ceil_div(run.channels, machine.ring.entry_channels);
  const double columns = double(output.columns()) * run.window.stride_w;
  int members = 0;
  while (output.channels_of_block(members) > 0) ++members;
  double rows = 0;
  for (const PassGroup& group : output.groups) rows += std::max(0, group.in_end - group.in_begin);
  return rows * columns * tiles *
         (kOfEntry + kOfBlock * members + kOfRow * output.channels * output.terms);
}

bool is_drawn(const Program& program, int node) {
  return node == 0 || program.network.nodes[std::size_t(node)].substitute.has_value();
}

// By layer: whether a process that begins with it has all it reads, of layers before it, as drawn.
class Beginnings {
 public:
  explicit Beginnings(const Program& program) : program_(program) {
    const auto layers = program.layers.size();
    std::vector<std::size_t> maker(program.network.nodes.size(), layers);  // by node
    std::vector<int> open(layers + 1, 0);  // changes of the number of tensors that are not drawn
    for (std::size_t i = 0; i < layers; ++i) {
      const LayerCode& layer = program.layers[i];
      for (const int node : read_by(layer)) {
        const std::size_t made = maker[std::size_t(node)];
        if (made == layers || is_drawn(program, node)) continue;
        ++open[made + 1];
        --open[i + 1];
      }
      maker[std::size_t(layer.written_node())] = i;
    }
    std::partial_sum(open.begin(), open.end(), open.begin());
    for (std::size_t i = 0; i < layers; ++i) are_free_.push_back(open[i] == 0);
  }

  bool is_free(int layer) const { return are_free_[std::size_t(layer)]; }

 private:
  std::vector<int> read_by(const LayerCode& layer) const {
    std::vector<int> read;
    for (const int reader : {layer.node, layer.fused_add}) {
      if (reader < 0) continue;
      for (const int input : program_.network.nodes[std::size_t(reader)].inputs) {
        read.push_back(program_.tensor_node(input));
      }
    }
    return read;
  }

  const Program& program_;
  std::vector<bool> are_free_;
};

// A share ends in front of `may_begin(layer)` once it has its part of the work.
template <class MayBegin>
std::vector<WorkShare> dealt(const Program& program, std::int64_t images,
                             const std::vector<int>& layers, int shares, MayBegin&& may_begin) {
  std::vector<double> work;
  for (const int layer : layers) work.push_back(work_of_layer(program, layer));
  const double all =
      std::accumulate(work.begin(), work.end(), 0.0) * double(images / std::int64_t{program.batch});
  std::vector<WorkShare> result(std::size_t{1});
  double done = 0;
  for (std::int64_t image = 0; image < images; image += program.batch) {
    bool is_new = true;  // batch or share
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const bool is_due = done + work[i] / 2 > all * double(result.size()) / shares;
      if (is_due && !result.back().parts.empty() && (i == 0 || may_begin(layers[i]))) {
        result.emplace_back();
        is_new = true;
      }
      if (is_new) result.back().parts.push_back({image, {}});
      is_new = false;
      result.back().parts.back().layers.push_back(layers[i]);
      result.back().work += work[i];
      done += work[i];
    }
  }
  if (result.back().parts.empty()) result.pop_back();
  return result;
}

}  // namespace

double work_of_layer(const Program& program, int layer) {
  const LayerCode& code = program.layers[std::size_t(layer)];
  const auto compute = std::size_t(Stream::kCompute);
  double work = kOfOutput * program.batch *
                double(program.network.nodes[std::size_t(code.written_node())].out.size());
  for (int i = code.begin[compute]; i < code.end[compute]; ++i) {
    const Instruction& instruction = program.streams[compute][std::size_t(i)];
    work += work_of_pass(program.machine, std::get<Run>(instruction.operation));
  }
  return work;
}

std::vector<WorkShare> work_shares(const Program& program, std::int64_t images,
                                   const std::vector<int>& layers, int jobs) {
  const auto anywhere = [](int) { return true; };
  if (jobs == 1) return dealt(program, images, layers, 1, anywhere);
  const Beginnings beginnings(program);
  auto shares = dealt(program, images, layers, kSharesOfJob * jobs,
                      [&](int layer) { return beginnings.is_free(layer); });
  if (shares.size() >= std::size_t(kLeastSharesOfJob) * std::size_t(jobs)) return shares;
  return dealt(program, images, layers, jobs, anywhere);
}

}  // namespace escalate
