#include <memory>
#include <utility>

#include "baselines/baselines_config.h"
#include "baselines/scnn.h"
#include "baselines/sparten.h"
#include "baselines/validation.h"
#include "baselines/validation_runs.h"
#include "common/math.h"

namespace escalate {
namespace {

constexpr int kSpartenNode = 45;  // nm, the paper's

/// Cycles of another machine over SparTen's. We do not know what the paper's means are taken of.
/// Ours go from the geometric mean over networks, each with all its cycles, to the mean over the
/// layers of a network and these over networks.
class OverSparten {
 public:
  explicit OverSparten(std::unique_ptr<AcceleratorModel> other) : other_(std::move(other)) {}

  /// `cycles` are SparTen's by layer.
  void add_network(const std::vector<LayerWorkload>& layers, const std::vector<double>& cycles) {
    double sum = 0;
    double own = 0;
    double ratios = 0;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const auto others = static_cast<double>(other_->run(layers[i]).compute_cycles);
      sum += others;
      own += cycles[i];
      ratios += others / cycles[i];
    }
    of_networks_.push_back(sum / own);
    of_layers_.push_back(ratios / static_cast<double>(layers.size()));
  }
  void add_to(FigureRows& rows, const std::string& name, const std::string& figure) const {
    double of_layers = 0;
    for (const double mean : of_layers_) of_layers += mean / static_cast<double>(of_layers_.size());
    rows.add_as(name, figure, geometric_mean(of_networks_), of_layers);
  }

 private:
  std::unique_ptr<AcceleratorModel> other_;
  std::vector<double> of_networks_, of_layers_;
};

}  // namespace

std::vector<ValidationRow> validate_sparten(const std::string& root) {
  BaselinesConfig config;
  BaselinesConfig without_queues = config;
  without_queues.get<ScnnConfig>().bank_queue = 0;
  const auto sparten = make_baseline("sparten", config);
  OverSparten dense(make_baseline("sparten-dense", config));
  OverSparten one_sided(make_baseline("sparten-one-sided", config));
  OverSparten scnn(make_baseline("scnn", config));
  OverSparten plain_scnn(make_baseline("scnn", without_queues));
  Sums sums;
  for (const char* network : {"alexnet-imagenet", "googlenet-imagenet", "vgg16-imagenet"}) {
    const std::vector<LayerWorkload> layers = convolutions(root, network, 1);
    std::vector<double> cycles;
    for (const LayerWorkload& layer : layers) {
      const Sums of_layer = run_layers(*sparten, {layer}, kSpartenNode);
      cycles.push_back(of_layer.cycles);
      sums.cycles += of_layer.cycles;
      sums.energy_pj.add(of_layer.energy_pj);
    }
    for (OverSparten* other : {&dense, &one_sided, &scnn, &plain_scnn}) {
      other->add_network(layers, cycles);
    }
  }
  const auto cluster_mw = [&](const char* group) {
    const double us = sums.cycles / sparten->clock_mhz() * config.get<SpartenConfig>().clusters;
    return sums.energy_pj.value_of(group) / us * 1e-3;
  };
  FigureRows rows(root, "sparten", "SparTen");
  const auto add = [&](const OverSparten& over, const std::string& figure) {
    over.add_to(rows, figure, figure);
  };
  add(dense, "mean speed-up over the dense machine");
  add(one_sided, "mean speed-up over the one-sided machine");
  add(scnn, "mean speed-up over SCNN");
  plain_scnn.add_to(rows, "the same, SCNN without queues in front of its banks",
                    "mean speed-up over SCNN");
  rows.add("prefix sums and encoders of a cluster", cluster_mw("inner_join"));
  rows.add("MACs of a cluster", cluster_mw("multipliers"));
  rows.add("buffers of a cluster", cluster_mw("unit_buffers"));
  rows.add("permutation network of a cluster", cluster_mw("permute_networks"));
  return rows.take();
}

}  // namespace escalate
